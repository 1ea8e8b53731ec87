"""The question whether a user would like one item, as in TALLRec (arXiv 2305.00447).

P(Yes) is read from the answer's first token; nothing is decoded.
"""

from collections.abc import Sequence

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.engine.base import Prompt
from shelftalker.language.cleaning import neutral
from shelftalker.prompts import PACKAGE_PROMPTS, PromptSet

HISTORY_SHOWN = 8
ANSWERS = ("Yes", "No")


def judge_prompt(
    likes: Sequence[str],
    dislikes: Sequence[str],
    item: str,
    prompts: PromptSet = PACKAGE_PROMPTS,
) -> Prompt:
    """Asks about an item, given as one line, after some liked and disliked titles."""
    return prompts.render("judge", likes=likes, dislikes=dislikes, item=item)


def titles_by_opinion(catalog: Catalog, history: Sequence[Event], sign: int) -> list[str]:
    """Titles of the latest items that the user liked (`sign` 1) or disliked (-1), newest first."""
    chosen = [event.item for event in history if event.sign == sign][-HISTORY_SHOWN:]
    return [neutral(catalog[item].title) for item in reversed(chosen)]
