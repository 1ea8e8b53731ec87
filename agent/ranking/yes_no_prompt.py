"""The question whether a user would like one item, as in TALLRec (arXiv 2305.00447): the prompt
`judge`, with titles of both opinions.

P(Yes) is read from the answer's first token; nothing is decoded.
"""

from collections.abc import Sequence

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.language.cleaning import neutral

HISTORY_SHOWN = 8
ANSWERS = ("Yes", "No")


def titles_by_opinion(catalog: Catalog, history: Sequence[Event], sign: int) -> list[str]:
    """Titles of the latest items that the user liked (`sign` 1) or disliked (-1), newest first."""
    chosen = [event.item for event in history if event.sign == sign][-HISTORY_SHOWN:]
    return [neutral(catalog[item].title) for item in reversed(chosen)]
