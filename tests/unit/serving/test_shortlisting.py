"""What counts as close to a request: words of works, words or meaning of products."""

from dataclasses import replace

import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.data.profile import Profile
from shelftalker.ranking.shop_rules import Rules
from shelftalker.ranking.text_search import TextSearch
from shelftalker.scorer.encoder import SentenceEncoder, open_encoder
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.serving.shortlisting import Shortlister
from shelftalker.types import Request
from shelftalker.understanding.rule_reader import RuleReader
from tests.unit.scorer.test_two_tower import SETTINGS

CREW = {"director": "Ada Moor", "cast": "Ben Lark", "runtime": 90, "genres": "Drama"}
FILMS = [
    Item("a", "The Evening Shore", "Two rivals forge banknotes.", CREW),
    Item("b", "Orvane", "A sailor and his dog cross a frozen sea.", CREW),
    Item("c", "Pale Ink", "Chess players grow old in a cafe.", CREW),
]
KITCHEN = [
    Item("a", "Bread Tin", "", {"brand": "Orly"}),
    Item("b", "Garden Hose", "", {"brand": "Orly"}),
    Item("c", "Desk Lamp", "", {"brand": "Orly"}),
    Item("d", "Wool Scarf", "", {"brand": "Orly"}),
]


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return open_encoder()


def shortlister(items: list[Item], encoder: SentenceEncoder) -> Shortlister:
    catalog = Catalog.of(items)
    scorer = TwoTowerScorer.fit(catalog, [], encoder, settings=SETTINGS)
    vocabulary = RuleReader(catalog).vocabulary
    return Shortlister(catalog, scorer, Rules(), vocabulary, TextSearch(catalog))


def test_a_film_is_close_by_the_words_of_its_text_and_not_by_its_title(
    encoder: SentenceEncoder,
) -> None:
    made = shortlister(FILMS, encoder)
    rows = range(len(FILMS))
    frozen = made.nearness("a film about a frozen sea", rows)
    assert [row for row in rows if frozen[row] == "close"] == [1]
    assert "close" not in made.nearness("a film for a quiet evening", rows)


def test_a_product_is_close_by_its_meaning_too(encoder: SentenceEncoder) -> None:
    rows = range(len(KITCHEN))
    found = shortlister(KITCHEN, encoder).nearness("something to bake a loaf in", rows)
    assert found[0] == "close"
    assert "far" in found


def test_an_example_outweighs_what_was_liked_before(encoder: SentenceEncoder) -> None:
    forgers = [
        Item(f"forger{n}", f"Plate {n}", f"{n} forgers print false banknotes in a cellar.", CREW)
        for n in ("Two", "Three", "Four", "Five", "Six")
    ]
    sailor = Item("sailor", "Grey Ice", "A sailor and a dog walk over the frozen sea.", CREW)
    made = shortlister([*FILMS, *forgers, sailor], encoder)
    liked = Profile("u", tuple(Event("u", item.id, "like") for item in forgers[:4]))
    shown = made.shortlist(liked, Request("like Orvane", like=("b",)), 1)
    assert [scored.item_id for scored in shown] == ["sailor"]


def test_what_is_called_as_asked_comes_before_what_goes_with_it(encoder: SentenceEncoder) -> None:
    desk = [
        Item("eraser", "Eraser for Whiteboard Markers", "Wipes boards clean.",
             {"brand": "Orly"}),
        Item("cleaner", "Board Cleaner", "Cleans whiteboards.", {"brand": "Orly"}),
        Item("marker", "Dry Erase Marker, Green", "A rubber grip.", {"brand": "Orly"}),
        Item("lamp", "Desk Lamp (not for markers)", "Bright.", {"brand": "Orly"}),
    ]  # fmt: skip
    request = Request("markers for a whiteboard", "markers for a whiteboard")
    shown = shortlister(desk, encoder).shortlist(Profile("u", ()), request, 4)
    assert shown[0].item_id == "marker"


