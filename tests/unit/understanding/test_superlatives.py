"""Superlatives and comparisons with a named item."""

import numpy as np
import pytest

from shelftalker.data.filters import allowed_items
from shelftalker.understanding.rule_reader import RuleReader
from shelftalker.understanding.rules.item_kinds import of_kind
from tests.support.annotated import read_by, reader
from tests.support.catalogs import BOOKS, NEWS, TOOLS


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ("latest news", 3),
        ("the latest news about politics", 3),
        ("最新的新闻", 3),
        ("the latest news article", 1),
        ("最新的一条新闻", 1),
        ("the newest story", 1),
        ("oldest articles", 3),
    ],
)
def test_a_noun_that_is_not_counted_asks_for_several(said: str, count: int) -> None:
    filters = RuleReader(NEWS).request(said).filters
    assert [f.value for f in filters if f.field == "published"] == [count]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("most expensive knife", ["Chef Knife", "Bread Knives"]),
        ("the cheapest good kettle, please", ["Steel Kettle"]),
        ("the cheapest kettle for my desk", ["Steel Kettle"]),
        ("cheapest floor lamp", ["Floor Lamp"]),
        ("cheapest knives you have", ["Chef Knife", "Bread Knives"]),
        ("最便宜的刀", ["水果刀"]),
        ("the cheapest", None),
        ("the cheapest thing for a lamp", None),
        ("the cheapest desk toaster", None),
        ("a lamp", None),
    ],
)
def test_the_kind_before_which_a_superlative_stands_is_found_in_titles(
    said: str, kind: list[str] | None
) -> None:
    reads = RuleReader(TOOLS)
    among = np.ones(len(TOOLS), dtype=bool)
    found = of_kind(said, reads.request(said).text, TOOLS, reads.vocabulary, among)
    assert (None if found is None else [TOOLS.ids[row] for row in np.flatnonzero(found)]) == kind


@pytest.mark.parametrize(
    ("domain", "said", "filters"),
    [
        ("shop", "cheaper than the Reading Lamp", ["price below 24.9"]),
        ("shop", "cheaper than the reading lamp", ["price below 24.9"]),
        ("shop", "not more expensive than the Reading Lamp", ["price at_most 24.9"]),
        ("shop", "teurer als Canvas Tote", ["price above 18"]),
        ("films", "a film shorter than Orbit Nine", ["runtime below 143"]),
        ("films", "newer than Moss, no war", ["genres excludes War", "year above 2011"]),
        ("films", "a film longer than moss", []),
        ("films", "longer than 2 hours", ["runtime above 120"]),
        ("films", "older than 1990", ["year at_most 1989"]),
        ("films", "something darker than Paper Lions", []),
    ],
)  # fmt: skip
def test_a_named_item_sets_a_bound(domain: str, said: str, filters: list[str]) -> None:
    request = reader(domain).request(said)
    shown = [f"{f.field} {f.op} {f.value}".removesuffix(".0") for f in request.filters]
    assert sorted(shown) == sorted(filters)
    assert request.like == ()


@pytest.mark.parametrize(
    ("said", "left", "notice"),
    [
        ("比三体便宜的书", ["3"], ""),
        ("比三体更新的", ["2"], ""),
        ("newer than 三体", ["2"], ""),
        (
            "cheaper than Alien",
            ["1", "3"],
            "The catalogue doesn't give that value for “Alien”, so I ignored “cheaper than Alien”.",
        ),
        (
            "shorter than Alien",
            ["1", "3"],
            "This catalogue has no running times, so I ignored “shorter than Alien”.",
        ),
    ],
)
def test_a_bound_by_an_item_without_the_value_is_told(
    said: str, left: list[str], notice: str
) -> None:
    request, told = read_by(RuleReader(BOOKS), said)
    fit = allowed_items(BOOKS, request.filters)
    assert [i for i, kept in zip(BOOKS.ids, fit, strict=True) if kept] == left
    assert (told, request.text) == (notice, "")
