# ruff: noqa: E501
"""Numbers in a message: years and decades, durations, prices, and any "under 300 pages".

`quantities` reads a folded message with patterns (English, German, French, Spanish, Chinese) and
gives bounds on the catalogue's numeric fields. Whether a bound is negated is for the caller.
"""

import re
from collections.abc import Iterator
from datetime import date

from shelftalker.language.numerals import NUMBER, value
from shelftalker.understanding.rules.bound import (
    ABOUT,
    AFTER,
    BEFORE,
    LESS,
    MORE,
    NEAR_TIME,
    OR_SO,
    TO,
    UNTIL,
    Quantity,
    bound,
)  # fmt: skip
from shelftalker.understanding.rules.dates import RELATIVE, dated, spans
from shelftalker.understanding.rules.prices import LIMITS, names_money, prices
from shelftalker.understanding.rules.superlatives import superlatives
from shelftalker.understanding.rules.units import counts, is_of_things
from shelftalker.understanding.rules.vocabulary import CatalogVocabulary, Measure


def quantities(text: str, vocabulary: CatalogVocabulary) -> list[Quantity]:
    """The bounds in a folded text, in order, without overlaps."""
    found: list[Quantity] = []
    for reader in (counts, dated, _ages, _durations, prices, superlatives):
        for quantity in reader(text, vocabulary):
            held = quantity.unit not in ("lowest", "highest") or quantity.low
            if held and all(quantity.end <= o.start or o.end <= quantity.start for o in found):
                found.append(quantity)
    return sorted(found, key=lambda quantity: quantity.start)


def unmeasured(text: str, vocabulary: CatalogVocabulary) -> list[Quantity]:
    """Bounds that cannot be held, as what the catalogue states no number of: their `field` is
    `price`, `minutes`, `stars` or `dates`, and `today` where it counts from the day of asking. Only
    where the text names the unit."""
    absent: dict[str, list[re.Pattern[str]]] = {}
    if not vocabulary.measured("price"):
        absent["price"] = LIMITS
    if not any(vocabulary.measured(measure) for measure in _LENGTHS):
        absent["minutes"] = [_TIME_RANGE, *(pattern for pattern, _ in _TIME_PATTERNS)]
    if not vocabulary.measured("year") and not vocabulary.dates:
        absent["dates"] = _AGE_PATTERNS[2:9]
    if not any(re.search("star|rating", field, re.I) for field in vocabulary.measured("plain")):
        absent["stars"] = [_STARS]
    found = [
        Quantity(match.start(), match.end(), field, None, None)
        for field, patterns in absent.items()
        for pattern in patterns
        for match in pattern.finditer(text)
        if field != "price" or names_money(match[0])
    ]
    found += [one for one in superlatives(text, vocabulary) if one.low is None]
    if "dates" in absent:
        found += [Quantity(start, end, "dates", None, None) for start, end, *_ in spans(text)]
    else:
        found += [
            Quantity(match.start(), match.end(), "today", None, None)
            for match in RELATIVE.finditer(text)
        ]
    kept: list[Quantity] = []
    for one in sorted(found, key=lambda quantity: quantity.start - quantity.end):
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda quantity: quantity.start)


_THE = r"(?:(?:the|den|die|der|les|los|el|annees|anos|jahr|jahren|year|l'annee|ano|early|late|mid)[ -]+)*"
_IN = r"(?<![a-z\d])(?:(?:from|in|of|aus|im|von|de|des|en|out|made|released|published|the|den|dem|les|los|circa)[ -]+)*"
_YEAR = r"(?P<{0}>(?<!\d)(?:(?:1[0-9]|20)\d\d|(?<![a-z\d])['’]\d\d(?!'?s))(?!\d))"

_TENS = {
    "twenties": 20, "thirties": 30, "forties": 40, "fifties": 50, "sixties": 60,
    "seventies": 70, "eighties": 80, "nineties": 90,
    "zwanziger": 20, "dreissiger": 30, "dreißiger": 30, "vierziger": 40, "funfziger": 50,
    "sechziger": 60, "siebziger": 70, "achtziger": 80, "neunziger": 90,
    "veinte": 20, "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70,
    "ochenta": 80, "noventa": 90,
    "二十": 20, "三十": 30, "四十": 40, "五十": 50, "六十": 60, "七十": 70, "八十": 80, "九十": 90,
}  # fmt: skip
_DECADE = (
    r"(?P<{0}>(?<!\d)(?:1[5-9]|20)?\d0(?:'?s\b|’s\b|er(?:n|jahre\w*)?\b| ?年代)"
    r"|(?:annees|anos|los) (?:1[5-9]|20)?\d0\b"
    r"|\b(?:twent|thirt|fort|fift|sixt|sevent|eight|ninet)ies\b"
    r"|\b(?:zwanzig|drei(?:ss|ß)ig|vierzig|funfzig|sechzig|siebzig|achtzig|neunzig)er[nj]?\w*"
    r"|(?:anos|los) (?:veinte|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa)\b"
    r"|[二三四五六七八九]十年代)"
)
_PART = r"(?:(?P<part>early|late)[ -])?"


