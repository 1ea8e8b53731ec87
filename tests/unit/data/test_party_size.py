"""For how many people requests and items are. Run: pytest tests/unit/data/test_party_size.py"""

import math

import pytest

from shelftalker.data.catalog import Item
from shelftalker.data.filters import Filter
from shelftalker.data.party_size import people_asked, people_of
from shelftalker.types import Request
from shelftalker.writing.compose.asked import asked_of


@pytest.mark.parametrize(
    ("message", "people"),
    [
        ("a board game for two", 2),
        ("a tent for 4 people", 4),
        ("something for a family of five", 5),
        ("there are six of us", 6),
        ("适合四个人玩的游戏", 4),
        ("ein Spiel für drei", 3),
        ("headphones for two devices", None),
        ("something for 20 dollars", None),
        ("a film for 2 hours", None),
    ],
)
def test_how_many_a_request_is_for(message: str, people: int | None) -> None:
    assert people_asked(message) == people


@pytest.mark.parametrize(
    ("fields", "text", "size"),
    [
        ({"players": "2-4"}, "", (2, 4)),
        ({"players": "3+"}, "", (3, math.inf)),
        ({"players": 2}, "", (2, 2)),
        ({"persons": 4}, "", (4, 4)),
        ({"persons": "up to 4"}, "", (1, 4)),
        ({}, "A race for 2 to 6 players.", (2, 6)),
        ({}, "A 3-person tent. Weighs little.", (1, 3)),
        ({}, "For 2 players, or 5 people with the expansion.", None),
        ({}, "Holds 500 sheets.", None),
    ],
)
def test_how_many_an_item_is_for(
    fields: dict[str, str], text: str, size: tuple[float, float] | None
) -> None:
    assert people_of(Item("g", "Low Tide", text, fields)) == size


@pytest.mark.parametrize(("players", "near", "far"), [("2-4", True, False), ("3-5", False, True)])
def test_a_card_says_whether_there_is_room(players: str, near: bool, far: bool) -> None:
    game = Item("g", "Low Tide Board Game", "", {"brand": "Orly", "players": players})
    asked = asked_of(game, Request("a board game for two", "board game for two"))
    assert (bool(asked.near), asked.far) == (near, far)


def test_what_meets_a_bound_or_has_room_is_not_told_as_off() -> None:
    chess = Item("c", "Chess Set", "", {"brand": "Orly", "players": "2", "year": 1954})
    assert not asked_of(chess, Request("a board game for two", "board game for two")).far
    older = Filter("year", "at_most", 1959.0)
    assert not asked_of(chess, Request("a classic from before 1960", "classic", (older,))).far
    assert asked_of(chess, Request("a kettle from France", "kettle")).other_kind == "kettle"
