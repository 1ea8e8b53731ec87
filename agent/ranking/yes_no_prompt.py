"""Ask the LLM whether a user would like one item, Yes or No, as TALLRec does (arXiv 2305.00447).

`P(Yes)` is read from the answer's first token; nothing is decoded.
"""

from collections.abc import Sequence
from pathlib import Path

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.engine.base import Prompt
from shelftalker.language.cleaning import neutral
from shelftalker.prompts import load

HISTORY_SHOWN = 8
ANSWERS = ("Yes", "No")


def judge_prompt(
    likes: Sequence[str], dislikes: Sequence[str], item: str, folders: Sequence[Path] = ()
) -> Prompt:
    """The question about an item, told as `item`, after some liked and disliked titles."""
    return load("judge", "en", folders).render(likes=likes, dislikes=dislikes, item=item)


def opinions(catalog: Catalog, history: Sequence[Event], sign: int) -> list[str]:
    """Titles of a history's latest likes (1) or dislikes (-1), newest first."""
    chosen = [event.item for event in history if event.sign == sign][-HISTORY_SHOWN:]
    return [neutral(catalog[item].title) for item in reversed(chosen)]
