"""Hard filters: what a request or a user rules out, and which catalogue rows remain."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from shelftalker.catalog import Catalog, Value

Op = Literal["equals", "contains", "excludes", "at_least", "at_most"]


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on one field: `genres contains Thriller`, `year at_most 1989`, `id excludes 7`.

    `contains`/`excludes` match list members and whole text values, case-folded; `equals` likewise.
    `at_least`/`at_most` compare numbers (a missing number fails). Fields: an attribute name,
    `price`, `language`, `title`, `id`.
    """

    field: str
    op: Op
    value: str | float


def allowed(catalog: Catalog, filters: Sequence[Filter]) -> npt.NDArray[np.bool_]:
    """Which items satisfy every filter and are available: bool [items]."""
    mask = catalog.frame["available"].fill_null(True).to_numpy().copy()
    for condition in filters:
        mask &= _satisfied(catalog, condition)
    return mask


def _satisfied(catalog: Catalog, condition: Filter) -> npt.NDArray[np.bool_]:
    column = _column(catalog, condition.field)
    return np.fromiter((_holds(value, condition) for value in column), bool, len(catalog))


def _column(catalog: Catalog, field: str) -> list[Value | None]:
    if field in ("id", "title", "price", "language"):
        return catalog.frame[field].to_list()
    return [json.loads(text or "{}").get(field) for text in catalog.frame["attributes"]]


def _holds(value: object, condition: Filter) -> bool:
    if condition.op in ("at_least", "at_most"):
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        bound = float(condition.value)
        return value >= bound if condition.op == "at_least" else value <= bound
    wanted = str(condition.value).casefold()
    members = value if isinstance(value, list | tuple) else [] if value is None else [value]
    found = any(str(member).casefold() == wanted for member in members)
    return not found if condition.op == "excludes" else found
