"""What "premium" and "on a tight budget" do to a ranking: no bound, a lean to one end of prices."""

import re

import numpy as np
import numpy.typing as npt

from shelftalker.data.catalog import Catalog
from shelftalker.language.packs import words
from shelftalker.language.tokens import fold
from shelftalker.types import Request

WEIGHT = 6.0
"""Logits between the cheapest and the dearest item that is allowed."""


def price_leaning(
    request: Request, catalog: Catalog, allowed: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float32]:
    """What the words of a request for a low or high price add to the logits, float32 [items]: 0
    without such words, else by the rank of the price among the allowed items."""
    lean = _lean(request.text) - _lean(request.avoid)
    prices = catalog.column("price").numbers
    known = allowed & ~np.isnan(prices)
    added = np.zeros(len(prices), np.float32)
    if lean and known.any():
        ranks = np.searchsorted(np.sort(prices[known]), prices[known]) / known.sum()
        added[known] = WEIGHT * np.sign(lean) * (ranks - 0.5)
    return added


def _lean(text: str) -> int:
    """1 for a high price, -1 for a low one, 0 for neither or both."""
    table, folded = words("numbers"), fold(text)
    high, low = (re.search(table[name], folded) for name in ("HIGH_PRICE", "LOW_PRICE"))
    return (high is not None) - (low is not None)
