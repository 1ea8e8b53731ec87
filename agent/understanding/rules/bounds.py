"""Bounds on the catalogue's numbers: what the words around the amounts of a message say of them.

"Under 20", "can't spend more than 50", "from the nineties", "between 90 and 110 minutes". Whether a
bound is negated as a whole ("not before 1980") is for the caller.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Literal

from shelftalker.language.tokens import stem
from shelftalker.understanding.rules.amounts import MONTH, Amount, amounts, month_of, names_money
from shelftalker.understanding.rules.quantity import Quantity
from shelftalker.understanding.rules.superlatives import superlatives
from shelftalker.understanding.rules.tables import number_words as table
from shelftalker.understanding.rules.tables import request_words
from shelftalker.understanding.rules.vocabulary import CatalogVocabulary

NEAR, NEAR_PRICE = 0.15, 0.25
"""Tolerance of "about" for durations and counts, and for prices, as a share of the number."""
LEAST_IN_WORDS = 10
"""A number in words without a currency ("under five") below this is no price."""
_WINDOW = 90
"""Characters before an amount in which its bound is looked for."""
_Relation = Literal["", "high", "low", "near", "exact"]


def quantities(
    text: str, vocabulary: CatalogVocabulary, today: date
) -> tuple[list[Quantity], list[Quantity]]:
    """The bounds in a folded text, and those that cannot be held, as the catalogue states no such
    number: their `field` is `price`, `minutes`, `stars` or `dates`, and `today` where a date counts
    from the day of asking. Both in order, without overlaps."""
    held: list[Quantity] = []
    lacking: list[Quantity] = []
    for one in _bounds(text, vocabulary, today):
        if quantity := _on_field(one, vocabulary):
            held.append(quantity)
        elif what := _lacks(one, text):
            lacking.append(Quantity(one.start, one.end, what, None, None))
    ends = list(superlatives(text, vocabulary))
    held += [one for one in ends if one.low]
    lacking += [one for one in ends if not one.low]
    if vocabulary.measured("year") or vocabulary.dates:
        lacking += [
            Quantity(match.start(), match.end(), "today", None, None)
            for match in re.finditer(table.RELATIVE, text)
            if all(one.end <= match.start() or match.end() <= one.start for one in held)
        ]
    return _apart(held), _apart(lacking)


def _apart(found: Sequence[Quantity]) -> list[Quantity]:
    kept: list[Quantity] = []
    for one in found:
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda quantity: quantity.start)


def _on_field(one: Quantity, vocabulary: CatalogVocabulary) -> Quantity | None:
    """The bound on a field of the catalogue; None where it has none."""
    kind, dates, years = one.field, vocabulary.dates[:1], vocabulary.measured("year")[:1]
    if kind == "year" and years:
        return replace(one, field=years[0], step=1)
    if kind == "day" and dates:
        return replace(one, field=dates[0], step=1, unit="day")
    if kind == "day" and years:
        low, high = (end and date.fromordinal(int(end)).year for end in (one.low, one.high))
        return replace(one, field=years[0], low=low, high=high, unit="month")
    if kind == "year" and dates:
        first = None if one.low is None else date(int(one.low), 1, 1).toordinal()
        last = None if one.high is None else date(int(one.high), 12, 31).toordinal()
        return replace(one, field=dates[0], low=first, high=last, step=1, unit="day")
    if kind == "money" and (prices := vocabulary.measured("price")):
        return replace(one, field=prices[0])
    if kind == "minutes":
        for field, unit in vocabulary.durations.items():
            low, high = (None if end is None else end * unit for end in (one.low, one.high))
            return replace(one, field=field, low=low, high=high)
    return one if kind in vocabulary.measured("plain") else None


def _lacks(one: Quantity, text: str) -> str:
    """What the catalogue lacks for a bound; empty if the message states none."""
    if one.field == "money":
        return "price" if one.stated and names_money(text[one.start : one.end]) else ""
    if one.field in ("year", "day"):
        return "dates" if one.stated or one.field == "day" else ""
    return one.field if one.field in ("minutes", "stars") else ""


def _bounds(text: str, vocabulary: CatalogVocabulary, today: date) -> Iterator[Quantity]:
    found, place = amounts(text, vocabulary, today), 0
    while place < len(found):
        joined = _range(text, *found[place : place + 2]) if place + 1 < len(found) else None
        bound = joined or _months(text, found[place]) or _single(text, found[place], vocabulary)
        if bound:
            yield bound
        place += 2 if joined else 1
    for match in re.finditer(table.FREE, text):
        noun = match["noun"]
        if noun is None or noun in _FREE_NOUNS or (stem(noun),) in vocabulary.categories:
            yield Quantity(match.start(), match.end(), "money", None, 0.0, stated=False)


_FREE_NOUNS = {*request_words.ITEM_NOUNS, "and", "but", "please", "or"}


def _range(text: str, one: Amount, other: Amount) -> Quantity | None:
    """Two amounts as the ends of a range: "between 20 and 30 dollars", "60s to 80s"."""
    gap = text[one.end : other.start]
    if one.kind == "year" and other.kind not in ("year", "day") and text[one.end - 1].isdigit():
        one = one._replace(kind="bare")  # "1000 to 2000 words"
    kinds = {one.kind, other.kind}
    decades = one.kind == other.kind == "year" and one.low < one.high and other.low < other.high
    if not re.fullmatch(rf"{table.TO}|{table.OR}" if decades else table.TO, gap):
        return None
    if len(kinds - {"bare"}) > 1 or one.low > other.high:
        return None
    kind = (kinds - {"bare"} or {"bare"}).pop()
    between = _before(text, one.start, "BETWEEN")
    behind = re.match(r" ?之间", text[other.end :])
    end = other.end + (behind.end() if behind else 0)
    if kind == "bare":
        if not (between or behind) or not re.match(table.BARE_END, text[end:]):
            return None
        kind = "money"
    hours = re.search(table.HOURS, text[other.start : other.end])
    low = one.low * 60 if one.kind == "bare" and hours else one.low
    start = between.start() if between else _led(text, one.start)
    return Quantity(start, end, kind, low, other.high)


def _months(text: str, one: Amount) -> Quantity | None:
    """ "Between May and July 2024", 2024年2月到5月: the other month stands without its year."""
    if one.kind != "day":
        return None
    window = text[: one.start]
    ahead = re.search(rf"(?:{table.BETWEEN} ?)?{MONTH.pattern}{table.TO}$", window)
    if ahead:
        return Quantity(ahead.start(), one.end, "day", month_of(ahead["m"], one.low)[0], one.high)
    behind = re.match(rf"{table.TO}{MONTH.pattern}", text[one.end :])
    if behind:
        start, last = _led(text, one.start), month_of(behind["m"], one.low)[1]
        return Quantity(start, one.end + behind.end(), "day", one.low, last)
    return None


def _single(text: str, one: Amount, vocabulary: CatalogVocabulary) -> Quantity | None:
    dated, (first, last) = one.kind in ("year", "day"), vocabulary.era
    bound = _dated(text, one) if dated else _measured(text, one)
    bare = dated and bound is not None and text[bound.start : bound.end].isdigit()
    return None if bare and not first - FAR <= one.low <= last + FAR else bound


FAR = 100
"""A bare number further than this from the years of the catalogue is no year."""


def _dated(text: str, one: Amount) -> Quantity | None:
    """What a year or date bounds; alone it is the year or date itself."""
    counted = any(_before(text, one.start, name) for name in ("LESS", "MORE", "BUDGET"))
    if one.kind == "year" and one.low == one.high and counted:
        return _measured(text, one._replace(kind="bare"))
    onwards = re.match(r" on(?:wards?)?\b", text[one.end :])
    for side in ("before", "after", "until", "since"):
        if match := _before(text, one.start, side.upper()):
            end = one.end + (onwards.end() if onwards and side == "since" else 0)
            return Quantity(match.start(), end, one.kind, *_side(one, side))
    start = _led(text, one.start)
    for side, pattern in (("before", table.AND_BEFORE), ("after", table.AND_AFTER),
                          ("since", table.OR_MORE), ("until", table.OR_LESS)):  # fmt: skip
        if match := re.match(rf" ?{pattern}", text[one.end :]):
            return Quantity(start, one.end + match.end(), one.kind, *_side(one, side))
    if onwards and text[start : one.start].strip():
        return Quantity(start, one.end + onwards.end(), one.kind, *_side(one, "since"))
    return Quantity(start, one.end, one.kind, one.low, one.high, stated=False)


def _side(one: Amount, side: str) -> tuple[float | None, float | None]:
    return {
        "before": (None, one.low - 1),
        "after": (one.high + 1, None),
        "until": (None, one.high),
        "since": (one.low, None),
    }[side]


def _measured(text: str, one: Amount) -> Quantity | None:
    """What a sum, a duration or a number bounds: a sum alone above, 两三百 on both sides."""
    side, start, end, denied = _relation(text, one)
    kind, rough = one.kind, one.low < one.high
    if rough and side in ("", "near"):
        side = "exact"
    if kind == "bare":
        said = text[start:end]
        other = rough and re.search(table.NO_SUM, text[: one.start])
        if not side or other or (side == "near" and not re.search("[左上]", said)):
            return None
        digits = text[one.start].isdigit() or one.low >= LEAST_IN_WORDS
        if not names_money(said) and not (digits and re.match(table.BARE_END, text[end:])):
            return None
        kind = "money"
    if not side:
        if kind != "money" or re.match(table.NO_PRICE, text[one.end :]):
            return None
        return Quantity(
            _led(text, one.start, _COSTING), one.end, kind, None, one.high, stated=False
        )
    share = NEAR_PRICE if kind == "money" else NEAR
    low, high = {
        "high": (None, one.high),
        "low": (one.low, None),
        "exact": (one.low, one.high),
        "near": (round(one.low * (1 - share), 2), round(one.high * (1 + share), 2)),
    }[side]
    long = re.match(table.LONG, text[end:]) if kind == "minutes" else None
    end += long.end() if long else 0
    start = _led(text, start, _COSTING)
    allowed = denied or re.search(table.INCLUSIVE, text[start:end])
    strict = None in (low, high) and not allowed
    return Quantity(start, end, kind, low, high, strict=strict)


def _relation(text: str, one: Amount) -> tuple[_Relation, int, int, bool]:
    """Which bound the words before or after an amount make it, where they start and end, and
    whether they are denied."""
    for side, name in _PREFIXES:
        if match := _before(text, one.start, name):
            denied = _before(text, match.start(), "DENIAL") if name in ("LESS", "MORE") else None
            if denied:
                return ("low" if side == "high" else "high"), denied.start(), one.end, True
            if name == "BUDGET" and one.low < one.high:
                side = "near"  # 预算三四百
            after = _after(text, one) if side in ("high", "near") else None  # `预算150以内`
            side, end = after if after and after[0] in ("high", "near") else (side, one.end)
            return side, match.start(), end, False
    if after := _after(text, one):
        return after[0], one.start, after[1], False
    return "", one.start, one.end, False


def _after(text: str, one: Amount) -> tuple[_Relation, int] | None:
    """Which bound the words after an amount make it, and where they end."""
    for side, name in _SUFFIXES:
        if match := re.match(rf" ?{getattr(table, name)}", text[one.end :]):
            return side, one.end + match.end()
    return None


_PREFIXES: tuple[tuple[_Relation, str], ...] = (
    ("high", "LESS"), ("low", "MORE"), ("near", "ABOUT"), ("exact", "EXACTLY"), ("high", "BUDGET"),
)  # fmt: skip
_SUFFIXES: tuple[tuple[_Relation, str], ...] = (
    ("high", "OR_LESS"), ("low", "OR_MORE"), ("near", "OR_SO"), ("exact", "EXACTLY_AFTER"),
)  # fmt: skip


def _before(text: str, end: int, name: str) -> re.Match[str] | None:
    """The words of a table directly before text[end:]."""
    gap = rf"[ -]?{table.THE}" if name in ("BEFORE", "AFTER", "UNTIL", "SINCE", "BETWEEN") else " ?"
    ending = re.compile(rf"(?<![a-z\d_-])(?:{getattr(table, name)}){gap}$")
    return ending.search(text, max(0, end - _WINDOW), end)


_COSTING = rf"(?<![a-z]){table.COSTING}"


def _led(text: str, start: int, words: str = table.IN) -> int:
    """Where "from the", "made in" or "that costs" before an amount starts."""
    match = re.search(rf"{words}$", text[max(0, start - _WINDOW) : start])
    return start - len(match[0]) if match else start
