"""`Quantity`: a bound on a number or a date in a message, and the filters that it makes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from shelftalker.data.field_index import value_key
from shelftalker.data.filters import RANKED, Filter, Op


@dataclass(frozen=True, slots=True)
class Quantity:
    """`low ≤ field ≤ high`, read from text[start:end]; an open bound is None."""

    start: int
    end: int
    field: str
    low: float | None
    high: float | None
    step: float = 0.0
    """Added or subtracted when a bound is negated: "not before 1980" means from 1980 on."""
    strict: bool = False
    """Whether the bound itself is excluded, as in "under 20"."""
    unit: Literal["", "day", "month", "lowest", "highest"] = ""
    """`day`: bounds are ordinal days. `month`: the message names a month, but only its year can be
    checked. `lowest`, `highest`: no bound, but the `low` items at that end."""

    @property
    def is_empty(self) -> bool:
        """Whether neither end is bounded."""
        return self.low is None and self.high is None

    def value(self, bound: float) -> str | float:
        """A bound as a filter value: a day is ISO 8601."""
        return date.fromordinal(int(bound)).isoformat() if self.unit == "day" else bound


def merged(filters: Iterable[Filter]) -> Iterable[Filter]:
    """Join several demanded single values ("1994 or 1995") into one `any_of` filter."""
    exact: dict[str, list[str]] = {}
    for condition in filters:
        if condition.op == "equals" and isinstance(condition.value, float | int):
            exact.setdefault(condition.field, []).append(value_key(condition.value))
        else:
            yield condition
    for name, values in exact.items():
        several = len(values) > 1
        yield (
            Filter(name, "any_of", tuple(values))
            if several
            else Filter(name, "equals", float(values[0]))
        )


def affirmed(quantity: Quantity) -> Iterable[Filter]:
    """The filters for a quantity."""
    low: Op
    high: Op
    if quantity.unit == "lowest" or quantity.unit == "highest":
        yield Filter(quantity.field, quantity.unit, quantity.low or 1)
        return
    low, high = ("above", "below") if quantity.strict else ("at_least", "at_most")
    if quantity.low is not None and quantity.low == quantity.high and quantity.unit != "day":
        yield Filter(quantity.field, "equals", quantity.low)
        return
    if quantity.low is not None:
        yield Filter(quantity.field, low, quantity.value(quantity.low))
    if quantity.high is not None:
        yield Filter(quantity.field, high, quantity.value(quantity.high))


def negated(quantity: Quantity) -> Iterable[Filter]:
    """The filters for an excluded quantity: "not under 20" is 20 and more."""
    if quantity.unit in RANKED:
        return
    least: Op
    most: Op
    turned = quantity.strict or quantity.step or quantity.unit == "month"
    least, most = ("at_least", "at_most") if turned else ("above", "below")
    low, high = quantity.low, quantity.high
    if low is None and high is not None:
        yield Filter(quantity.field, least, quantity.value(high + quantity.step))
    elif high is None and low is not None:
        yield Filter(quantity.field, most, quantity.value(low - quantity.step))
    elif quantity.unit == "month":
        return  # "not in June 1994" rules out no year
    elif low is not None and low == high and quantity.unit != "day":
        yield Filter(quantity.field, "excludes", low)
    elif low is not None and high is not None:
        ends = [quantity.value(end) for end in (low, high)]
        yield Filter(quantity.field, "outside", tuple(map(_spelled, ends)))


def _spelled(end: str | float) -> str:
    return end if isinstance(end, str) else f"{end:g}"
