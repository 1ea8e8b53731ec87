"""Turn bounds into filters, affirmed or negated."""

from collections.abc import Iterable

from shelftalker.data.field_index import value_key
from shelftalker.data.filters import RANKED, Filter, Op
from shelftalker.understanding.rules.bound import Quantity


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
