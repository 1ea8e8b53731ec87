"""Values of a text column as numbers, flags, lists or texts, the same type for all its rows."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from operator import methodcaller

import polars as pl

from shelftalker.data.catalog import Value
from shelftalker.data.dates import starts_with_date
from shelftalker.data.field_roles import role_of
from shelftalker.data.files.cleaning import EMPTY, clean, clean_id, clean_prose, parsed_list
from shelftalker.data.files.columns import vocabulary
from shelftalker.data.files.numbers import Mark, Marks, amount
from shelftalker.data.files.table import MEMBERS
from shelftalker.data.files.times import Order, read_times

_COMMA_LISTS = {
    *("genre", "genres", "cast", "director", "directors", "writer", "writers", "country"),
    *("countries", "languages", "keywords", "tags", "actors", "categories", "listed_in"),
}
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")
_COMMA_NUMBER = re.compile(r"-?(?:0|[1-9]\d*|[1-9]\d{0,2}(?:\.\d{3})+)(?:,\d+)?")
_DATE = re.compile(r"(?!\d{4}-\d\d(-\d\d)?([T ]|$))\d{1,4}([./-])\d{1,2}\3\d{2,4}(?:[ T].{4,}|$)")
"""A date in digits other than ISO 8601."""
SAMPLE = 50
"""Texts by which a column is known as one of times."""
_SHORT_NUMBER = re.compile(r"-?\d{1,7}(?:\.\d+)?")
"""A year, and nothing that a time is written as."""
AGES = (-4e9, 4e9)
"""Unix seconds of the years 1843 to 2096; numbers of other sizes are no times."""
_POINT = Marks()
_ENTITIES = re.compile(r"\d+:[^;]+(;\d+:[^;]+)*;?")
_BRAND_PREFIX = re.compile(r"^(?:by|brand:) +", re.IGNORECASE)
_NO_VALUE = {"(no genres listed)"}


def attribute_values(
    name: str,
    column: str,
    values: Sequence[str | None],
    marks: Marks = _POINT,
    order: Order | None = None,
    notes: list[str] | None = None,
) -> list[Value | None]:
    """The values of a column, all of one type: lists, else numbers, dates, flags, clean text.

    `marks`: the decimal mark; `order`: of day and month; `notes`: takes what had to be decided.
    """
    texts = [None if v is None or v.strip() in EMPTY | _NO_VALUE else v.strip() for v in values]
    given = [text for text in texts if text is not None]
    split = _splitter(name, column, given)
    if split:
        return [None if text is None else _members(split(text)) for text in texts]
    parse = _parser(name, column, given, marks, order, [] if notes is None else notes)

    def read(text: str) -> Value | None:
        value = parse(text)
        value = clean_prose(text) if value is None else value
        return None if value == "" else value

    return [None if text is None else read(text) for text in texts]


def _parser(
    name: str, column: str, given: list[str], marks: Marks, order: Order | None, notes: list[str]
) -> Callable[[str], Value | None]:
    """The function that reads the values of a column; None of a text that is not like the others,
    which is prose."""
    most, comma, role = 0.9 * len(given), marks.decimal == "," and marks.shown, role_of(name)
    if not given:
        return clean_prose
    if role == "year" and (times := _times_in(given, order, comma)):
        return _days(column, times, order, comma, notes).get
    pattern = _COMMA_NUMBER if comma else _NUMBER
    numbers = [text for text in given if pattern.fullmatch(text)]
    if len(numbers) >= most:
        whole = all(("." not in t and "," not in t) or re.search(r"[.,]0$", t) for t in numbers)
        return partial(_number, whole=whole, pattern=pattern, decimal=marks.decimal)
    if role == "price" and all(amount(t, marks.decimal) for t in given):
        return partial(amount, decimal=marks.decimal)
    if len(dates := [text for text in given if _DATE.match(text)]) >= most:
        return _days(column, dates, order, comma, notes).get
    if {text.lower() for text in given} <= {"true", "false"}:
        return lambda text: text.lower() == "true"
    return (
        (lambda text: clean_prose(_BRAND_PREFIX.sub("", text))) if "brand" in name else clean_prose
    )


def _times_in(given: list[str], order: Order | None, comma: bool) -> list[str]:
    """The times in words or as Unix seconds of a column of such; empty for other texts, years and
    what is ISO 8601 already."""
    others = [t for t in given if not (_SHORT_NUMBER.fullmatch(t) or starts_with_date(t))]
    read, _ = read_times(pl.Series(others[:SAMPLE], dtype=pl.String), order, comma=comma)
    readable = read.is_between(*AGES).fill_null(False).sum() >= 0.9 * len(read)
    return others if readable and len(others) >= 0.9 * len(given) else []


def _days(
    column: str, dates: list[str], order: Order | None, comma: bool, notes: list[str]
) -> dict[str, str | None]:
    read, note = read_times(pl.Series(dates), order, comma=comma)
    if note:
        notes.append(f"column {column}: {note}")
    return {text: _day(seconds) for text, seconds in zip(dates, read, strict=True)}


def _day(seconds: float | None) -> str | None:
    """The day of a time as ISO 8601, with the hour where it has one."""
    if seconds is None:
        return None
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return text.removesuffix(" 00:00:00")


def _number(text: str, whole: bool, pattern: re.Pattern[str], decimal: Mark) -> Value | None:
    if not pattern.fullmatch(text):
        return None
    plain = text.replace(".", "").replace(",", ".") if decimal == "," else text
    return int(plain.removesuffix(".0")) if whole else float(plain)


def _splitter(name: str, column: str, given: list[str]) -> Callable[[str], list[str]] | None:
    """The function that splits the values of a column into lists; None if they are not lists."""
    if any(MEMBERS in text for text in given):
        return methodcaller("split", MEMBERS)
    as_lists = sum(parsed_list(text) is not None for text in given if text.startswith("["))
    if as_lists and as_lists >= 0.9 * len(given):
        return lambda text: parsed_list(text) or []
    if column.endswith(":token_seq"):
        return str.split
    if given and all(_ENTITIES.fullmatch(text) for text in given):
        return lambda text: [part.partition(":")[2] for part in text.split(";") if part]
    for sign in ("|", "、", ";", " / "):
        least = 0.02 if sign in "|、" else 0.2
        if sum(sign in text for text in given) > least * len(given) and (
            sign in "|、" or _share_members(given, sign)
        ):
            return methodcaller("split", sign)
    if sum(" > " in text for text in given) > 0.5 * len(given):
        return methodcaller("split", " > ")  # a path: `Electronics > Audio` is both
    return methodcaller("split", ",") if name in _COMMA_LISTS else None


def _share_members(given: list[str], sign: str) -> bool:
    """Whether parts between signs are short and come back in other values, as those of lists do."""
    parts = [part.strip() for text in given for part in text.split(sign)]
    short = all(len(part) <= 40 for part in parts)
    return short and len(set(parts)) < 0.8 * len(parts)


def _members(parts: list[str]) -> tuple[str, ...] | None:
    members = [clean(part) for part in parts]
    return tuple(dict.fromkeys(m for m in members if m and m not in EMPTY)) or None


def is_links(values: Sequence[str | None]) -> bool:
    """Whether at least 90% of the values of a column are web addresses."""
    given = [value for value in values if value and value.strip() not in EMPTY]
    links = sum(bool(re.match(r"\s*(https?://|www\.)\S+\s*$", value)) for value in given)
    return links > 0 and links >= 0.9 * len(given)


def image(text: str) -> str | None:
    """The first picture's address or path; None for a scheme other than http and https."""
    members = parsed_list(text)
    address = clean_id(members[0] if members else text)
    scheme = re.match(r"\s*([a-zA-Z][a-zA-Z0-9+.-]*):", address)
    return address or None if not scheme or scheme[1].lower() in ("http", "https") else None


def availability(text: str) -> str | None:
    """`yes`, `no` or `later` for words such as `in stock`, `0`, `preorder`; None if it means none
    of them. Of several words, as of `true` and `archived`, the first `no` counts."""
    read = [_available(word) for word in text.split(MEMBERS) if word.strip()]
    return "no" if "no" in read else next(filter(None, read), None)


def _available(text: str) -> str | None:
    word = text.strip().lower().rpartition("/")[2]
    known = vocabulary().available
    plain = re.sub(r"[\W_]", "", word)
    if _NUMBER.fullmatch(word):
        return "yes" if float(word) > 0 else "no"
    return known.get(word) or known.get(plain)
