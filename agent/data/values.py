"""The names and numbers of an item: forms of its title, its values with their aliases, its numbers
by role."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from shelftalker.data.catalog import Item, Value
from shelftalker.data.field_roles import PEOPLE, role_of
from shelftalker.language.aliases import aliases_of
from shelftalker.language.stems import stem

_MODEL_NUMBER = re.compile(r"\s*\([A-Z\d./-]{4,}\)")
_MAX_SHORT_TITLE_WORDS = 8
_ARTICLE_LAST = re.compile(
    r"(?:^|(?<=\())([^()]*), (The|A|An|Les|La|Le|Il|El|Los|Las|Un|Une|Das|Der|Die)(?=$|\)| \()"
)
_LISTED = re.compile(r"(?:, [^,(]{1,30}){0,2},? (?:and|or|&) ", re.IGNORECASE)
_PARTS = re.compile(r", |(?<!\d) - | - (?!\d)| \(|; | \| | – ")  # `2017 - 2018` is one


def texts_of(value: Value) -> tuple[str, ...]:
    """The texts of an attribute; none for a number or a boolean."""
    if isinstance(value, tuple):
        return tuple(text for text in value if text.strip())
    return (value,) if isinstance(value, str) and value.strip() else ()


@lru_cache(maxsize=16384)
def title_forms(title: str) -> tuple[str, ...]:
    """A title as written, without its year, and with the article first: `Godfather, The (1972)`,
    `Godfather, The`, `The Godfather`. The last form moves the articles of an alternative title too
    (`Best Offer, The (Migliore offerta, La)`)."""
    without_year = re.sub(r"\s*\(\d{4}\)\s*$", "", title).strip()
    article_first = _ARTICLE_LAST.sub(r"\2 \1", without_year)
    return tuple(dict.fromkeys([title.strip(), without_year, article_first]))


@lru_cache(maxsize=16384)
def short_titles(title: str) -> tuple[str, ...]:
    """The beginnings of a product's long title, shortest first: `Halden Gel Pens` and `Halden Gel
    Pens, Blue` of `Halden Gel Pens, Blue, 12 Count`. They have at least three words, so that each
    still names one product. A comma of a list (`Paper, CD, and Card Shredder`) ends none."""
    ends = [m.start() for m in _PARTS.finditer(title) if not _LISTED.match(title, m.start())]
    starts = [title[:end].strip() for end in ends]
    return tuple(s for s in starts if len(s.split()) >= 3 and s.count("(") == s.count(")"))


def is_short_title(title: str) -> bool:
    """Whether a product's title is short and lists no details, so that texts use all of it, as
    `Ms. Fit: Yoga Mat (Blue)`; a model number in brackets may be left out."""
    parts = _PARTS.findall(_MODEL_NUMBER.sub("", title))
    closed = title.count("(") == title.count(")")
    return parts == [" ("] and closed and len(title.split()) <= _MAX_SHORT_TITLE_WORDS


def all_titles(title: str) -> list[str]:
    """All forms of a title."""
    return [*short_titles(title), *title_forms(title)]


def title_details(title: str) -> list[str]:
    """What follows the shortest of `short_titles`, without a model number in brackets: as a whole,
    and part by part. None where a comma may separate words that belong together (`Paper, CD, and
    Card Shredder`)."""
    start = next(iter(short_titles(title)), title)
    rest = _MODEL_NUMBER.sub("", title[len(start) :]).strip(" ,;|–-")
    if rest.startswith("(") and rest.find(")") == len(rest) - 1:
        rest = rest[1:-1]
    if len(re.findall(r"[^\W\d_]", rest)) < 3 or re.search(r"\b(and|for|may|no)\b|&", rest, re.I):
        return []
    listed = re.sub(r"\([^()]*,[^()]*\)", "", rest)  # `(2 S, 2 M)` is one detail of another
    parts = [part.strip() for part in _PARTS.split(listed)]
    usable = [part for part in parts if len(part) > 2 and part.count("(") == part.count(")")]
    return list(dict.fromkeys([rest, *usable]))


def display_title(title: str) -> str:
    """`Heat` for `Heat (1995)`, `The Godfather` for `Godfather, The (1972)`."""
    return title_forms(title)[-1]


def values_in_common(item: Item, other: Item, role: str | None = None) -> list[tuple[str, str]]:
    """(field, text) of the values that two items share, of one role or of all, in field order."""
    theirs = values_by_role(other)
    return [
        (field, text)
        for field, value in item.attributes.items()
        if role is None or role_of(field) == role
        for text in texts_of(value)
        if text.casefold() in theirs.get(role_of(field), ())
    ]


@lru_cache(maxsize=16384)
def values_by_role(item: Item) -> Mapping[str, frozenset[str]]:
    """The case-folded texts of an item's attributes by role."""
    values: dict[str, frozenset[str]] = {}
    for field, value in item.attributes.items():
        own = (text.casefold() for text in texts_of(value))
        values[role_of(field)] = values.get(role_of(field), frozenset()).union(own)
    return values


def same_value(one: str, other: str) -> bool:
    """Whether two texts name the same value, aliases and surnames included."""
    return not keys_of(one).isdisjoint(keys_of(other))


def keys_of(text: str) -> frozenset[str]:
    """The case-folded forms of a value; `same_value` of two texts is that they share one."""
    return frozenset(form.casefold() for form in value_forms(text, "director"))


def numbers_of(item: Item) -> Mapping[str, list[float]]:
    """The numbers in an item's attributes by role; of a date, the year."""
    numbers: dict[str, list[float]] = {}
    for field, value in item.facts().items():
        if field in ("title", "text") or isinstance(value, bool):
            continue
        for text in texts_of(value) if not isinstance(value, int | float) else (str(value),):
            dated = r"(\d{4})-\d\d(?:-\d\d)?.*|"
            match = re.fullmatch(dated + r"[$€£¥]?(\d+(?:\.\d+)?)", text.strip())
            number = (match[1] or match[2]) if match else ""
            if role_of(field) == "year":
                number = number or year_in(text)
            if number:
                numbers.setdefault(role_of(field), []).append(float(number))
    return numbers


def year_in(date: str) -> str:
    """The year of a date in any format; empty where there is none."""
    match = re.search(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)", date)
    return match.group() if match else ""


def value_forms(text: str, role: str) -> Iterator[str]:
    """A value, its aliases, and the surname of a person."""
    yield text
    folded = text.lower()
    yield from aliases_of(text)
    if role in ("genre", "topic"):
        yield folded + "s"
        yield stem(folded)
    words = text.split()
    if role in PEOPLE and len(words) > 1 and len(words[-1]) > 3:
        yield words[-1]
