"""`grouped`: duplicates of one thing share a group."""

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.duplicates import grouped


def groups(*items: Item) -> list[str | None]:
    catalog, _ = grouped(Catalog.of(items))
    return [item.group for item in catalog]


def test_one_title_and_maker_is_one_thing() -> None:
    heat = {"director": ("Mann",), "year": 1995}
    assert groups(
        Item("1", "Heat", attributes=heat),
        Item("2", "HEAT ", attributes=heat),
        Item("3", "Heat", attributes={"director": ("Morrissey",), "year": 1986}),
        Item("4", "Ronin", attributes=heat),
    ) == ["1", "1", None, None]


def test_without_maker_or_year_the_texts_decide() -> None:
    long = "A tin mug that holds tea and coffee on every camp"
    assert groups(Item("1", "Mug", long), Item("2", "Mug", long + "!")) == ["1", "1"]
    assert groups(Item("1", "Mug", long), Item("2", "Mug", "Red")) == [None, None]
    assert groups(Item("1", "Mug"), Item("2", "Mug")) == [None, None]


def test_groups_of_the_file_stay_and_rows_know_their_group() -> None:
    tees = [Item(n, "Tee", group="T") for n in "12"]
    catalog, count = grouped(Catalog.of([*tees, Item("3", "Cap")]))
    assert count == 0
    assert catalog.in_groups_of(["1"]).tolist() == [True, True, False]
    assert len(set(catalog.groups.tolist())) == 2
