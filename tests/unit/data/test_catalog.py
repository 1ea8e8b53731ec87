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


def groups(**group_of: str | None) -> list[int]:
    items = [Item(item, item, group=group) for item, group in group_of.items()]
    found: list[int] = Catalog.of(items).groups.tolist()
    return found


def test_a_product_is_in_the_group_of_its_variants() -> None:
    shirt, small, large, other = groups(shirt=None, small="shirt", large="shirt", other=None)
    assert shirt == small == large != other


def test_an_episode_is_in_the_group_of_its_series() -> None:
    assert len(set(groups(series=None, season="series", first="season", second="season"))) == 1


def test_a_group_that_is_an_id_by_chance_joins_nothing() -> None:
    one, two, three, four = groups(a="b", b="c", c="z", d="b")
    assert one == four
    assert len({one, two, three}) == 3


def test_each_row_knows_the_first_of_its_group() -> None:
    items = [Item("x", "X"), Item("s", "S", group="g"), Item("y", "Y"), Item("m", "M", group="g")]
    assert Catalog.of(items).first_of_group.tolist() == [0, 1, 2, 1]
