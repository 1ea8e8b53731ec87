"""Kinds of Chinese messages to a shop: open numbers, extremes, what is not eaten, the year."""

from datetime import date

import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.language.numerals import ends
from shelftalker.understanding.rule_reader import RuleReader
from shelftalker.understanding.turn import TurnContext

TEAS = Catalog.of(
    Item(
        title,
        title,
        price=price,
        attributes={"category": kind, "year": year, "flavour": flavour, "volume": volume},
    )
    for title, price, kind, year, flavour, volume in [
        ("山前", 88.0, "绿茶", 2030, "清香", 100),
        ("云上", 260.0, "红茶", 2031, "甜", 250),
        ("老树", 350.0, "普洱", 2012, "陈香", 357),
        ("晚风", 55.0, "花茶", 2029, "茉莉", 50),
        ("暮色", 45.0, "花茶", 2031, "花香", 50),
        ("花溪", 60.0, "绿茶", 2031, "花香", 80),
    ]
)


def reader() -> RuleReader:
    return RuleReader(TEAS, today=lambda: date(2031, 5, 5))


@pytest.mark.parametrize(
    ("said", "filters", "text", "avoid"),
    [
        ("越便宜越好的红茶", "price lowest 1.0; category contains 红茶", "", ""),
        ("普洱，价格越高的越好", "category contains 普洱; price highest 1.0", "", ""),
        ("绿茶越新越好", "category contains 绿茶; year highest 1.0", "", ""),
        ("容量越大越好", "volume highest 1.0", "", ""),
        (
            "两三百的红茶",
            "price at_least 200.0; price at_most 300.0; category contains 红茶",
            "",
            "",
        ),
        ("预算三四百", "price at_least 300.0; price at_most 400.0", "", ""),
        (
            "想花两三百买红茶",
            "price at_least 200.0; price at_most 300.0; category contains 红茶",
            "",
            "",
        ),
        ("一百来块的", "price at_least 75.0; price at_most 125.0", "", ""),
        ("两三百以内", "price at_most 300.0", "", ""),
        (
            "2000多的普洱",
            "price at_least 2000.0; price at_most 2999.0; category contains 普洱",
            "",
            "",
        ),
        ("身高一百六十多", "", "身高一百六十多", ""),
        ("价格不超过200元", "price at_most 200.0", "", ""),
        ("太贵的不要", "", "便宜", ""),
        ("不要太贵的绿茶", "category contains 绿茶", "便宜", ""),
        ("不想花太多钱", "", "便宜", ""),
        ("不要太贵的杯子", "", "便宜的杯子", ""),
        ("贵的绿茶就算了", "category contains 绿茶", "便宜", ""),
        ("是不是很贵", "", "贵", ""),
        ("名贵的花不要", "", "", "名贵的花"),
        ("不喝红茶", "category excludes 红茶", "", ""),
        ("从来不喝甜的", "flavour excludes 甜", "", ""),
        ("红茶不喝", "category excludes 红茶", "", ""),
        ("不吃辣的", "", "", "辣"),
        ("我儿子对茉莉过敏", "flavour excludes 茉莉", "儿子", ""),
        ("对咖啡因有点过敏，要绿茶", "category contains 绿茶", "", "咖啡因"),
        ("抗过敏的", "", "抗过敏", ""),
        ("今年的红茶", "year equals 2031.0; category contains 红茶", "", ""),
        ("去年春天产的绿茶", "year equals 2030.0; category contains 绿茶", "", ""),
        ("我今年买的红茶", "category contains 红茶", "今年买", ""),
        ("tea from last year", "year equals 2030.0", "tea", ""),
        ("我要花茶", "category contains 花茶", "", ""),
        ("买双红鞋", "", "红鞋", ""),
        ("一款不太贵的绿茶", "category contains 绿茶", "便宜", ""),
        ("成双的", "", "成双", ""),
    ],
)
def test_a_message_is_read(said: str, filters: str, text: str, avoid: str) -> None:
    request = reader().request(said)
    assert "; ".join(f"{one.field} {one.op} {one.value}" for one in request.filters) == filters
    assert (request.text, request.avoid) == (text, avoid)


@pytest.mark.parametrize("said", ["不要太贵的", "太贵的就算了", "价格别太高"])
def test_beside_cards_what_is_too_dear_asks_for_cheaper(said: str) -> None:
    reading = reader().read(said, TurnContext(shown=tuple(TEAS)))
    assert reading.spoken.steps == (("price", -1),)
    assert not reading.spoken.rest


@pytest.mark.parametrize(
    ("said", "low", "high"),
    [("两三百", 200, 300), ("一百五六十", 150, 160), ("百八十", 80, 100), ("一百八十", 180, 180),
     ("三百多", 300, 399), ("250多", 250, 259), ("十几", 10, 19), ("几百", 200, 900),
     ("二零二三", 3, 3), ("一百二三", 120, 130)],
)  # fmt: skip
def test_an_open_number_has_two_ends(said: str, low: float, high: float) -> None:
    assert ends(said) == (low, high)