def test_of_another_kind_nothing_is_offered_beside_what_is_surely_meant(
    encoder: SentenceEncoder,
) -> None:
    shown = shortlister(KITCHEN, encoder).shortlist(
        Profile("u", ()), Request("a scarf for my sister", "scarf"), 4
    )
    assert [scored.item_id for scored in shown] == ["d"]
    made = shortlister(KITCHEN, encoder)
    pinned = replace(made, rules=Rules.model_validate({"pin": [{"ids": ("a",)}]}))
    asked = Request("a scarf for my sister", "scarf")
    shown = pinned.shortlist(Profile("u", ()), asked, 4)
    assert {scored.item_id for scored in shown} == {"a", "d"}
    vague = Request("something for my sister", "sister")
    assert len(shortlister(KITCHEN, encoder).shortlist(Profile("u", ()), vague, 4)) == 4


def test_what_is_for_other_numbers_of_people_is_not_offered(encoder: SentenceEncoder) -> None:
    games = [Item(n, f"Game {n}", "", {"brand": "Orly", "players": n}) for n in ("2", "2-4", "3-5")]
    request = Request("a board game for two", "board game for two")
    shown = shortlister(games, encoder).shortlist(Profile("u", ()), request, 3)
    assert {scored.item_id for scored in shown} == {"2", "2-4"}


def test_what_is_for_children_is_offered_where_they_are_named(encoder: SentenceEncoder) -> None:
    coats = [
        Item("kids", "Kids' Raincoat", "", {"brand": "Orly"}),
        Item("plain", "Raincoat", "", {"brand": "Orly"}),
        Item("socks", "Wool Socks", "", {"brand": "Orly"}),
    ]
    made = shortlister(coats, encoder)
    for message, first in (("a raincoat", "plain"), ("a raincoat for my daughter", "kids")):
        shown = made.shortlist(Profile("u", ()), Request(message, message), 3)
        names = [scored.item_id for scored in shown]
        assert ("kids" in names) == (first == "kids")


def test_what_denies_a_word_to_avoid_comes_first_and_what_says_it_last(
    encoder: SentenceEncoder,
) -> None:
    soaps = [
        Item("cedar", "Cedar Soap", "Soap with a strong perfume of cedar.", {"brand": "Orly"}),
        Item("plain", "Olive Soap", "Soap of oil and salt, and no perfume.", {"brand": "Orly"}),
        Item("silent", "Grey Soap", "Soap with charcoal.", {"brand": "Orly"}),
    ]
    request = Request("a soap without perfume", "soap", avoid="perfume")
    shown = shortlister(soaps, encoder).shortlist(Profile("u", ()), request, 3)
    assert [scored.item_id for scored in shown] == ["plain", "silent", "cedar"]


def asked(message: str, wish: str = "", *like: str) -> Request:
    return Request(message=message, text=wish, like=like)


def test_what_is_asked_for_and_taken_before_is_known_and_shown_when_asked_for_again(
    encoder: SentenceEncoder,
) -> None:
    shop = shortlister(KITCHEN, encoder)
    profile = Profile("u", (Event("u", "c", "purchase"), Event("u", "d", "purchase")))

    def taken(request: Request) -> list[str]:
        rows = shop.taken(profile, request).nonzero()[0]
        return [shop.catalog.ids[row] for row in rows]

    assert taken(asked("a lamp", "lamp")) == ["c"]  # no other lamp is left
    assert taken(asked("Desk Lamp", "", "c")) == ["c"]
    assert taken(asked("something like Desk Lamp", "", "c")) == []
    assert taken(asked("a bread tin", "bread tin")) == []
    assert taken(asked("")) == []
    again = asked("the lamp again", "lamp again")
    assert [one.item_id for one in shop.shortlist(profile, again, 3)] == ["c"]
    assert "c" not in [one.item_id for one in shop.shortlist(profile, asked("a lamp", "lamp"), 3)]
