"""Hard filters: what a request or a user rules out, and which catalogue rows remain."""

import operator
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt

from shelftalker.data.catalog import Catalog
from shelftalker.data.field_index import Column, key

Mask = npt.NDArray[np.bool_]
Op = Literal[
    "equals", "contains", "any_of", "excludes", "at_least", "at_most", "above", "below", "outside",
    "lowest", "highest",
]  # fmt: skip
RANKED: tuple[Op, ...] = ("lowest", "highest")
"""Ops that choose among what all others leave."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on one field: `genres contains Thriller`, `year at_most 1989`, `id excludes 7`.

    `contains`/`excludes` match list members and whole text values, case-folded; `equals` likewise;
    a brand that is excluded is so in titles too;
    `any_of` takes a tuple and needs one of its values. `at_least`/`at_most`, and `above`/`below`
    without the bound itself, compare numbers (a missing number fails), or dates, given in ISO 8601;
    `outside` takes two of them as texts and rules out what lies between them, both included.
    `lowest`/`highest` take a count: so many items at that end, and their equals, of what the other
    filters leave.
    Fields: an attribute name, `price`, `language`, `title`, `id`.
    """

    field: str
    op: Op
    value: str | float | tuple[str, ...]

    @property
    def said(self) -> str:
        """The filter as a person reads it: `year from 1980`, `no Horror`, `Comedy or Drama`."""
        name, value = self.field.replace("_", " "), self.value
        if self.op == "outside" and isinstance(value, tuple):
            return f"{name} not {value[0]}–{value[1]}"
        if self.op in RANKED:
            return f"{_end_named(self.field, self.op)} {name}"
        if self.op in _BOUNDS:
            return f"{name} {_BOUNDS[self.op]} {_shown(value)}"
        text = _shown(value) if value != "true" else name
        if self.op == "excludes":
            return f"no {text}"
        return f"{name} {text}" if isinstance(value, int | float) else text


def allowed(catalog: Catalog, filters: Sequence[Filter]) -> Mask:
    """Which items satisfy every filter and are available: bool [items]."""
    mask: Mask = catalog.frame["available"].fill_null(True).to_numpy().copy()
    for condition in filters:
        if condition.op not in RANKED:
            mask &= _satisfied(catalog, condition)
    ranked = [_at_the_end(catalog, c, mask) for c in filters if c.op in RANKED]
    for end in ranked:
        mask &= end
    return mask


def relaxations(
    catalog: Catalog, filters: Sequence[Filter], seen: Collection[str] = ()
) -> list[tuple[Filter, int]]:
    """Which single filter to drop so that items remain, and how many; the most helpful first.

    `seen`: ids that come no more, whatever is dropped.
    """
    always = [Filter("id", "excludes", tuple(seen))] if seen else []
    found: list[tuple[Filter, int]] = []
    for dropped, condition in enumerate(filters):
        kept = [other for place, other in enumerate(filters) if place != dropped]
        count = int(allowed(catalog, [*kept, *always]).sum())
        if count:
            found.append((condition, count))
    return sorted(found, key=lambda pair: -pair[1])


def _satisfied(catalog: Catalog, condition: Filter) -> Mask:
    column = catalog.column(condition.field)
    if condition.op in _COMPARE:
        return _compared(column, condition)
    wanted = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    if condition.op == "outside":
        low, high = map(bound, wanted)
        numbers = _scale(column, wanted[0])
        return ~((numbers >= low) & (numbers <= high))
    found = np.zeros(len(catalog), dtype=bool)
    for value in wanted:
        found[column.rows.get(key(value), [])] = True
    if condition.op == "excludes":
        return ~(found | _titled(catalog, condition.field, wanted))
    return found


def _at_the_end(catalog: Catalog, condition: Filter, mask: Mask) -> Mask:
    """Which items of a mask have the lowest or highest values of a field."""
    column = catalog.column(condition.field)
    numbers = column.days if column.is_dates else column.numbers
    numbers = numbers if condition.op == "lowest" else -numbers
    among = np.sort(numbers[mask & ~np.isnan(numbers)])
    if not len(among) or not isinstance(condition.value, int | float):
        return np.zeros(len(numbers), dtype=bool)
    last = among[min(max(int(condition.value), 1), len(among)) - 1]
    at_the_end: Mask = numbers <= last
    return at_the_end


def _end_named(field: str, op: Op) -> str:
    """The superlative of a field's name: `latest year`, `shortest runtime`, `lowest price`."""
    name, low = field.casefold(), op == "lowest"
    if re.search("year|date|publi|release|issue", name):
        return "earliest" if low else "latest"
    if re.search("runtime|duration|length|playtime|minutes", name):
        return "shortest" if low else "longest"
    return op


def _titled(catalog: Catalog, field: str, values: Sequence[object]) -> Mask:
    """Which titles name one of these brands: a shop's titles do, whatever the field says."""
    named = any(part in field.casefold() for part in ("brand", "manufactur", "maker"))
    names = [str(value).strip(" .") for value in values if str(value).strip(" .")]
    if not named or not names:
        return np.zeros(len(catalog), dtype=bool)
    pattern = "|".join(map(re.escape, names))
    found: Mask = catalog.frame["title"].str.contains(rf"(?i)\b(?:{pattern})\b").to_numpy()
    return found


def bound(value: str | float) -> float:
    """A bound as a number: that of the day, if it is a date."""
    if isinstance(value, str) and _ISO.fullmatch(value):
        return date.fromisoformat(value).toordinal()
    return float(value)


_ISO = re.compile(r"\d{4}-\d\d-\d\d")


def _scale(column: Column, value: object) -> npt.NDArray[np.float64]:
    """What a bound is compared with: the rows' dates or their numbers."""
    return column.days if isinstance(value, str) and _ISO.fullmatch(value) else column.numbers


def _compared(column: Column, condition: Filter) -> Mask:
    if isinstance(condition.value, tuple):
        return np.zeros(len(column.values), dtype=bool)
    numbers = _scale(column, condition.value)
    compared: Mask = _COMPARE[condition.op](numbers, bound(condition.value))
    return compared


_COMPARE: dict[str, Callable[[npt.NDArray[np.float64], float], Mask]] = {
    "at_least": operator.ge,
    "at_most": operator.le,
    "above": operator.gt,
    "below": operator.lt,
}
_BOUNDS = {"at_least": "from", "at_most": "up to", "above": "over", "below": "under"}


def _shown(value: str | float | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return " or ".join(value)
    if isinstance(value, int | float):
        return f"{value:.2f}" if value % 1 else f"{value:.0f}"
    return value
