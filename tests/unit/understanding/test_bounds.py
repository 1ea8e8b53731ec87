"""Numbers in a message: years, dates, prices, counts, superlatives, comparisons with an item."""

import pytest

from shelftalker.data.filters import Filter, allowed_items
from shelftalker.understanding.rule_reader import RuleReader
from tests.support.annotated import read_by, reader
from tests.support.catalogs import NEWS, PRINT


@pytest.mark.parametrize(
    ("domain", "said", "bounds"),
    [
        ("shop", "a lamp around $40", ("price", 30, 50)),
        ("shop", "20 dollars or so", ("price", 15, 25)),
        ("shop", "20元左右的笔记本", ("price", 15, 25)),
        ("films", "a drama, around two hours", ("runtime", 102, 138)),
        ("films", "ein Drama, etwa 100 Minuten lang", ("runtime", 85, 115)),
    ],
)
def test_about_as_much_is_a_range(domain: str, said: str, bounds: tuple[str, int, int]) -> None:
    field, low, high = bounds
    filters = reader(domain).request(said).filters
    assert {f for f in filters if f.field == field} == {
        Filter(field, "at_least", low), Filter(field, "at_most", high)
    }  # fmt: skip


@pytest.mark.parametrize(
    ("said", "low", "high"),
    [
        ("预算150以内", None, 150),
        ("灯，预算150以内", None, 150),
        ("预算150以内的灯", None, 150),
        ("预算200左右", 150, 250),
        ("100到200之间", 100, 200),
        ("100到200之间的灯", 100, 200),
    ],
)
def test_chinese_budgets_need_no_currency(said: str, low: float | None, high: float) -> None:
    request = reader("shop").request(said)
    filters = {f for f in request.filters if f.field == "price"}
    bounds = {Filter("price", "at_most", high)}
    assert filters == bounds | ({Filter("price", "at_least", low)} if low else set())
    assert not set("预算以内左右之间") & set(request.text)


@pytest.mark.parametrize("said", ["a book about 20 ways to fly", "around 20"])
def test_about_a_bare_number_bounds_nothing(said: str) -> None:
    assert reader("shop").request(said).filters == ()


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("after May 2024", [3]),
        ("politics after May 2024", [3]),
        ("2024年五月以后", [3]),
        ("since May 2024", [2, 3]),
        ("from 2024 on", [1, 2, 3]),
        ("before 2020", [0]),
        ("before 3 May 2024", [0, 1]),
        ("until May 3rd, 2024", [0, 1, 2]),
        ("in February 2024", [1]),
        ("on 2024-05-03", [2]),
        ("between February and May 2024", [1, 2]),
        ("2024年2月到5月的新闻", [1, 2]),
        ("nach Mai 2024", [3]),
        ("después de mayo de 2024", [3]),
        ("not before May 2024", [2, 3]),
        ("not from 2024", [0]),
        ("it may be from Maya Lin", [0, 1, 2, 3]),
    ],
)
def test_dates_are_bounds_where_the_catalogue_has_dates(said: str, left: list[int]) -> None:
    request = RuleReader(NEWS).request(said)
    assert [i for i, fit in enumerate(allowed_items(NEWS, request.filters)) if fit] == left
    assert "2024" not in request.text


@pytest.mark.parametrize(
    ("said", "filters", "notice"),
    [
        (
            "after May 1994",
            [Filter("year", "at_least", 1994)],
            "This catalogue has years but no months, so I used only the year in “after May 1994”.",
        ),
        (
            "not before May 1994",
            [Filter("year", "at_least", 1994)],
            "This catalogue has years but no months, so I used only the year in “before May 1994”.",
        ),
        (
            "not in June 1994",
            [],
            "This catalogue has years but no months, so I used only the year in “in June 1994”.",
        ),
        (
            "dramas from this week",
            [Filter("genres", "contains", "Drama")],
            "I don't know which day “from this week” counts from, so I ignored it.",
        ),
    ],
)
def test_of_a_date_only_what_is_stated_counts_and_the_rest_is_told(
    said: str, filters: list[Filter], notice: str
) -> None:
    request, told = read_by(reader("films"), said)
    assert (list(request.filters), told, request.text) == (filters, notice, "")


def test_a_date_where_there_are_none_is_told_and_not_asked_for() -> None:
    request, told = read_by(reader("shop"), "a lamp from after May 2024")
    assert told == "This catalogue has no dates, so I ignored “after May 2024”."
    assert "2024" not in request.text


