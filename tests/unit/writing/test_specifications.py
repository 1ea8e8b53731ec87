"""The fields of a product in one line."""

import pytest

from shelftalker.data.catalog import Item, Value
from shelftalker.types import Request
from shelftalker.writing.compose.composer import compose
from shelftalker.writing.compose.english_specifications import specifications
from shelftalker.writing.evidence import choose_evidence


@pytest.mark.parametrize(("field", "value", "text"), [
    ("diameter_cm", 26, "26 cm across"),
    ("weight_kg", 1.4, "1.4 kg"),
    ("tip_mm", 0.7, ""),  # a line that needs a label reads like a table
    ("weight_kg", "2 with case", ""),
    ("sizes_mm", ("18", "20"), ""),
    ("players", "2-4", "2-4 players"),
    ("age", "12+", "ages 12+"),
    ("hobs", ("gas", "ceramic", "induction"), ""),
    ("material", "olive wood", "olive wood"),
    ("layers", 3, "3 layers"),
    ("ports", 1, ""),
    ("sizes", "36-47", ""),
    ("weight_g", 2100, "2.1 kg"),
    ("score", 3, ""),  # nobody knows of what
    ("sku_x1", "AB", ""),
    ("washable", True, ""),
    ("brand", "Otto", ""),
    ("note", "a text that is far too long for a line of fields", ""),
])  # fmt: skip
def test_a_field_is_worded_by_its_name_and_unit(field: str, value: Value, text: str) -> None:
    item = Item("1", "Otto Thing", "", {field: value})
    assert [one[0] for one in specifications(item, item.title)] == ([text] if text else [])


def test_what_is_told_already_is_not_told_again() -> None:
    item = Item("1", "Otto Pan, 26 cm", "", {"diameter_cm": 26, "weight_kg": 1.4})
    assert [one[1] for one in specifications(item, item.title)] == ["weight_kg"]
    heavy = Item("2", "Otto Pot", "", {"diameter_cm": 26, "weight_g": 2300})
    assert [one[1] for one in specifications(heavy, "It weighs 2.3 kg.")] == ["diameter_cm"]


def test_a_card_ends_with_the_fields_that_its_sentences_leave_out() -> None:
    row = {"brand": "Otto", "diameter_cm": 26, "weight_kg": 1.4}
    pan = Item("1", "Otto Steel Pan", "The handle stays cool on a small flame.", row)
    card = compose(pan, choose_evidence(pan, [], [], Request()))
    assert card.endswith("small flame. 26 cm across, 1.4 kg.")


def test_one_measure_alone_is_left_out() -> None:
    told = "The handle stays cool on a small flame."
    pan = Item("1", "Otto Steel Pan", told, {"brand": "Otto", "weight_kg": 1.4})
    assert compose(pan, choose_evidence(pan, [], [], Request())) == told
