"""The kind of product that two titles share, and texts about it."""

import pytest

from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.data.product_kinds import kind_in_common, shared_kind
from shelftalker.types import Request
from shelftalker.writing.compose.composer import compose
from shelftalker.writing.evidence import choose_evidence
from shelftalker.writing.history import Past
from tests.support.verdicts import check


@pytest.mark.parametrize(
    ("title", "other", "kind"),
    [
        ("Halden 0.7mm Gel Pens, Blue, 12 Count", "Orly Fine Gel Pen (Pack of 3)", "gel pens"),
        ("Halden 61 Black Ink Cartridge", "Orly 12XL Red Ink Cartridge for KX-2", "ink cartridge"),
        ("Halden Thermal Pouches with Tabs - 50", "Orly Pouches, Clear", "pouches"),
        ("Halden Write & Erase Dividers", "Orly Write & Erase Dividers, 5 Tabs", "dividers"),
        ("Halden Table of Contents Dividers", "Orly Table of Contents Dividers", "dividers"),
        ("Halden Door Table of Oak", "Orly Table of Oak", ""),
        ("Halden 8-Sheet Paper, CD, and Card Shredder", "Orly Copy Paper", ""),
        ("Halden Gel Pens, Black", "Orly Staples, Black", ""),
        ("Halden Pens Black", "Orly Staples Black", ""),
        ("Halden Markers Retractable", "Orly Pens Retractable", ""),
        ("Halden Staples S.F. 4", "Orly Nails S.F. 4", ""),
        ("Halden Gel Mouse Pad", "Orly Writing Pad", ""),
        ("Halden Gel Mouse Pad", "Orly Mouse Pad, Blue", "mouse pad"),
        ("Halden Desk Lamp XL", "Orly Door Mat XL", ""),
    ],
)  # fmt: skip
def test_the_kind_that_two_titles_share(title: str, other: str, kind: str) -> None:
    assert kind_in_common(title, other) == kind


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Orly Down Duvet 9 tog, single", "orly down duvet"),
        ("Halden Grinder HG-48, steel", "halden grinder"),
        ("Halden Jacket [750 fill] M/L/XL", "halden jacket"),
        ("Halden 700 Headphones", "headphones"),
    ],
)
def test_measures_and_codes_after_the_kind_are_no_part_of_it(title: str, kind: str) -> None:
    assert kind_in_common(title, title) == kind


def test_a_brand_is_not_part_of_the_kind() -> None:
    one, other = (
        Item(str(n), title, "", {"brand": "Post-it"})
        for n, title in enumerate(["Yellow Post-it Notes", "Super Post-it Notes, 3 Pads"])
    )
    assert shared_kind(one, other) == "notes"


PENS = Item("1", "Halden Gel Pens, Blue, 12 Count", "", {"brand": "Halden"})
REFILL = Item("2", "Orly Gel Pen (Pack of 3)", "", {"brand": "Orly"})
STAPLER = Item("3", "Orly Desk Stapler, Red", "", {"brand": "Orly"})
CARDS = Item("4", "Halden Copy Paper, 500 Sheets", "", {"brand": "Halden"})
SHEETS = Item("5", "Orly Paper, 100 Sheets", "", {"brand": "Orly"})


def viewed(item: Item) -> list[Past]:
    return [Past(Event("u", item.id, "view"), item)]


@pytest.mark.parametrize("seed", range(8))
def test_a_viewed_item_of_the_same_kind_is_a_reason(seed: int) -> None:
    for item, past in ((PENS, REFILL), (REFILL, PENS), (CARDS, SHEETS)):
        evidence = choose_evidence(item, [], viewed(past), Request())
        text = compose(item, evidence, seed=seed, history=viewed(past))
        name = past.title.split(",")[0].split(" (")[0]
        assert name in text
        assert {"1": "gel pen", "2": "gel pen", "4": "paper"}[item.id] in text.lower()
        assert "you viewed" in text
        assert " a paper" not in text


def test_a_viewed_item_that_shares_nothing_is_no_reason() -> None:
    assert not [e for e in choose_evidence(PENS, [], viewed(STAPLER), Request())
                if e.source == "history"]  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "true"),
    [
        ("You viewed Orly Gel Pen, and these are gel pens too.", True),
        ("Since you viewed Orly Gel Pen, here are gel pens again: Halden Gel Pens.", True),
        ("You viewed Orly Desk Stapler, and these are gel pens too.", False),
        ("Like Orly Desk Stapler, which you viewed, these are gel pens.", False),
        ("You bought Orly Gel Pen, and these are gel pens too.", False),
        ("You viewed Orly Gel Pen, and this is another stapler.", False),
    ],
)
def test_a_kind_is_shared_only_where_both_titles_say_it(sentence: str, true: bool) -> None:
    history = [*viewed(REFILL), *viewed(STAPLER)]
    assert bool(check(sentence, [], PENS, history)) is true
