"""What an item states, as names and numbers that can be told: titles in their forms, values with
their other words, numbers by role."""

import re
from collections.abc import Iterator, Mapping

from shelftalker.data.catalog import Item, Value
from shelftalker.data.field_roles import PEOPLE, role_of
from shelftalker.language.aliases import ALIASES
from shelftalker.language.stems import stem

_NUMBER = re.compile(r"\s*\([A-Z\d./-]{4,}\)")
_SAID_WHOLE = 8
"""Words of a title that is said whole."""
_TURNED = re.compile(
    r"(?:^|(?<=\())([^()]*), (The|A|An|Les|La|Le|Il|El|Los|Las|Un|Une|Das|Der|Die)(?=$|\)| \()"
)
_PARTS = re.compile(r", | - | \(|; | \| | – ")


def texts_of(value: Value) -> tuple[str, ...]:
    """The texts of an attribute, none for a number or a flag."""
    if isinstance(value, tuple):
        return tuple(text for text in value if text.strip())
    return (value,) if isinstance(value, str) and value.strip() else ()


def title_forms(title: str) -> list[str]:
    """`Godfather, The (1972)` also as `The Godfather`, and each with and without the year; so too
    where another title stands behind it (`Best Offer, The (Migliore offerta, La)`)."""
    bare = re.sub(r"\s*\(\d{4}\)\s*$", "", title).strip()
    turned = _TURNED.sub(r"\2 \1", bare)
    return list(dict.fromkeys([title.strip(), bare, turned]))


def short_titles(title: str) -> list[str]:
    """What a long title of a product begins with, shortest first: `Halden Gel Pens` and `Halden Gel
    Pens, Blue` for `Halden Gel Pens, Blue, 12 Count`. At least three words, so that each still
    names one thing."""
    ends = [match.start() for match in _PARTS.finditer(title)]
    starts = [title[:end].strip() for end in ends]
    return [s for s in starts if len(s.split()) >= 3 and s.count("(") == s.count(")")]


def is_said_whole(title: str) -> bool:
    """Whether a title lists no particulars and is short enough to be said whole, as
    `Ms. Fit: Yoga Mat (Blue)`; a maker's number in brackets need not be said."""
    parts = _PARTS.findall(_NUMBER.sub("", title))
    closed = title.count("(") == title.count(")")
    return parts == [" ("] and closed and len(title.split()) <= _SAID_WHOLE


def all_titles(title: str) -> list[str]:
    """Every form that a title is known by."""
    return [*short_titles(title), *title_forms(title)]


def title_details(title: str) -> list[str]:
    """What follows the shortest of `short_titles`, less a maker's number in brackets: as a whole,
    and part by part. None where a comma may part what belongs together (`Paper, CD, and Card
    Shredder`)."""
    start = next(iter(short_titles(title)), title)
    rest = _NUMBER.sub("", title[len(start) :]).strip(" ,;|–-")
    if rest.startswith("(") and rest.find(")") == len(rest) - 1:
        rest = rest[1:-1]
    if len(re.findall(r"[^\W\d_]", rest)) < 3 or re.search(r"\b(and|for|may|no)\b|&", rest, re.I):
        return []
    parts = [part.strip() for part in _PARTS.split(rest)]
    named = [part for part in parts if len(part) > 2 and part.count("(") == part.count(")")]
    return list(dict.fromkeys([rest, *named]))


def display_title(title: str) -> str:
    """`Heat` for `Heat (1995)`, `The Godfather` for `Godfather, The (1972)`."""
    return title_forms(title)[-1]


def shared(item: Item, other: Item, role: str | None = None) -> list[tuple[str, str]]:
    """Fields and texts that two items have in common, of one role or of all, in field order."""
    theirs: dict[str, set[str]] = {}
    for field, value in other.attributes.items():
        theirs.setdefault(role_of(field), set()).update(t.casefold() for t in texts_of(value))
    return [
        (field, text)
        for field, value in item.attributes.items()
        if role is None or role_of(field) == role
        for text in texts_of(value)
        if text.casefold() in theirs.get(role_of(field), set())
    ]


def same_value(one: str, other: str) -> bool:
    """Whether two texts name the same value, aliases and surnames included."""
    return not keys_of(one).isdisjoint(keys_of(other))


def keys_of(text: str) -> frozenset[str]:
    """The case-folded forms of a value; `same_value` of two texts is that they share one."""
    return frozenset(form.casefold() for form in value_forms(text, "director"))


def numbers_of(item: Item) -> Mapping[str, list[float]]:
    """The numbers that the catalogue states, by role; of a date, the year."""
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
    """The year of a date, however it is written; empty where there is none."""
    found = re.search(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)", date)
    return found.group() if found else ""


def value_forms(text: str, role: str) -> Iterator[str]:
    """A value, and the other words and surnames that mean the same."""
    yield text
    folded = text.lower()
    aliases = ALIASES.get(folded) or ALIASES.get(stem(folded)) or ()
    yield from aliases
    if role in ("genre", "topic"):
        yield folded + "s"
        yield stem(folded)
    words = text.split()
    if role in PEOPLE and len(words) > 1 and len(words[-1]) > 3:
        yield words[-1]
