"""Quantities in texts and rows: a value with its unit and the words near it.

Read alike from a sentence and from a row, so that `twelve pens`, `12 Count` and `a dozen` meet:
digits, fractions, number words, decades, units in any of their names.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import role_of, words_in
from shelftalker.data.values import texts_of, year_in
from shelftalker.language.numerals import value
from shelftalker.language.stems import has_chinese, stem, stems_of
from shelftalker.writing.verifier.words_of import units, words_of

_ONES = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
)
_WORD = "|".join(_ONES.split())
_DECADES = {f"{word[:-1]}ies": 10 * at for at, word in enumerate(_ONES.split()[18:], 2)}
_UNITS = "|".join(unit for unit in units() if unit.isascii() and unit.isalpha())
_HAN = "零〇一二两三四五六七八九十百千万"
_COUNTERS = "".join(words_of("zh")["counters"])
_NUMBER = re.compile(
    r"(?<![\w.])['’]?(?P<decade>(?:1[89]|20)?\d0)['’]?s\b"
    rf"|\b(?P<decade_word>{'|'.join(_DECADES)})\b"
    r"|(?<![A-Za-z\d.])(?:(?<!-)|(?<=\d-))(?P<digits>\d+/\d+|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?![\d/])(?![A-Za-z]*\d)"
    rf"|\b(?P<hours>half an hour|half hour|(?:an?|one|{_WORD}|\d+) hours?"
    rf"(?: and (?:a half|a quarter|three quarters|(?:{_WORD}|one|\d+) minutes?))?"
    rf"|(?:{_WORD}|one) and a (?:half|quarter) hours)\b"
    rf"|\b(?P<word>(?:an? )?(?:(?:{_WORD}|one)[ -])?(?:hundred|thousand|dozen)(?: and)?"
    rf"(?:[ -](?:{_WORD}|one))*|(?:{_WORD})(?:-(?:{_WORD}|one))?"
    r"|half an?(?= (?:inch|metre|meter|litre|liter|kilo|pound)))\b"
    rf"|(?P<chinese>(?<![{_HAN}])(?:[两二三四五六七八九十百千][{_HAN}]*(?=[{_COUNTERS}])"
    rf"|(?!千万)[一二两三四五六七八九]?[十百千][{_HAN}]+|[一二两三四五六七八九][十百千]))",
    re.IGNORECASE,
)
_PARTS = {"half": 30.0, "quarter": 15.0, "quarters": 45.0}
_AFTER = re.compile(r"[ -]?(?P<sign>[\"”])|[ -]*(?P<word>[A-Za-z]+|[\u3400-\u9fff]{1,2})")
_LATER = re.compile(r" [a-z]+(?:-[a-z]+)? (?P<unit>minutes|hours)\b")
"""A unit after an adjective: `88 animated minutes`."""
_CODE = re.compile(
    r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*(?![\w-])"
)
_SEGMENT = re.compile(r"[,，;；:：()（）。、]|\.(?!\d)|\band\b|\+|/(?!\d)")


@dataclass(frozen=True, slots=True)
class RowQuantity:
    """`value` in the first unit of `measure` (`units`); `noun`: the stem of the word after it where
    that is no unit; `near`: the stems around it; `role`: that of the field that holds it; `until`:
    the other end of a range, `39-46`."""

    start: int
    end: int
    value: float
    measure: str = ""
    noun: str = ""
    near: frozenset[str] = frozenset()
    role: str = ""
    until: float | None = None

    def is_like(self, other: "RowQuantity") -> bool:
        """Whether the units allow to compare the two."""
        bare = not (self.measure or self.noun) or not (other.measure or other.noun or other.role)
        return bare or self.measure == other.measure


@lru_cache(maxsize=4096)
def quantities_in(text: str, role: str = "") -> tuple[RowQuantity, ...]:
    """The quantities of a text, in order, without model numbers."""
    codes = [(start, start + len(code)) for start, code in codes_in(text)]
    found = [
        _quantity(text, match, role)
        for match in _NUMBER.finditer(text)
        if not any(start <= match.start() < end for start, end in codes)
    ]
    for at in range(len(found) - 2, -1, -1):  # `1/2 x 250 inches`
        one, after = found[at], found[at + 1]
        if text[one.end : after.start] == "-":
            found[at : at + 2] = replace(one, until=after.value), replace(after, until=one.value)
        if not one.measure and after.measure and _TIMES.fullmatch(text[one.end : after.start]):
            number = re.match(r"[\d./,]+", text[after.start :])
            size = after.value / _value(number[0], "digits") if number else 1.0
            found[at] = replace(one, value=one.value * size, measure=after.measure)
    return tuple(found)


_TIMES = re.compile(r"\s*(?:[x×*]|by)\s*", re.IGNORECASE)


def codes_in(text: str) -> list[tuple[int, str]]:
    """Model numbers, each with its place: `901XL`, `PGI-35`; not `12-pack`, `0.7mm`."""
    return [
        (match.start(), match.group())
        for match in _CODE.finditer(text)
        if not _COUNTED.fullmatch(match.group())
    ]


_COUNTED = re.compile(
    rf"['’]?\d+-?(?:s|st|nd|rd|th|x|×|{_UNITS}|[a-z]{{3,}}(?:-[a-z]+)*)", re.IGNORECASE
)


def _quantity(text: str, match: re.Match[str], role: str) -> RowQuantity:
    kind, piece = str(match.lastgroup), match[str(match.lastgroup)]
    start, end = match.start(kind), match.end()
    near = _near(text, start, end)
    if kind.startswith("decade"):
        number = float(piece) if kind == "decade" else 1900.0 + _DECADES[piece.casefold()]
        number += 1900 if number < 100 else 0
        return RowQuantity(start, end, number, "decade", near=near)
    if kind == "hours":
        return RowQuantity(start, end, _minutes(piece.casefold()), "time", near=near)
    number = _value(piece, kind)
    after = _AFTER.match(text, end)
    unit = (after["sign"] or after["word"]) if after else ""
    for name in (unit, unit.casefold(), stem(unit), unit[:1] if has_chinese(unit) else ""):
        if name and name in units():
            measure, size = units()[name]
            if name == "in" and not re.match(
                r"[ -]?in(?:\.|\b)(?=\W*(?:$|[x×,.)]|long|wide))", text[end:]
            ):
                break  # `15 in the box`
            stop = end + text[end:].index(unit) + (len(name) if has_chinese(name) else len(unit))
            return RowQuantity(start, stop, number * size, measure, near=near, role=role)
    if later := _LATER.match(text, end):
        measure, size = units()[stem(later["unit"])]
        return RowQuantity(start, end, number * size, measure, near=near, role=role)
    noun = "" if unit.casefold() in _NO_NOUNS else unit[:1] if has_chinese(unit) else stem(unit)
    return RowQuantity(start, end, number, "", noun, near, role)


def _minutes(said: str) -> float:
    """Of `an hour and a half`, `two and a quarter hours`, `2 hours and 5 minutes`."""
    if said.startswith("half"):
        return 30.0
    words = said.split()
    hours = float(words[0]) if words[0].isdigit() else value(words[0]) or 1.0
    more = words[3:] if words[1].startswith("hour") else words[2:]
    part = next((_PARTS[word] for word in more if word in _PARTS), 0.0)
    if "minute" in said:
        part = float(more[0]) if more[0].isdigit() else value(more[0])
    return 60 * hours + part


_NO_NOUNS = words_of("en")["no_nouns"]


def _value(piece: str, kind: str) -> float:
    if kind == "digits":
        one, _, other = piece.replace(",", "").partition("/")
        return float(one) / float(other or 1) if float(other or 1) else -1.0
    if piece.casefold().startswith("half"):
        return 0.5
    if kind == "chinese":
        return value(piece)
    words = re.sub(r"^an? ", "", piece.casefold()).replace("-", " ")
    dozens = re.fullmatch(r"(\w+) dozen", words)
    return 12 * value(dozens[1]) if dozens else value(words)


def _near(text: str, start: int, end: int) -> frozenset[str]:
    """The stems of the part of the sentence between marks that holds a place."""
    begin = max((m.end() for m in _SEGMENT.finditer(text, 0, start)), default=0)
    stop = _SEGMENT.search(text, end)
    return frozenset(stems_of(text[begin : stop.start() if stop else len(text)]))


@lru_cache(maxsize=1024)
def _of_value(field: str, text: str) -> tuple[RowQuantity, ...]:
    role = role_of(field)
    if role == "year":
        year = year_in(text)
        return (RowQuantity(0, 0, float(year), "", "year", role=role),) if year else ()
    bare = re.fullmatch(r"[$€£¥]?\s*(\d+(?:\.\d+)?)", text.strip())
    if not bare:
        return quantities_in(text, role)
    number, unit = float(bare[1]), words_in(field)[-1] if words_in(field) else ""
    if role == "runtime":
        return (RowQuantity(0, 0, number, "time", role=role),)
    measure, size = units().get(unit) or units().get(stem(unit), ("", 1.0))
    return (RowQuantity(0, 0, number * size, measure, "" if measure else stem(unit), role=role),)


@lru_cache(maxsize=1024)
def quantities_of(item: Item) -> tuple[RowQuantity, ...]:
    """The quantities of an item's row: its fields, its title, its text."""
    named = re.sub(r"\s*\(\d{4}\)\s*$", "", item.title)  # its year is no quantity
    found = [*quantities_in(named)]
    for field, content in item.facts().items():
        if isinstance(content, int | float) and not isinstance(content, bool):
            found += _of_value(field, f"{content:g}")
        for text in texts_of(content) if field != "title" else ():
            found += quantities_in(text) if field == "text" else _of_value(field, text)
    return tuple(found)
