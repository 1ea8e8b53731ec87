"""The search over the words of items, alone and in a shortlist."""

import numpy as np

from shelftalker.data.catalog import Catalog, Item
from shelftalker.ranking.text_search import TextSearch

ITEMS = [
    Item("a", "Harbour", "Two brothers smuggle cigars past the coast guard.", {"tags": ["boats"]}),
    Item("b", "Orchard", "A widow plants apple trees on a hill.", {"tags": ["farming", "grief"]}),
    Item("c", "灯塔", "一位老人独自看守海边的灯塔。", {}),
]


def best(text: str) -> int | None:
    scores = TextSearch(Catalog.of(ITEMS)).scores(text)
    return int(np.argmax(scores)) if scores.any() else None


def test_words_of_text_title_and_fields_are_found() -> None:
    assert best("cigars or boats") == 0
    assert best("grief") == 1
    assert best("看守灯塔的人") == 2


def test_unknown_words_say_nothing() -> None:
    assert best("submarines") is None
    assert best("") is None
