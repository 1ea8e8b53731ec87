"""`Filter`, a hard condition of a request or user, and the catalogue rows that pass it."""

import operator
import re
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt

from shelftalker.data.catalog import Catalog
from shelftalker.data.dates import is_day
from shelftalker.data.field_index import Column, value_key
from shelftalker.data.field_roles import ROLES, role_of

Mask = npt.NDArray[np.bool_]
Op = Literal[
    "equals", "contains", "any_of", "excludes", "at_least", "at_most", "above", "below", "outside",
    "lowest", "highest",
]  # fmt: skip
RANKED: tuple[Op, ...] = ("lowest", "highest")
"""Ops that rank the items left by all other filters."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on one field: `genres contains Thriller`, `year at_most 1989`, `id excludes 7`.

    field: an attribute name, `price`, `language`, `title` or `id`.
    `equals`, `contains`, `excludes`: match list members and whole texts, case-folded; an excluded
    brand, material or the like must not be in the title either. `any_of`: one of a tuple of values.
    `at_least`, `at_most`, `above`, `below`: compare numbers, or dates given in ISO 8601; an item
    without the number fails. `outside`: two bounds as texts; excludes what lies between them and
    the bounds themselves.
    `lowest`, `highest`: a count; keeps so many of the items left by the other filters, and ties.
    """

    field: str
    op: Op
    value: str | int | float | tuple[str, ...]  # int: read from JSON, 3 stays 3

    @property
    def values(self) -> tuple[str | int | float, ...]:
        """Its values, or its one value."""
        return self.value if isinstance(self.value, tuple) else (self.value,)

    @property
    def keys(self) -> frozenset[str]:
        """Its values in the form in which equal ones are the same."""
        return frozenset(map(value_key, self.values))

    def __str__(self) -> str:
        """`field op value`; several values are joined by `|`."""
        value = f"{self.value:g}" if isinstance(self.value, float) else self.value
        text = "|".join(map(str, value)) if isinstance(value, tuple) else value
        return f"{self.field} {self.op} {text}"


def allowed_items(catalog: Catalog, filters: Sequence[Filter]) -> Mask:
    """Which items satisfy every filter, are available and have not expired: bool [items]."""
    mask: Mask = catalog.frame["available"].to_numpy().copy()
    mask[catalog.over["row"].to_numpy()[catalog.over["time"].to_numpy() <= time.time()]] = False
    for condition in filters:
        if condition.op not in RANKED:
            mask &= _satisfied(catalog, condition)
    ranked = [_ranked(catalog, c, mask) for c in filters if c.op in RANKED]
    for kept in ranked:
        mask &= kept
    return mask


def relaxations(
    catalog: Catalog, filters: Sequence[Filter], seen: Collection[str] = ()
) -> list[tuple[Filter, int]]:
    """The filters that leave some items when they alone are dropped, and how many; most first.

    `seen`: ids that are excluded in any case.
    """
    always = [Filter("id", "excludes", tuple(seen))] if seen else []
    helpful: list[tuple[Filter, int]] = []
    for dropped, condition in enumerate(filters):
        kept = [other for place, other in enumerate(filters) if place != dropped]
        count = int(allowed_items(catalog, [*kept, *always]).sum())
        if count:
            helpful.append((condition, count))
    return sorted(helpful, key=lambda pair: -pair[1])


def _satisfied(catalog: Catalog, condition: Filter) -> Mask:
    column, value = catalog.column(condition.field), condition.value
    if condition.op in _COMPARE:
        if isinstance(value, tuple):
            return np.zeros(len(catalog), dtype=bool)
        return _COMPARE[condition.op](_scale(column, value), bound_number(value))
    wanted = condition.values
    if condition.op == "outside":
        low, high = map(bound_number, wanted)
        numbers = _scale(column, wanted[0])
        return ~((numbers >= low) & (numbers <= high))
    matches = np.zeros(len(catalog), dtype=bool)
    for one in wanted:
        matches[column.rows.get(value_key(one), [])] = True
    if condition.op == "excludes":
        return ~(matches | _named_in_title(catalog, condition.field, wanted))
    return matches


def _ranked(catalog: Catalog, condition: Filter, mask: Mask) -> Mask:
    """The items of a mask with the lowest or highest values of a field."""
    column = catalog.column(condition.field)
    numbers = column.days if column.is_dates else column.numbers
    numbers = numbers if condition.op == "lowest" else -numbers
    values = np.sort(numbers[mask & ~np.isnan(numbers)])
    if not len(values) or not isinstance(condition.value, int | float):
        return np.zeros(len(numbers), dtype=bool)
    last = values[min(max(int(condition.value), 1), len(values)) - 1]
    kept: Mask = numbers <= last
    return kept


def _named_in_title(catalog: Catalog, field: str, values: Sequence[object]) -> Mask:
    """The items whose title names one of these values, whatever their field says: a boot of waxed
    leather with a rubber sole. Not for genres, people and the like, whose words stand in many
    titles, and not for "sugar-free"."""
    role = role_of(field)
    told = role == "brand" or (role not in ROLES and field not in ("id", "title", "text"))
    names = [str(value).strip(" .") for value in values if str(value).strip(" .")]
    if not told or not names:
        return np.zeros(len(catalog), dtype=bool)
    pattern = "|".join(map(re.escape, names))
    there, free = (
        catalog.frame["title"].str.contains(rf"(?i)\b(?:{pattern})\b{after}").to_numpy()
        for after in ("", "[ -]?free")
    )
    matches: Mask = there & ~free
    return matches


def bound_number(value: str | float) -> float:
    """A bound as a number; a date is its ordinal day."""
    if isinstance(value, str) and is_day(value):
        return date.fromisoformat(value).toordinal()
    return float(value)


def _scale(column: Column, value: object) -> npt.NDArray[np.float64]:
    """The values to compare with a bound: dates if it is a date, else numbers."""
    return column.days if isinstance(value, str) and is_day(value) else column.numbers


_COMPARE: dict[str, Callable[[npt.NDArray[np.float64], float], Mask]] = {
    "at_least": operator.ge,
    "at_most": operator.le,
    "above": operator.gt,
    "below": operator.lt,
}
