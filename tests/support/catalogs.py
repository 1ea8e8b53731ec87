"""Small invented catalogues for tests of the reader."""

from shelftalker.data.catalog import Catalog, Item

NEWS = Catalog.of(
    Item(day, f"Story {i}", attributes={"topic": "Politics", "published": day})
    for i, day in enumerate(["2019-12-31", "2024-02-11", "2024-05-03T10:00:00", "2024-06-20"])
)


PRINT = Catalog.of(
    Item(str(i), f"Print {i}", attributes={"published": day, "words": 300 + i, "page_count": i})
    for i, day in enumerate(["2019-12-31", "2024-02-11"])
)


TOOLS = Catalog.of(
    Item(title, title, price=price, attributes={"category": category})
    for title, category, price in [
        ("Gift Card", "Gifts", 0.0),
        ("Steel Kettle", "Kitchen", 45.0),
        ("Chef Knife", "Kitchen", 90.0),
        ("Bread Knives", "Kitchen", 30.0),
        ("Floor Lamp", "Home", 200.0),
        ("Desk Lamp", "Home", 20.0),
        ("Desk", "Home", 15.0),
        ("水果刀", "Kitchen", 10.0),
    ]
)


BOOKS = Catalog.of(
    [
        Item("1", "三体", price=23.0, attributes={"published": "2008-01-02"}),
        Item("2", "Alien", attributes={"published": "2010-05-06"}),
        Item("3", "活着", price=20.0, attributes={"published": "1993-03-01"}),
    ]
)
