"""Numbers of an item that a request may bound, and durations in words."""

import math
from collections.abc import Sequence
from functools import lru_cache

from shelftalker.data.catalog import Item, Value
from shelftalker.data.field_roles import PEOPLE, is_catalogue_metadata, role_of
from shelftalker.data.filters import Filter
from shelftalker.data.values import texts_of, year_in
from shelftalker.language.stems import stems_of
from shelftalker.types import Request


def measures_of(item: Item) -> dict[str, float]:
    """The item's numbers by field."""
    return {f: n for f, v in item.facts().items() if (n := _number(f, v)) is not None}


def keeps_to_price(item: Item, request: Request) -> bool:
    """Whether the item's price is that of what was asked for. Of an item with several variants it
    is the lowest: `under 30` may not be said of the copper one."""
    if "price" not in bounds_of(request.filters):
        return True
    asked = set(stems_of(request.message))
    return not any(
        len(texts := texts_of(value)) > 1 and any(set(stems_of(one)) <= asked for one in texts)
        for field, value in item.attributes.items()
        if role_of(field) not in _OF_ALL_VARIANTS
    )


_OF_ALL_VARIANTS = frozenset({*PEOPLE, "genre", "topic", "brand", "country", "tags"})


def _number(field: str, value: Value) -> float | None:
    if isinstance(value, bool) or is_catalogue_metadata(field) or role_of(field) == "rating":
        return None
    if isinstance(value, int | float):
        return float(value)
    year = year_in(value) if isinstance(value, str) and role_of(field) == "year" else ""
    return float(year) if year else None


def number_text(value: object) -> str:
    """`12`, `9.5`, `12.50` as a sentence has them; other values as they are."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def bounds_of(filters: Sequence[Filter]) -> dict[str, tuple[float, float]]:
    """The lowest and highest number that the filters allow, by field."""
    bounds: dict[str, tuple[float, float]] = {}
    for one in filters:
        if one.op in ("at_least", "at_most", "above", "below") and is_number(one.value):
            low, high = bounds.get(one.field, (-math.inf, math.inf))
            number = float(one.value)  # type: ignore[arg-type]
            up = one.op in ("at_least", "above")
            bounds[one.field] = (max(low, number), high) if up else (low, min(high, number))
    return bounds


def is_number(value: object) -> bool:
    """Whether a filter's value is one number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def bound_text(field: str, low: float, high: float, value: float, language: str = "en") -> str:
    """Of a value within bounds: `from the nineties`, `under two hours`, `under 20`; empty where no
    words fit."""
    role, chinese = role_of(field), language == "zh"
    if role == "year":
        if high - low == 9 and low % 10 == 0 and 1920 <= low <= 1990:
            decade = int(low % 100 // 10)
            return f"{decade}0年代" if chinese else f"from the {_DECADES[decade - 2]}"
        if math.isinf(low):
            return f"{high + 1:.0f}年以前" if chinese else f"from before {high + 1:.0f}"
        if math.isinf(high):
            return f"{low:.0f}年以后" if chinese else f"from {low:.0f} or later"
        return f"{low:.0f}到{high:.0f}年" if chinese else f"from {low:.0f} to {high:.0f}"
    if role in ("runtime", "price", "pages") and math.isinf(low):
        unit = {"runtime": (" minutes", "分钟"), "pages": (" pages", "页")}.get(role, ("", "元"))
        if chinese:
            return f"不超过{high:g}{unit[1] if role != 'price' else ''}"
        hours = high / 60
        if role == "runtime" and hours in (1, 2, 3):
            return f"under {_HOURS[int(hours)]}"
        if role == "price":
            return f"{'under' if value < high else 'for'} {high:g}"
        return f"of {high:g}{unit[0]} at most"
    return ""


_DECADES = ("twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties",
            "nineties")  # fmt: skip
_HOURS = ("", "an hour", "two hours", "three hours", "four hours", "five hours")
_WORDS = ("", "one", "two", "three", "four", "five")
_QUARTERS = ("", "a quarter", "a half", "three quarters")


@lru_cache(maxsize=1024)
def duration(minutes: int, language: str = "en") -> str:
    """`just under two and a half hours` for 148 minutes: the nearest quarter of an hour."""
    hours, quarter = divmod(round(minutes / 15), 4)
    over = minutes - (hours * 4 + quarter) * 15
    if not 1 <= hours < len(_HOURS):
        return f"{minutes}分钟" if language == "zh" else f"{minutes} minutes"
    if language == "zh":
        count = "一两三四五"[hours - 1]
        rest = ("小时", "小时零一刻钟", "个半小时", "小时零三刻钟")[quarter]
        whole = f"{count}{'个' if not quarter else ''}{rest}"
        return f"{'不到' if over < 0 else ''}{whole}{'多' if over > 0 else ''}"
    if not quarter:
        words = _HOURS[hours]
    elif hours == 1:
        words = f"an hour and {_QUARTERS[quarter]}"
    else:
        words = f"{_WORDS[hours]} and {_QUARTERS[quarter]} hours"
    return f"{('just under ' if over < 0 else 'just over ') if over else ''}{words}"
