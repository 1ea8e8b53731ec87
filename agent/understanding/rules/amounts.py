"""Amounts in a message: years and decades, dates, durations, sums of money, counts, bare numbers.

`amounts` says what each number measures; `bounds` says which bound it is.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from shelftalker.language.numerals import NUMBER, ROUGH_NUMBER, ends, value
from shelftalker.language.tokens import stem
from shelftalker.understanding.rules.tables import number_words as table
from shelftalker.understanding.rules.tables import request_words
from shelftalker.understanding.rules.vocabulary import CatalogVocabulary

_TOTAL = {"count", "number", "num", "total", "n", "of"}
"""Parts of a field's name that only mean that it is a count: `page_count`."""


class Amount(NamedTuple):
    """text[start:end] states `low` to `high`. `kind`: `year`, `day` (ordinal days, of a date with a
    month), `minutes`, `money`, `bare`, or the field that the unit counts."""

    start: int
    end: int
    kind: str
    low: float
    high: float


def amounts(text: str, vocabulary: CatalogVocabulary, today: date) -> list[Amount]:
    """The amounts in a folded text, in order, without overlaps."""
    found = list(_relative(text, today))
    for reader in (_dates, _counts, _durations, _sums, _decades, _years, _bare):
        for amount in reader(text, vocabulary):
            if all(amount.end <= one.start or one.end <= amount.start for one in found):
                found.append(amount)
    return sorted(found)


def _relative(text: str, today: date) -> Iterator[Amount]:
    """The years told from today's: "from last year", 今年的."""
    for ago, forms in table.YEARS_AGO.items():
        for match in re.finditer(rf"(?:{forms}){table.OF_YEAR}", text):
            yield Amount(*match.span(), "year", today.year - ago, today.year - ago)


def _dates(text: str, _: CatalogVocabulary) -> Iterator[Amount]:
    """Dates with a month: `3 June 2024`, `2024-06`, 2024年六月."""
    for pattern in _DATES:
        for match in pattern.finditer(text):
            first, last = _days(int(match["y"]), match["m"])
            day = first + int(match["d"]) - 1 if match["d"] else 0
            if not day or first <= day <= last:
                yield Amount(*match.span(), "day", day or first, day or last)


_YEAR = r"(?P<y>(?:1[0-9]|20)\d\d)(?!\d)"
_NAMED = rf"(?<![a-z])(?P<m>{'|'.join(table.MONTHS.values())})(?![a-z])\.?"
_DAY = r"(?P<d>[0-3]?\d)"
_DATES = [
    re.compile(pattern)
    for pattern in (
        rf"(?<!\d){_YEAR}[-/.](?P<m>0?[1-9]|1[0-2])(?:[-/.]{_DAY}(?!\d))?(?!\d)",
        rf"(?<!\d){_YEAR} ?年 ?{_NAMED}(?: ?{_DAY} ?[日号])?",
        rf"(?:(?<!\d){_DAY}(?:st|nd|rd|th|\.)? (?:of |de )?)?{_NAMED} (?:of |de )?{_YEAR}",
        rf"{_NAMED} {_DAY}(?:st|nd|rd|th)?,? {_YEAR}",
    )
]
MONTH = re.compile(_NAMED)


def _days(year: int, month: str) -> tuple[int, int]:
    """The first and the last day of a month."""
    named = (n for n, forms in table.MONTHS.items() if re.fullmatch(forms, month))
    number = int(month) if month.isdigit() else next(named)
    first = date(year, number, 1).toordinal()
    return first, first + monthrange(year, number)[1] - 1


def month_of(name: str, day: float) -> tuple[float, float]:
    """The first and the last day of a named month, in the year of a day."""
    return _days(date.fromordinal(int(day)).year, name)


def _counts(text: str, vocabulary: CatalogVocabulary) -> Iterator[Amount]:
    """Numbers before the unit of a field: `300 pages`."""
    units = [(field, _unit(field)) for field in vocabulary.measured("plain")]
    if not any(re.search("star|rating", field, re.I) for field, _ in units):
        units.append(("stars", table.UNITS["star"]))
    for field, unit in units:
        for match in re.finditer(rf"(?P<n>{NUMBER})[ -]?(?:{unit})(?![a-z])", text):
            number = value(match["n"])
            yield Amount(*match.span(), field, number, number)


def _unit(field: str) -> str:
    """A pattern for the unit of this field after a number."""
    parts = [stem(part) for part in re.split(r"[\W_]+", field.casefold()) if part]
    telling = [part for part in parts if part not in _TOTAL] or parts or [field]
    name = "track" if telling[-1] == "song" else telling[-1]
    unit: str = table.UNITS.get(name, rf"{re.escape(name)}s?")
    return unit


def _durations(text: str, _: CatalogVocabulary) -> Iterator[Amount]:
    for match in _DURATION.finditer(text):
        if match["only"]:
            minutes = _time(match["only"])
        else:
            half = 0.5 if match["half"] or match["half_"] else 0
            extra = _time(match["extra"] or match["clock"] or "0")
            minutes = 60 * (_time(match["hours"]) + half) + extra
        yield Amount(*match.span(), "minutes", minutes, minutes)


