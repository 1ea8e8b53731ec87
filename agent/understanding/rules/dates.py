# ruff: noqa: E501
"""Dates in a message: "after May 2024", "3 June 2024", "between May and July 2024", 2024年五月以后.

`dated` gives bounds on the catalogue's dates, counted in days, and whole years ("from 2024 on")
only where it has no field of years. Where it has years and no dates, months count by their year.
"""

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date

from shelftalker.understanding.rules.bound import AFTER, BEFORE, TO, UNTIL, Quantity
from shelftalker.understanding.rules.vocabulary import CatalogVocabulary

_MONTHS = {
    name: number
    for line in (
        "january february march april may june july august september october november december",
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "januar februar marz april mai juni juli august september oktober november dezember",
        "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "一月 二月 三月 四月 五月 六月 七月 八月 九月 十月 十一月 十二月",
    )
    for number, name in enumerate(line.split(), start=1)
}
_NAMED = "|".join(sorted((m for m in _MONTHS if m.isascii()), key=len, reverse=True))
_CHINESE = "|".join(sorted((m for m in _MONTHS if not m.isascii()), key=len, reverse=True))


def _date(tag: str) -> str:
    """A date with at least a month, its parts named with a tag."""
    year = rf"(?P<{tag}%sy>(?:1[0-9]|20)\d\d)(?!\d)"
    month = rf"(?P<{tag}%sm>{_NAMED})\.?"
    day = rf"(?P<{tag}%sd>[0-3]?\d)"
    forms = (
        rf"(?<!\d){year}[-/.](?P<{tag}%sm>0?[1-9]|1[0-2])(?:[-/.]{day}(?!\d))?",
        rf"(?<!\d){year} ?年 ?(?P<{tag}%sm>{_CHINESE}|(?:0?[1-9]|1[0-2]) ?月)(?: ?{day} ?[日号])?",
        rf"(?:(?<!\d){day}(?:st|nd|rd|th|\.)? (?:of |de )?)?(?<![a-z]){month} (?:of |de )?{year}",
        rf"(?<![a-z]){month} {day}(?:st|nd|rd|th)?,? {year}",
    )
    return "(?:" + "|".join(f.replace("%s", str(n)) for n, f in enumerate(forms)) + ")"


_THE = r"(?:(?:the|the end of|end of|beginning of|dem|den|le|el|early|late|mid)[ -]+)*"
_PATTERNS = [
    (re.compile(pattern), side)
    for pattern, side in (
        (rf"(?:between|from|zwischen|von|vom|entre|de|du|从)? ?{_date('low')}{TO}{_date('high')}", "both"),
        (rf"(?<![a-z])(?:between |from |zwischen |von |entre |de )?(?P<from>{_NAMED}){TO}{_date('high')}", "both"),
        (rf"(?:between |from |从 ?)?{_date('low')}{TO}(?P<to>{_CHINESE}|(?:0?[1-9]|1[0-2])月)", "both"),
        (rf"\b{BEFORE} {_THE}{_date('at')}", "before"),
        (rf"\b{AFTER} {_THE}{_date('at')}", "after"),
        (rf"\b(?:{UNTIL}|by) {_THE}{_date('at')}", "until"),
        (rf"\b(?:since|seit|depuis|desde|ab|a partir de|starting(?: in| from)?|as of|from (?=[^,.;]*\bon(?:wards?)?\b))\s*{_THE}{_date('at')}(?: on(?:wards?)?\b)?", "since"),
        (rf"{_date('at')} ?(?:之前|以前|前)", "before"),
        (rf"{_date('at')} ?(?:之后|以后|后)", "after"),
        (rf"{_date('at')} ?(?:以来|起|开始|onwards?\b|or later\b|and later\b)", "since"),
        (rf"(?:(?<![a-z])(?:(?:published|released|written|made|dated|posted|from|in|of|on|the|aus|vom|im|am|de|du|en|del)[ ]+)+)?{_date('at')}", "in"),
    )
]  # fmt: skip


