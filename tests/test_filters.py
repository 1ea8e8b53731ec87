"""What filters let through, and what dropping one brings. Run: pytest tests/test_filters.py"""

import numpy as np
import pytest

from shelftalker.catalog import Catalog, Item
from shelftalker.filters import Filter, allowed, relaxations

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
    return [CATALOG.ids[row] for row in np.flatnonzero(allowed(CATALOG, filters))]


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
    assert allowed(catalog, filters).sum() == 100