def _ages(text: str, vocabulary: CatalogVocabulary) -> Iterator[Quantity]:
    """Years and decades, on the first year field, or else on the first of dates."""
    years = vocabulary.measured("year")
    for field in (years or vocabulary.dates)[:1]:
        for pattern in _AGE_PATTERNS:
            for match in pattern.finditer(text):
                told = _is_of_title(match, text) or _STYLE.match(text, match.end())
                if told or _is_no_year(match, text, vocabulary):
                    continue
                low, high = _span(match)
                if years:
                    yield Quantity(match.start(), match.end(), field, low, high, 1)
                    continue
                first = None if low is None else date(int(low), 1, 1).toordinal()
                last = None if high is None else date(int(high), 12, 31).toordinal()
                yield Quantity(match.start(), match.end(), field, first, last, 1, unit="day")


def _is_no_year(match: re.Match[str], text: str, vocabulary: CatalogVocabulary) -> bool:
    """Whether the last number counts things, or is a bare number far from the catalogue's years."""
    digits = [found.span() for found in re.finditer(r"\d{4}", match[0])]
    if not digits:
        return False
    start, end = (match.start() + place for place in digits[-1])
    opened = match.start() if len(digits) > 1 else start
    if is_of_things(text, opened, end, vocabulary):
        return True
    bare = match[0].isdigit() and not text[end:].startswith("年")
    first, last = vocabulary.era
    return bare and not first - FAR <= int(match[0]) <= last + FAR


_STYLE = re.compile(r"[ -](?:inspired|vibes?|feel|feeling|style|look|sound|aesthetic|nostalgia)\b")
"""After a decade: it is a style and no date."""


def _is_of_title(match: re.Match[str], text: str) -> bool:
    """ "Jaws (1975)": a year alone in brackets belongs to the title before it."""
    return bool(re.fullmatch(r"\d{4}", match[0].strip())) and bool(
        text[: match.start()].rstrip().endswith("(") and re.match(r" ?\)", text[match.end() :])
    )


FAR = 100
"""A bare number further than this from the years of the catalogue is no year."""
_AGE_PATTERNS = [
    re.compile(pattern)
    for pattern in (
        rf"(?:between|from|zwischen|von|entre|de|从)? ?(?:the )?{_YEAR.format('low')}{TO}{_YEAR.format('high')}年?",
        rf"{_IN}{_PART}{_DECADE.format('low')}(?: ?(?:and|or|to|-|und|oder|et|ou|y|o) ?{_THE}{_DECADE.format('high')})",
        rf"\b{BEFORE}[ -]{_THE}(?:{_YEAR.format('before')}|{_DECADE.format('before_decade')})",
        rf"\b{AFTER} {_THE}(?:{_YEAR.format('after')}|{_DECADE.format('after_decade')})",
        rf"\b{UNTIL} {_THE}(?:{_YEAR.format('until')}|{_DECADE.format('until_decade')})",
        rf"{_YEAR.format('before')}年?(?:之前|以前|前)",
        rf"{_YEAR.format('after')}年?(?:之后|以后|后)",
        rf"{_IN}{_YEAR.format('since')} (?:or|and) (?:later|newer|after|onwards?)\b|{_YEAR.format('since_')}(?: onwards?|\+(?![\w+]))",
        rf"{_IN}{_YEAR.format('until')} (?:or|and) (?:earlier|older|before)\b",
        rf"\b(?:since|seit|depuis|desde|ab|a partir de|from (?={_YEAR.format('x')} on))\s*{_THE}(?:{_YEAR.format('since')}|{_DECADE.format('since_decade')})(?: on)?",
        rf"{_IN}{_PART}{_DECADE.format('decade')}(?: jahren?)?",
        rf"{_IN}{_THE}(?<![$€£¥]){_YEAR.format('year')}年?(?! ?(?:pages?|seiten|minutes|dollars?|euros?|€|\$))",
        rf"{_YEAR.format('year')}年",
    )
]


def _span(match: re.Match[str]) -> tuple[float | None, float | None]:
    """The first and the last year that a matched expression allows."""
    parts = {name: value for name, value in match.groupdict().items() if value}
    parts.pop("x", None)
    part = parts.pop("part", "")
    spans = {name.rstrip("_"): _years(value, part) for name, value in parts.items()}
    if "low" in spans:
        return spans["low"][0], spans["high"][1]
    name, (low, high) = next(iter(spans.items()))
    if name.startswith("before"):
        return None, low - 1
    if name.startswith("after"):
        return high + 1, None
    if name.startswith("since"):
        return low, None
    return (None, high) if name.startswith("until") else (low, high)


