"""`Item` and `Catalog`. Run: pytest tests/unit/data/test_catalog.py"""

from pathlib import Path

import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.errors import UnknownItem

MUG = Item("m", "Mug", "Holds tea.", {"colour": "blue", "parts": ("body", "handle")}, price=4.5)
CUP = Item("c", "Cup", language="en", image="c.png", available=False)


def test_items_come_back_as_they_went_in(tmp_path: Path) -> None:
    catalog = Catalog.of([MUG, CUP])
    catalog.frame.write_parquet(tmp_path / "catalog.parquet")
    assert list(Catalog.load(tmp_path / "catalog.parquet")) == [MUG, CUP]


def test_rows_are_looked_up_by_id() -> None:
    catalog = Catalog.of([MUG, CUP])
    assert (len(catalog), "c" in catalog, catalog.row("c"), catalog["c"]) == (2, True, 1, CUP)
    assert catalog.rows(["c", "none", "m"]) == [1, 0]
    with pytest.raises(UnknownItem, match="'none' in this catalogue of 2 items"):
        catalog["none"]


def test_facts_and_the_text_to_encode() -> None:
    assert MUG.facts() == {
        "title": "Mug",
        "colour": "blue",
        "parts": ("body", "handle"),
        "price": 4.5,
        "text": "Holds tea.",
    }
    assert MUG.embedding_text() == "Mug. colour: blue. parts: body, handle. Holds tea."
    assert CUP.embedding_text() == "Cup"


def test_upserting_keeps_places_and_adds_at_the_end() -> None:
    blue, jug = Item("m", "Blue mug"), Item("j", "Jug")
    catalog = Catalog.of([MUG, CUP]).upserted(Catalog.of([jug, blue]))
    assert list(catalog) == [blue, CUP, jug]


def test_taking_items_out() -> None:
    assert Catalog.of([MUG, CUP]).without(["m", "none"]).ids == ["c"]
