"""`Quantity`: a bound on a number or a date in a message, and the filters that it makes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from shelftalker.data.field_index import value_key
from shelftalker.data.filters import RANKED, Filter


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
    stated: bool = True
    """Whether a word states the bound, as in "under 20"."""

    @property
    def span(self) -> tuple[int, int]:
        """Where the text states it."""
        return self.start, self.end

    @property
    def is_empty(self) -> bool:
        """Whether neither end is bounded."""
        return self.low is None and self.high is None

    def value(self, bound: float) -> str | float:
        """A bound as a filter value: a day is ISO 8601."""
        return date.fromordinal(int(bound)).isoformat() if self.unit == "day" else bound


def merged(filters: Iterable[Filter]) -> Iterable[Filter]:
    """Join several demanded single values ("1994 or 1995") into one `any_of` filter."""
    exact: dict[str, list[float]] = {}
    for condition in filters:
        if condition.op == "equals" and isinstance(condition.value, float | int):
            exact.setdefault(condition.field, []).append(float(condition.value))
        else:
            yield condition
    for name, (first, *more) in exact.items():
        several = tuple(map(value_key, (first, *more)))
        yield Filter(name, "any_of", several) if more else Filter(name, "equals", first)


def affirmed(quantity: Quantity) -> Iterable[Filter]:
    """The filters for a quantity."""
    field, low, high = quantity.field, quantity.low, quantity.high
    if quantity.unit == "lowest" or quantity.unit == "highest":
        yield Filter(field, quantity.unit, low or 1)
    elif low is not None and low == high and quantity.unit != "day":
        yield Filter(field, "equals", low)
    else:
        if low is not None:
            yield Filter(field, "above" if quantity.strict else "at_least", quantity.value(low))
        if high is not None:
            yield Filter(field, "below" if quantity.strict else "at_most", quantity.value(high))


def negated(quantity: Quantity) -> Iterable[Filter]:
    """The filters for an excluded quantity: "not under 20" is 20 and more."""
    field, low, high = quantity.field, quantity.low, quantity.high
    turned = quantity.strict or quantity.step or quantity.unit == "month"
    if quantity.unit in RANKED:
        return
    if low is None and high is not None:
        bound = quantity.value(high + quantity.step)
        yield Filter(field, "at_least" if turned else "above", bound)
    elif high is None and low is not None:
        bound = quantity.value(low - quantity.step)
        yield Filter(field, "at_most" if turned else "below", bound)
    elif quantity.unit == "month":
        return  # "not in June 1994" rules out no year
    elif low is not None and low == high and quantity.unit != "day":
        yield Filter(field, "excludes", low)
    elif low is not None and high is not None:
        ends = map(quantity.value, (low, high))
        yield Filter(field, "outside", tuple(e if isinstance(e, str) else f"{e:g}" for e in ends))