@pytest.mark.parametrize(
    ("said", "filters"),
    [
        ("a pen for thirty bucks", ["price at_most 30"]),
        ("a $30 pen", ["price at_most 30"]),
        ("a pen, I have fifty euros", ["price at_most 50"]),
        ("a pen, exactly 19.99", ["price equals 19.99"]),
        ("a pen for exactly twenty dollars", ["price equals 20"]),
        ("a pen under a hundred dollars", ["price below 100"]),
        ("a pen under a hundred and fifty dollars", ["price below 150"]),
        ("a pen between twenty and fifty dollars", ["price at_least 20", "price at_most 50"]),
        ("a pen over two thousand euros", ["price above 2000"]),
        ("a pen under 99 cents", ["price below 0.99"]),
        ("a pen，30元以内", ["price at_most 30"]),
        ("三十元以下的 pen", ["price at_most 30"]),
        ("一百五十块钱以内的 pen", ["price at_most 150"]),
        ("正好两百元的 pen", ["price equals 200"]),
        ("a free pen", ["price at_most 0"]),
        ("免费的 pen", ["price at_most 0"]),
        ("a pen, not free", ["price above 0"]),
        ("the cheapest pen", ["price lowest 1"]),
        ("the three cheapest pens", ["price lowest 3"]),
        ("最便宜的 pen", ["price lowest 1"]),
        ("the most expensive pen", ["price highest 1"]),
        ("a pen, not the cheapest", []),
        ("a sugar-free pen, free shipping", []),
        ("a pen, 20 dollars off", []),
        ("a pen for my two kids", []),
    ],
)
def test_prices_in_words_exact_and_at_an_end(said: str, filters: list[str]) -> None:
    read = [f for f in reader("shop").request(said).filters if f.field == "price"]
    assert [f"{f.field} {f.op} {f.value:g}" for f in read] == filters


@pytest.mark.parametrize(
    ("said", "filters"),
    [
        ("the longest drama", [Filter("runtime", "highest", 1)]),
        ("the newest dramas", [Filter("year", "highest", 3)]),
        ("the oldest drama", [Filter("year", "lowest", 1)]),
        ("dramas under ninety minutes", [Filter("runtime", "below", 90)]),
        ("一百分钟以内", [Filter("runtime", "at_most", 100)]),
        ("drama in The Longest Day", []),
        ("the latest film you saw", []),
        ("my most recent film", []),
        ("the latest Orbit Wars", []),
        ("the newest in the series", []),
        (
            "the newest film by Noor Haddad",
            [Filter("year", "highest", 1), Filter("director", "contains", "Noor Haddad")],
        ),
        ("dramas by tomorrow at the latest", []),
    ],
)
def test_ends_and_numbers_in_words_of_other_fields(said: str, filters: list[Filter]) -> None:
    found = reader("films").request(said).filters
    assert [f for f in found if f.field != "genres"] == filters


@pytest.mark.parametrize(
    ("domain", "said", "notice"),
    [
        ("shop", "a cheap lamp", "“cheap” isn't a price. Try “under 20”"),
        ("shop", "便宜的灯", "“便宜”不是具体价格。可以说“20元以下”或“最便宜的”。"),
        ("shop", "the newest lamp", "This catalogue has no dates, so I ignored “newest”."),
        ("films", "the cheapest drama", "no prices, so I ignored “cheapest”."),
        ("films", "best rated drama", "no ratings, so I ignored “best rated”."),
    ],
)
def test_what_no_filter_can_hold_is_told(domain: str, said: str, notice: str) -> None:
    assert notice in read_by(reader(domain), said)[1]


@pytest.mark.parametrize(
    ("domain", "said"),
    [("shop", "a cheap lamp under $50"), ("shop", "nothing too cheap"), ("films", "a cheap drama")],
)
def test_where_cheap_is_bounded_or_unknown_nothing_is_told(domain: str, said: str) -> None:
    assert read_by(reader(domain), said)[1] == ""


@pytest.mark.parametrize(
    ("said", "filters"),
    [
        ("longer than 1000 words", ["words above 1000"]),
        ("more than 1000 words", ["words above 1000"]),
        ("not more than 1000 words", ["words at_most 1000"]),
        ("articles over 1000 words", ["words above 1000"]),
        ("exactly 1000 words", ["words equals 1000"]),
        ("between 1000 and 2000 words", ["words at_least 1000", "words at_most 2000"]),
        ("1500 words or less", ["words at_most 1500"]),
        ("mindestens 1000 Wörter", ["words at_least 1000"]),
        ("1000字以内的文章", ["words at_most 1000"]),
        ("under 300 pages", ["page_count below 300"]),
        ("300页以内", ["page_count at_most 300"]),
        ("超过500页的书", ["page_count above 500"]),
        ("不少于300页", ["page_count at_least 300"]),
        ("不多于300页", ["page_count at_most 300"]),
        ("不到两百页", ["page_count below 200"]),
        ("200到300页", ["page_count at_least 200", "page_count at_most 300"]),
        ("the shortest article", ["words lowest 1"]),
        ("more than 1200 readers", []),
        ("over 1900 characters", []),
        ("1200", []),
        ("before 1900", ["published at_most 1899-12-31"]),
        ("articles from 2024", ["published at_least 2024-01-01", "published at_most 2024-12-31"]),
        ("2019", ["published at_least 2019-01-01", "published at_most 2019-12-31"]),
    ],
)
def test_a_number_counts_what_follows_it_and_only_else_is_a_year(
    said: str, filters: list[str]
) -> None:
    read = RuleReader(PRINT).request(said).filters
    shown = [f"{f.field} {f.op} {f.value}" for f in read]
    assert [text.removesuffix(".0") for text in shown] == filters


@pytest.mark.parametrize(
    "said", ["1994 songs", "1994 comedies", "the 1994 season", "1994 classics"]
)
def test_a_year_before_what_is_wanted_stays_a_year(said: str) -> None:
    assert Filter("year", "equals", 1994) in reader("films").request(said).filters
