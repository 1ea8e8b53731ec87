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


def film(name: str, title: str, text: str) -> Item:
    crew = {"director": "Ada Moor", "cast": ["Ben Lark"], "runtime": 90, "genres": ["Comedy"]}
    return Item(name, title, text, crew)


FILMS = Catalog.of(
    [
        film("a", "The Evening Shore", "A war reporter learns to sail."),
        film("b", "Orvane Returns", "Cards, rain and one long evening."),
        film("c", "Star Wars of Ink", "Two printers quarrel."),
    ]
)


def test_a_common_word_in_the_title_of_a_film_is_no_match() -> None:
    scores = TextSearch(FILMS).scores("quiet evening")
    assert scores[1] > 0
    assert scores[0] == 0


def test_names_and_neighbouring_words_of_titles_are_found() -> None:
    search = TextSearch(FILMS)
    assert np.flatnonzero(search.scores("orvane")).tolist() == [1]
    assert np.argmax(search.scores("star wars")) == 2


def test_forms_of_a_word_are_held_and_short_words_as_they_are() -> None:
    search = TextSearch(Catalog.of(ITEMS))
    assert search.holding("smuggling") == [0]
    assert search.holding("on") == [1]
    assert search.holding("plan") == [1]
    assert search.holding("smut") == []


def test_coverage_is_the_share_of_a_requests_words_by_rarity() -> None:
    covered = TextSearch(FILMS).coverage("evening rain submarine")
    assert covered[0] == covered[2] == 0
    assert 0.3 < covered[1] < 0.8
    assert not TextSearch(FILMS).coverage("").any()


def test_a_word_of_a_long_request_counts_less_than_the_same_word_alone() -> None:
    search = TextSearch(FILMS)
    alone, among = search.scores("rain"), search.scores("rain submarines volcano desert")
    assert np.isclose(among[1], alone[1] / 2)
