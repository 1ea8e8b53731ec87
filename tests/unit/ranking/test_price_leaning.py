"""Words for the low or high end of the prices, in what is wanted and in what is avoided."""

import numpy as np
import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.filters import Filter
from shelftalker.ranking.price_leaning import price_leaning
from shelftalker.types import Request

SHOES = Catalog.of(Item(str(n), f"Shoe {n}", price=price) for n, price in enumerate([50, 20, 90]))
UNPRICED = Catalog.of([Item("a", "Shoe")])


@pytest.mark.parametrize(
    ("text", "avoid", "dearest_first"),
    [
        ("premium", "", [2, 0, 1]),
        ("high-end, light", "", [2, 0, 1]),
        ("on a tight budget", "", [1, 0, 2]),
        ("高端", "", [2, 0, 1]),
        ("", "cheap", [2, 0, 1]),
    ],
)
def test_words_lean_to_an_end(text: str, avoid: str, dearest_first: list[int]) -> None:
    request = Request("", text=text, avoid=avoid)
    added = price_leaning(request, (), SHOES, np.ones(3, bool))
    assert np.argsort(-added).tolist() == dearest_first


def test_other_words_both_ends_or_no_prices_add_nothing() -> None:
    for text in ("light", "premium on a budget"):
        assert not price_leaning(Request("", text=text), (), SHOES, np.ones(3, bool)).any()
    assert not price_leaning(Request("", text="premium"), (), UNPRICED, np.ones(1, bool)).any()


def test_a_superlative_orders_what_it_asks_for() -> None:
    highest = Filter("price", "highest", 3.0)
    added = price_leaning(Request(""), [highest], SHOES, np.ones(3, bool))
    assert np.argsort(-added).tolist() == [2, 0, 1]