_TIME_WORDS = "|".join(sorted("|".join(table.COUNTED.values()).split("|"), key=len, reverse=True))
_TIME = rf"(?:(?:(?<![a-z])(?:{_TIME_WORDS}))(?= |[\u4e00-\u9fff])|{NUMBER})"
_DURATION = re.compile(
    rf"(?P<hours>{_TIME})(?P<half> {table.HALF})?[ -]?{table.HOURS}(?P<half_> ?(?:{table.HALF}))?"
    rf"(?: ?(?P<clock>[0-5]\d)(?![\d.])(?! ?{table.MINUTES})"
    rf"| ?(?:and )?(?P<extra>{_TIME})[ -]?{table.MINUTES})?"
    rf"|(?P<only>{_TIME})[ -]?{table.MINUTES}"
)


def _time(text: str) -> float:
    for number, forms in table.COUNTED.items():
        if re.fullmatch(forms, text):
            return float(number)
    return value(text)


def _sums(text: str, _: CatalogVocabulary) -> Iterator[Amount]:
    for match in _SUM.finditer(text):
        low, high = ends(match["n"] or match["n_"] + (match["more"] or ""))
        unit = 100 if match[0].endswith("cents") else 1
        yield Amount(*match.span(), "money", low / unit, high / unit)


_SUM = re.compile(
    rf"(?<![a-z\d.])(?<!\d,)(?:[$€£¥] ?(?P<n>{NUMBER})(?!\d)(?:\s?{table.CURRENCY}(?![a-z]))?"
    rf"|(?P<n_>{ROUGH_NUMBER})\s?{table.CURRENCY}(?P<more>多)?(?![a-z]))"
)


def names_money(text: str) -> bool:
    """Whether the text names a currency or a price."""
    return bool(re.search(rf"{table.CURRENCY}|{table.PRICE_WORDS}", text))


def _decades(text: str, _: CatalogVocabulary) -> Iterator[Amount]:
    for match in _DECADE.finditer(text):
        if re.match(table.STYLE, text[match.end() :]):
            continue
        start = _decade(match["decade"])
        low = start + 5 if match["part"] == "late" else start
        yield Amount(*match.span(), "year", low, start + (4 if match["part"] == "early" else 9))


_DECADE = re.compile(rf"{table.PART}(?P<decade>{table.DECADE})(?: jahren?)?")


def _decade(said: str) -> int:
    digits = re.search(r"\d+", said)
    tens = (number for number, forms in table.TENS.items() if re.search(forms, said))
    number = int(digits[0]) if digits else next(tens)
    return number if number >= 1000 else number + (1900 if number >= 20 else 2000)


def _years(text: str, vocabulary: CatalogVocabulary) -> Iterator[Amount]:
    """Years, but not one in brackets after a title, nor a number of things."""
    for match in _FOUR.finditer(text):
        said, after = match["year"], text[match.end() :]
        year = int(said) if said.isdigit() else int(said[1:]) + (1900 if said[1:] > "30" else 2000)
        titled = text[: match.start()].rstrip().endswith("(") and re.match(r" ?\)", after)
        if not titled and not _is_of_things(text[: match.start()], after, vocabulary):
            yield Amount(*match.span(), "year", year, year)


_FOUR = re.compile(
    r"(?<![$€£¥\d.,a-z])(?P<year>(?:1[0-9]|20)\d\d|(?<![a-z\d])['’]\d\d(?!'?s))(?![\d%多余])(?:年(?!代))?"
)


def _is_of_things(before: str, after: str, vocabulary: CatalogVocabulary) -> bool:
    """Whether a number between these texts counts things: "1200 pages", "over 1000 readers". A year
    stands before the kind of item ("1994 songs") or before a word that continues the sentence."""
    noun = re.match(r"[ -]?([^\W\d_]+)", after)
    if not noun or (stem(noun[1]) == noun[1] and noun[1].isascii()):
        return False
    if any(re.fullmatch(forms, noun[1]) for forms in table.UNITS.values()):
        return noun[1] not in request_words.ITEM_NOUNS
    kind = noun[1] in request_words.ITEM_NOUNS or (stem(noun[1]),) in vocabulary.categories
    goes_on = noun[1] in request_words.FILLER or noun[1] in request_words.PREPOSITIONS
    compared = _COMPARED.search(before[-40:])
    return noun[1].isascii() and not kind and not goes_on and compared is not None


_COMPARED = re.compile(rf"(?<![a-z])(?:{table.LESS}|{table.MORE}|{table.ABOUT}|{table.EXACTLY}) ?$")


def _bare(text: str, _: CatalogVocabulary) -> Iterator[Amount]:
    for match in _NUMBER.finditer(text):
        yield Amount(*match.span(), "bare", *ends(match[0]))


_NUMBER = re.compile(
    rf"(?<![\w.'’-])(?<!\d,){ROUGH_NUMBER}(?![a-z\d%])|(?<=[\u4e00-\u9fff]){ROUGH_NUMBER}"
)
