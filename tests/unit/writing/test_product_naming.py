"""What the title of a product calls it."""

import pytest

from shelftalker.data.catalog import Item
from shelftalker.engine.minilm import packaged
from shelftalker.types import Request
from shelftalker.writing.compose.asked_kinds import own_kind
from shelftalker.writing.compose.composer import compose
from shelftalker.writing.evidence import choose_evidence
from shelftalker.writing.product_naming import name_in

pytestmark = pytest.mark.skipif(packaged() is None, reason="needs the packaged MiniLM")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Dunmoor Padlock 60 mm, 3 keys", "padlock"),
        ("Otto Paper Shredder Cross-Cut, 12 l", "paper shredder"),
        ("Halden Wall Calendar 2017, Monthly", "wall calendar"),
        ("Staedtler Calligraphy Pen Set, 4 widths", "calligraphy pen set"),
        ('Gravel Tyre "Scree" 700x40C', "gravel tyre"),
        ("Pilot EasyTouch Ball Point Stick Pens, Fine", "stick pens"),  # not `point stick pens`
        ("Otto Paper, CD, and Card Shredder", ""),  # the commas may part one name
        ("Halden 4410-B", ""),
    ],
)
def test_the_name_stands_in_the_first_part_of_a_title(title: str, name: str) -> None:
    assert name_in(title) == name


def test_the_name_of_a_line_is_no_part_of_what_a_product_is() -> None:
    lock = Item("1", "Dunmoor Padlock 60 mm, 3 keys", "", {"brand": "Dunmoor"})
    assert own_kind(lock) == "padlock"


def test_a_title_alone_is_told_as_a_person_would() -> None:
    stapler = Item("1", "Otto Stapler with 1000 Staples - Black", "", {"brand": "Otto"})
    card = compose(stapler, choose_evidence(stapler, [], [], Request()))
    assert card == "A black stapler with 1000 staples, from Otto."


def test_a_word_of_a_title_that_tells_nothing_is_left_out() -> None:
    counter = Item("1", "Otto Money Counter with Display - Standard", "", {"brand": "Otto"})
    card = compose(counter, choose_evidence(counter, [], [], Request()))
    assert card == "A money counter with display, from Otto."