def _years(parts: str, part: str) -> tuple[int, int]:
    if re.fullmatch(r"\d{4}", parts):
        return int(parts), int(parts)
    if parts[0] in "'’" and parts[1:].isdigit():
        year = int(parts[1:]) + (1900 if int(parts[1:]) > 30 else 2000)
        return year, year
    start = _decade(parts)
    if part == "early":
        return start, start + 4
    return (start + 5 if part == "late" else start), start + 9


def _decade(parts: str) -> int:
    if digits := re.search(r"\d+", parts):
        number = int(digits[0])
    else:
        number = next(tens for word, tens in _TENS.items() if word in parts)
    if number >= 1000:
        return number
    return number + (1900 if number >= 20 else 2000)


def _counted(name: str) -> str:
    """A pattern for a number; `name` is its group."""
    return rf"(?P<{name}>half an|ein(?:e|er)?(?= )|zwei|drei|une?(?= )|una?(?= )|dos|tres|一个半|一个|两个|{NUMBER}|an?)"


_NUMBERS = {
    "a": 1.0, "an": 1.0, "half an": 0.5, "ein": 1.0, "eine": 1.0, "einer": 1.0, "zwei": 2.0, "drei": 3.0,
    "un": 1.0, "une": 1.0, "una": 1.0, "dos": 2.0, "tres": 3.0, "一个": 1.0, "一个半": 1.5, "两个": 2.0,
}  # fmt: skip
_HOURS = r"(?:hours?|hrs?|h|stunden?|heures?|horas?|个?小时)(?![a-z])"
_MINUTES = r"(?:minutes?|mins?|minuten?|minutos?|分钟)(?![a-z])"
_TIME = (
    rf"(?:{_counted('hours')}(?P<half> and a half)?[ -]?{_HOURS}(?P<half_>(?: and a half|einhalb| et demie| y media))?"
    rf"(?: ?(?P<clock>[0-5]\d)(?![\d.])(?! ?{_MINUTES})| ?(?:and )?{_counted('extra')}[ -]?{_MINUTES})?|{_counted('minutes')}[ -]?{_MINUTES})"
)
_LENGTHS: tuple[Measure, ...] = ("minutes", "seconds", "hours")
_TIME_RANGE = re.compile(
    rf"(?<![a-z\d])(?:between|from|zwischen|von|entre|de|从)? ?{_counted('from')}(?: ?{_MINUTES})?{TO}{_counted('to')}[ -]?"
    rf"(?:{_MINUTES}|(?P<in_hours>{_HOURS}))"
)
_TIME_PATTERNS = [
    (re.compile(rf"(?<![a-z]){LESS} ?{_TIME}(?: long)?"), "high"),
    (re.compile(rf"(?<![a-z]){MORE} ?{_TIME}(?: long)?"), "low"),
    (
        re.compile(
            rf"(?<![a-z\d]){_TIME} ?(?:or (?:less|shorter|under)|at most|max|tops|以内|以下)"
        ),
        "high",
    ),
    (re.compile(rf"(?<![a-z\d]){_TIME} ?(?:or (?:more|longer)|plus|以上)"), "low"),
    (re.compile(rf"(?<![a-z]){ABOUT} ?{_TIME}(?: long)?"), "near"),
    (re.compile(rf"(?<![a-z\d]){_TIME} ?{OR_SO}"), "near"),
]


def _durations(text: str, vocabulary: CatalogVocabulary) -> Iterator[Quantity]:
    fields = [(field, m) for m in _LENGTHS for field in vocabulary.measured(m)]
    for field, measure in fields[:1]:
        unit = {"seconds": 60, "hours": 1 / 60}.get(measure, 1)
        for match in _TIME_RANGE.finditer(text):
            scale = unit * (60 if match["in_hours"] else 1)
            low, high = _number(match["from"]) * scale, _number(match["to"]) * scale
            yield Quantity(match.start(), match.end(), field, low, high)
        for pattern, side in _TIME_PATTERNS:
            for match in pattern.finditer(text):
                yield bound(match, field, side, _minutes(match) * unit, near=NEAR_TIME)


def _minutes(match: re.Match[str]) -> float:
    parts = match.groupdict()
    if parts["minutes"]:
        return _number(parts["minutes"])
    hours = _number(parts["hours"]) + (0.5 if parts["half"] or parts["half_"] else 0)
    extra = parts["extra"] or parts["clock"]
    return 60 * hours + (_number(extra) if extra else 0)


def _number(parts: str) -> float:
    return _NUMBERS[parts] if parts in _NUMBERS else value(parts)


_STARS = re.compile(
    rf"(?<![a-z])(?:(?:that is |are |is )?rated )?(?:{LESS}|{MORE}) ?\d(?:[.,]\d)? ?(?:stars?|sterne?n?|星)\b"
    rf"|\b\d(?:[.,]\d)? ?stars? (?:or more|and up|or better)\b"
)