def dated(text: str, vocabulary: CatalogVocabulary) -> Iterator[Quantity]:
    """Bounds on the first field of dates, or on that of years, from dates with a month."""
    years = vocabulary.measured("year")[:1]
    for field in (vocabulary.dates or years)[:1]:
        for start, end, low, high in spans(text):
            if field in vocabulary.dates:
                yield Quantity(start, end, field, low, high, 1, unit="day")
            else:
                first, last = (None if n is None else _year(n) for n in (low, high))
                yield Quantity(start, end, field, first, last, unit="month")


def spans(text: str) -> Iterable[tuple[int, int, float | None, float | None]]:
    """The positions of dates with a month, each with the first and last day that it allows."""
    found: list[tuple[int, int, float | None, float | None]] = []
    for pattern, side in _PATTERNS:
        for match in pattern.finditer(text):
            allowed = _allowed(match, side)
            if allowed and all(match.end() <= a or b <= match.start() for a, b, *_ in found):
                found.append((*match.span(), *allowed))
    return found


def _allowed(match: re.Match[str], side: str) -> tuple[float | None, float | None] | None:
    if side == "both":
        low, high = _days(match, "low"), _days(match, "high")
        low, high = low or _in_year_of(match, "from", high), high or _in_year_of(match, "to", low)
        return (low[0], high[1]) if low and high else None
    at = _days(match, "at")
    if at is None:
        return None
    first, last = at
    return {
        "before": (None, first - 1),
        "after": (last + 1, None),
        "until": (None, last),
        "since": (first, None),
        "in": (first, last),
    }[side]


def _days(match: re.Match[str], tag: str) -> tuple[float, float] | None:
    """The first and the last day of a date; None if there is no such day."""
    parts = {
        name.removeprefix(tag)[1:]: value
        for name, value in match.groupdict().items()
        if name.startswith(tag) and value
    }
    if not parts:
        return None
    year, month = int(parts["y"]), _month(parts["m"])
    first, last = _month_of(year, month)
    if "d" not in parts:
        return first, last
    day = first + int(parts["d"]) - 1
    return (day, day) if first <= day <= last else None


def _in_year_of(
    match: re.Match[str], name: str, other: tuple[float, float] | None
) -> tuple[float, float] | None:
    """ "Between May and July 2024": the month that stands without its year."""
    parts = match.groupdict().get(name)
    return _month_of(int(_year(other[0])), _month(parts)) if parts and other else None


def _month(name: str) -> int:
    return _MONTHS.get(name) or int(name.rstrip(" 月"))


def _month_of(year: int, month: int) -> tuple[float, float]:
    last = monthrange(year, month)[1]
    return date(year, month, 1).toordinal(), date(year, month, last).toordinal()


def _year(day: float) -> float:
    return date.fromordinal(int(day)).year


RELATIVE = re.compile(
    r"\b(?:from|of|since|within|during|in|over|published|released)(?: the)? (?:this|last|past|previous|current)"
    r" (?:\d+ |few |two |three |couple of )?(?:days?|weeks?|months?|years?|hours?)\b"
    r"|\b(?:this|last) (?:week|month|year)'s\b|\b(?:today|yesterday)'s\b|\b(?:from|since|of) (?:today|yesterday)\b"
    r"|\b(?:diese|letzte|vergangene)[rsn]? (?:woche|monats?|jahr(?:es)?)\b|\b(?:cette semaine|ce mois|cette annee|esta semana|este mes|este ano)\b"
    r"|(?:本周|这周|这一周|这个星期|上周|上个?月|这个月|本月|今年|去年|昨天|昨日|今天|今日|过去|最近)(?:[几一两三四五六七]|\d+)?个?(?:天|周|星期|月|年)?(?:内|里)?的(?=.)"
)
"""Dates relative to today; a request does not say which day that is."""
