"""`allowed_items` and `relaxations`. Run: pytest tests/unit/data/test_filters.py"""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.filter_labels import label_in
from shelftalker.data.filters import Filter, allowed_items, relaxations

CATALOG = Catalog.of(
    [
        Item("1", "Ash", attributes={"genres": ("Thriller", "Crime"), "year": 1984}, price=5.0),
        Item("2", "Birch", attributes={"genres": ("Comedy",), "year": 1994}, price=20.0),
        Item(
            "3", "Cedar", attributes={"genres": ("Comedy", "Crime"), "vegan": True}, language="fr"
        ),
        Item("4", "Dogwood", attributes={"genres": ("Crime",), "year": 1999}, available=False),
        Item("5", "Elm", attributes={"maker": "Nord & Co", "year": 1994.0}),
    ]
)


def ids(*filters: Filter) -> list[str]:
    return [CATALOG.ids[row] for row in np.flatnonzero(allowed_items(CATALOG, filters))]


@pytest.mark.parametrize(
    ("condition", "remaining"),
    [
        (Filter("genres", "contains", "crime"), ["1", "3"]),
        (Filter("genres", "excludes", "Crime"), ["2", "5"]),
        (Filter("genres", "any_of", ("Thriller", "comedy")), ["1", "2", "3"]),
        (Filter("genres", "contains", "Crim"), []),
        (Filter("maker", "equals", "nord & co"), ["5"]),
        (Filter("year", "at_least", 1990), ["2", "5"]),
        (Filter("year", "at_most", 1984), ["1"]),
        (Filter("year", "equals", 1994), ["2", "5"]),
        (Filter("price", "at_most", 19.99), ["1"]),
        (Filter("language", "equals", "FR"), ["3"]),
        (Filter("vegan", "equals", "true"), ["3"]),
        (Filter("vegan", "at_least", 0), []),
        (Filter("id", "excludes", "2"), ["1", "3", "5"]),
        (Filter("title", "contains", "elm"), ["5"]),
        (Filter("unheard of", "contains", "x"), []),
        (Filter("unheard of", "excludes", "x"), ["1", "2", "3", "5"]),
    ],
)
def test_one_filter(condition: Filter, remaining: list[str]) -> None:
    assert ids(condition) == remaining


def test_filters_add_up_and_what_is_not_available_is_never_allowed() -> None:
    assert ids() == ["1", "2", "3", "5"]
    assert ids(Filter("genres", "contains", "Crime"), Filter("genres", "contains", "Comedy")) == [
        "3"
    ]


def test_relaxations_name_the_filter_to_drop_and_what_it_brings_most_helpful_first() -> None:
    thriller, late = Filter("genres", "contains", "Thriller"), Filter("year", "at_least", 1990)
    assert ids(thriller, late) == []
    assert relaxations(CATALOG, [thriller, late]) == [(thriller, 2), (late, 1)]


def test_relaxations_do_not_promise_what_was_seen() -> None:
    thriller, late = Filter("genres", "contains", "Thriller"), Filter("year", "at_least", 1990)
    assert relaxations(CATALOG, [thriller, late], ["1", "2"]) == [(thriller, 1)]


def test_relaxations_are_empty_where_no_single_filter_is_to_blame() -> None:
    wanted = [Filter("genres", "contains", name) for name in ("Opera", "Ballet")]
    assert relaxations(CATALOG, wanted) == []


def test_filters_over_many_items_meet() -> None:
    catalog = Catalog.of(
        Item(str(i), f"Item {i}", attributes={"tags": (f"t{i % 50}", f"u{i % 7}"), "year": i})
        for i in range(10_000)
    )
    filters = [Filter("tags", "contains", "t3"), Filter("year", "at_least", 5000)]
    assert allowed_items(catalog, filters).sum() == 100


LAMPS = Catalog.of(
    Item(str(i), "Lamp", attributes={"color": c, "brand": b, "genre": g, "size": z})
    for i, (c, b, g, z) in enumerate(
        [
            ("Red/Blue", "Black & Decker", "Action/Adventure", "S/M"),
            ("Red", "AC/DC", "Action", "M"),
            ("Black, White", "Black", "Health & Beauty", "1/2 inch"),
            ("Blue & Green", "White", "Adventure", "L"),
            ("Red-Blue", "Decker", "Sci-Fi", "S"),
            ("Blue and Off-White", "Kern", "Beauty", "N/A"),
            ("红/黑", "Kern", "Western, Action", "XL"),
            ("Blue", "Kern", "Rock", "XL"),
        ]
    )
)


