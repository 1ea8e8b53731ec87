"""What "premium" and "on a tight budget" do to a ranking: no bound, a lean to an end of the prices;
and the order of what a superlative asks for.
"""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from shelftalker.data.catalog import Catalog
from shelftalker.data.filters import RANKED, Filter
from shelftalker.language.packs import words
from shelftalker.language.tokens import fold
from shelftalker.types import Request

WEIGHT = 6.0
"""Logits between the cheapest and the dearest item that is allowed."""


def price_leaning(
    request: Request, filters: Sequence[Filter], catalog: Catalog, allowed: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float32]:
    """What a superlative among the filters, or words of the request for a low or high price, add to
    the logits, float32 [items]: by the rank of the number among the allowed items, 0 without."""
    ranked = next((one for one in filters if one.op in RANKED), None)
    lean = _lean(request.text) - _lean(request.avoid)
    if ranked:
        lean = 1 if ranked.op == "highest" else -1
    column = catalog.column(ranked.field if ranked else "price")
    numbers = column.days if column.is_dates else column.numbers
    known = allowed & ~np.isnan(numbers)
    added = np.zeros(len(numbers), np.float32)
    if lean and known.any():
        ranks = np.searchsorted(np.sort(numbers[known]), numbers[known]) / known.sum()
        added[known] = WEIGHT * np.sign(lean) * (ranks - 0.5)
    return added


def _lean(text: str) -> int:
    """1 for a high price, -1 for a low one, 0 for neither or both."""
    table, folded = words("numbers"), fold(text)
    high, low = (re.search(table[name], folded) for name in ("HIGH_PRICE", "LOW_PRICE"))
    return (high is not None) - (low is not None)
