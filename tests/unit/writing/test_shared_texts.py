"""Composed texts that many users have in common: pytest tests/unit/writing/test_shared_texts.py"""

from collections.abc import Sequence

import pytest

from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.types import Request
from shelftalker.writing.evidence import choose_evidence
from shelftalker.writing.history import HistoryIndex, Past
from shelftalker.writing.ready import _without_model, text_without_model
from shelftalker.writing.text_request import TextRequest
from shelftalker.writing.verifier.unsafe import unsafe_words

BLUE, RED, LAMP = (
    Item(title, title, "", {"brand": brand})
    for title, brand in (
        ("Inkwell Gel Pens, Blue, 12 Count", "Inkwell"),
        ("Inkwell Gel Pens, Red, 12 Count", "Inkwell"),
        ("Desk Lamp", "Otto"),
    )
)
ALIEN, ALIENS, HEAT = (
    Item(title, title, "", {"genres": genres, "director": director, "year": 1986.0})
    for title, genres, director in (
        ("Alien", ("Horror", "Science Fiction"), "Ridley Scott"),
        ("Aliens", ("Horror", "Science Fiction"), "James Cameron"),
        ("Heat", ("Crime", "Drama"), "Michael Mann"),
    )
)


def history(*items: Item, user: str = "u", value: float = 5.0) -> list[Past]:
    return [
        Past(Event(user, item.id, "rating", value, float(time)), item)
        for time, item in enumerate(items)
    ]


def wanted(item: Item, past: Sequence[Past], request: Request | None = None) -> TextRequest:
    request = request or Request()
    evidence = tuple(choose_evidence(item, [], past, request))
    return TextRequest(item, evidence, HistoryIndex(past), request)


@pytest.mark.parametrize(
    ("item", "past", "value"),
    [
        (BLUE, (RED, LAMP), 1.0),  # disliked, so no reason, but the short title is theirs
        (BLUE, (RED, LAMP), 5.0),
        (ALIENS, (HEAT, ALIEN), 4.0),
        (ALIENS, (HEAT,), 5.0),
        (ALIENS, (), 5.0),
    ],
)
def test_what_is_left_out_of_the_history_changes_no_word(
    item: Item, past: tuple[Item, ...], value: float
) -> None:
    asked = wanted(item, history(*past, value=value))
    assert len(asked.shared().history) < max(len(past), 1)
    assert text_without_model(asked, unsafe_words()) == _without_model(asked, unsafe_words())


def test_users_with_one_reason_share_a_text() -> None:
    mine, theirs = history(HEAT, ALIEN), history(ALIEN, LAMP, user="v")
    unsafe = unsafe_words()
    one, other = (text_without_model(wanted(ALIENS, past), unsafe) for past in (mine, theirs))
    assert one is other
    low = history(ALIEN, value=4.0)
    assert "four stars" in text_without_model(wanted(ALIENS, low), unsafe)[0].text


def test_what_a_visitor_asks_for_is_not_kept() -> None:
    request = Request("something with a spaceship", "something with a spaceship")
    asked = wanted(ALIENS, history(ALIEN), request)
    first, second = (text_without_model(asked, unsafe_words()) for _ in range(2))
    assert first == second
    assert first is not second