@pytest.mark.parametrize(
    ("field", "value", "holding"),
    [
        ("color", "red", [0, 1, 4]),
        ("color", "BLUE", [0, 3, 4, 5, 7]),
        ("color", "white", [2]),
        ("color", "off-white", [5]),
        ("color", "黑", [6]),
        ("color", "Red/Blue", [0]),
        ("brand", "black & decker", [0]),
        ("brand", "black", [2]),
        ("brand", "AC/DC", [1]),
        ("brand", "AC", []),
        ("genre", "action", [0, 1, 6]),
        ("genre", "western", [6]),
        ("genre", "beauty", [5]),
        ("genre", "health & beauty", [2]),
        ("genre", "sci", []),
        ("size", "s", [0, 4]),
        ("size", "n", []),
        ("size", "1", []),
    ],
)
def test_a_cell_of_several_values_holds_each_and_a_name_is_one(
    field: str, value: str, holding: list[int]
) -> None:
    wanted = allowed_items(LAMPS, [Filter(field, "contains", value)])
    ruled_out = allowed_items(LAMPS, [Filter(field, "excludes", value)])
    assert np.flatnonzero(wanted).tolist() == holding
    assert (ruled_out == ~wanted).all()


def test_dates_compare_by_day_and_what_is_no_date_fails() -> None:
    days = ["2024-05-03", "2024-05-03T23:59:00", "2024-05", None, "2024-13-41", "soon"]
    catalog = Catalog.of(
        Item(str(i), f"Story {i}", attributes={"day": d} if d else {}) for i, d in enumerate(days)
    )

    def left(*filters: Filter) -> list[int]:
        return np.flatnonzero(allowed_items(catalog, filters)).tolist()

    assert left(Filter("day", "at_most", "2024-05-03")) == [0, 1, 2]
    assert left(Filter("day", "at_least", "2024-05-02")) == [0, 1]
    assert left(Filter("day", "above", "2024-05-03")) == []
    assert left(Filter("day", "outside", ("2024-05-02", "2024-05-04"))) == [2, 3, 4, 5]
    assert label_in(Filter("day", "at_least", "2024-05-02"), "en") == "day from 2024-05-02"


@pytest.mark.parametrize(
    ("conditions", "remaining"),
    [
        ([Filter("year", "lowest", 1)], ["1"]),
        ([Filter("year", "highest", 1)], ["2", "5"]),  # 4 is not available
        ([Filter("year", "highest", 1), Filter("genres", "contains", "Crime")], ["1"]),
        ([Filter("price", "highest", 1), Filter("year", "lowest", 9)], ["2"]),
        ([Filter("price", "lowest", 3)], ["1", "2"]),
        ([Filter("unheard of", "lowest", 1)], []),
    ],
)
def test_an_end_is_that_of_what_the_other_filters_leave(
    conditions: list[Filter], remaining: list[str]
) -> None:
    assert ids(*conditions) == ids(*reversed(conditions)) == remaining


def test_the_end_of_dates_and_how_an_end_is_said() -> None:
    days = ("2024-05-03", "2024-06-01", "2019-01-01")
    catalog = Catalog.of(Item(d, d, attributes={"published": d}) for d in days)
    latest = Filter("published", "highest", 1)
    assert allowed_items(catalog, [latest]).tolist() == [False, True, False]
    assert label_in(latest, "en") == "latest published"
    assert label_in(Filter("price", "lowest", 3), "en") == "lowest price"


def test_relaxations_know_what_an_end_depends_on() -> None:
    crime, cheapest = Filter("genres", "contains", "Opera"), Filter("price", "lowest", 1)
    assert relaxations(CATALOG, [crime, cheapest]) == [(crime, 1)]


@pytest.mark.parametrize(
    ("field", "title", "kept"),
    [
        ("material", "Hobnail Boot, Waxed Leather", False),
        ("brand", "Leather Lane Satchel", False),
        ("allergen", "Leather-Free Boot", True),
        ("genres", "Leather: A Life", True),
    ],
)
def test_what_is_excluded_is_in_no_title_either(field: str, title: str, kept: bool) -> None:
    """`field` has the value for another item only."""
    items = [
        Item("1", title, attributes={field: "rubber"}),
        Item("2", "X", attributes={field: "leather"}),
    ]
    mask = allowed_items(Catalog.of(items), [Filter(field, "excludes", "leather")])
    assert mask.tolist() == [kept, False]


def test_expired_items_are_never_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 5, 31, 12, tzinfo=UTC)
    monkeypatch.setattr("shelftalker.data.filters.time.time", now.timestamp)
    dates = (
        "2026-05-30", "2026-05-31", "2026-05-31T11:59:59Z", "2026-05-31T13:59:59+02:00",
        "2026-05-31T12:00:01", "soon", "99999-01-01",
    )  # fmt: skip
    items = [Item(date, date, attributes={"expires": date}) for date in dates]
    catalog = Catalog.of([*items, Item("plain", "Plain", 'Not "expires".')])
    left = {"2026-05-31", "2026-05-31T12:00:01", "soon", "99999-01-01", "plain"}
    assert {catalog.ids[row] for row in np.flatnonzero(allowed_items(catalog, []))} == left
    changed = Catalog.of([Item("plain", "Plain", attributes={"expires": "2026-05-01"})])
    changed.frame.write_parquet(tmp_path / "catalog.parquet")
    offered = catalog.offering(tmp_path / "catalog.parquet")  # before the new one is loaded
    assert not allowed_items(offered, []).any()
