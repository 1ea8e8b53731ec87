"""Values of a mixed shop that a message does not mean, and those that it does."""

import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.understanding.rule_reader import RuleReader

SHELVES = {
    "coffee": ["House Blend", "Morning Blend", "Harbour Beans"],
    "tea": ["Sencha", "Assam", "Rooibos"],
    "lamps": ["Desk Light", "Wall Light", "Reading Light for the kitchen"],
    "boots": ["Trail Boots", "Snow Boots", "Kitchen Boots"],
    "tents": ["Kitchen Tent", "Dome Tent", "Trail Tent"],
    "pans": ["Kitchen Pan", "Small Pan", "Iron Pan"],
    "towels": ["Kitchen Towel", "Bath Towel", "Green Towel"],
    "mugs": ["Tall Mug", "Wide Mug", "Small Mug"],
}


@pytest.fixture(scope="module")
def shop() -> RuleReader:
    items = [
        Item(f"{shelf}-{n}", title, "", {"category": shelf})
        for shelf, titles in SHELVES.items()
        for n, title in enumerate(titles)
    ]
    items += [
        Item("roast", "Autumn Beans", "", {"category": "coffee", "roast": "light"}),
        Item("mug", "Enamel Mug", "", {"category": "kitchen"}),
        Item("green", "Linen Towel", "", {"category": "towels", "color": "green"}),
        Item("blue", "Cotton Towel", "", {"category": "towels", "color": "blue"}),
        Item("red", "Red Boots", "", {"category": "boots", "color": "red"}),
        Item("black", "Black Boots", "", {"category": "boots", "color": "black"}),
        Item("notes", "Hill Beans", "", {"category": "coffee", "notes": ("black tea", "rose")}),
        Item("crib", "Lantern Crib", "", {"category": "beds", "brand": "Lantern"}),
    ]
    return RuleReader(Catalog.of(items))


@pytest.mark.parametrize(
    ("message", "filters"),
    [
        # A field of other kinds of items only.
        ("something light for travelling", []),
        ("coffee with a light roast, please", ["category contains coffee", "roast contains light"]),
        # The kind that is named has no such field.
        ("a green tea", ["category contains tea"]),
        ("green towels", ["color contains green", "category contains towels"]),
        # A shelf of one item, of whose word many others speak.
        ("something for the kitchen", []),
        ("black boots", ["color contains black", "category contains boots"]),
        # A thing, and no note of another one or maker of that name.
        ("black tea", []),
        ("a lantern", []),
        ("a lantern for the garden", []),
        ("lantern", ["brand contains Lantern"]),
    ],
)
def test_what_a_value_means_here(shop: RuleReader, message: str, filters: list[str]) -> None:
    reading = shop.read(message)
    assert sorted(f"{f.field} {f.op} {f.value}" for f in reading.filters) == sorted(filters)


def test_what_is_not_demanded_is_wished_for(shop: RuleReader) -> None:
    assert "green" in shop.read("a green tea").request().text
    assert shop.read("black tea").request().text == "black tea"
    assert "kitchen" in shop.read("something for the kitchen").request().text


def test_a_shelf_of_one_among_many_and_a_few_things_for_children_are_no_bound() -> None:
    items = [Item(f"l{n}", f"Lamp {n}", "", {"category": "lamps"}) for n in range(120)]
    items += [Item("g", "Ribbon", "", {"category": "gifts"})]
    items += [Item("c", "Small Lamp", "", {"category": "children"})]
    large, small = (RuleReader(Catalog.of(some)) for some in (items, items[100:]))
    for message in ("I need gifts", "something for my son, he is six"):
        assert not [f for f in large.read(message).filters if f.value in ("gifts", "children")]
        assert [f for f in small.read(message).filters if f.value in ("gifts", "children")]
