"""One field of a catalogue, indexed so that a filter over many items costs microseconds.

`Column` knows which rows hold which value (texts and list members, case-folded) and each row's
number. A cell of several values, "Red/Blue", holds each of them too; what is a name ("Black &
Decker", "AC/DC") is one. Built once from the decoded values, then only read.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]


class Column:
    """The values of one field, row by row: text, number, flag, list of texts, or None. The name of
    the field tells whether a text may be several values."""

    def __init__(self, values: Sequence[object], field: str = "") -> None:
        self.values = values
        self._field = field.casefold()

    @cached_property
    def numbers(self) -> npt.NDArray[np.float64]:
        """Each row's number, NaN where it has none; a flag is no number: float64 [rows]."""
        return np.array(
            [
                float(value)
                if isinstance(value, int | float) and not isinstance(value, bool)
                else np.nan
                for value in self.values
            ],
            dtype=np.float64,
        )

    @cached_property
    def days(self) -> npt.NDArray[np.float64]:
        """Each row's ISO 8601 date as an ordinal day, NaN where it has none: float64 [rows]."""
        return np.array([_day(value) for value in self.values], dtype=np.float64)

    @cached_property
    def is_dates(self) -> bool:
        """Are these texts dates, hardly any excepted?"""
        texts = [value for value in self.values if isinstance(value, str) and value]
        few = [text for text in texts if not _DATE.match(text)]
        return bool(texts) and len(few) <= 0.1 * len(texts)

    @property
    def spelling(self) -> dict[str, str]:
        """How the catalogue first writes each value, by its `key`."""
        return self._index[1]

    @property
    def rows(self) -> dict[str, Rows]:
        """The rows that hold each value, by its `key`."""
        return self._index[0]

    @cached_property
    def _index(self) -> tuple[dict[str, Rows], dict[str, str]]:
        found: defaultdict[str, list[int]] = defaultdict(list)
        spelling: dict[str, str] = {}
        for row, value in enumerate(self.values):
            for member in members(value):
                name = key(member)
                if name not in spelling:
                    spelling[name] = str(member)
                found[name].append(row)
        known = frozenset(found)
        for whole in list(found):
            for part in _parts(spelling[whole], self._field, known):
                spelling.setdefault(key(part), part)
                found[key(part)] = sorted({*found.get(key(part), ()), *found[whole]})
        return {name: np.array(rows, dtype=np.int64) for name, rows in found.items()}, spelling


_DATE = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d))?(?:$|[T ])")


def _day(value: object) -> float:
    found = _DATE.match(value) if isinstance(value, str) else None
    if not found:
        return np.nan
    try:
        return date(int(found[1]), int(found[2]), int(found[3] or 1)).toordinal()
    except ValueError:  # no such day
        return np.nan


def _parts(text: str, field: str, known: Collection[str]) -> list[str]:
    """The values that a text of a field is made of; none where it is one. Colours and the like
    stand side by side; of other fields the parts must be values by themselves, too."""
    if not _JOINTS.search(text) or len(text) > 80 or _NAMES.search(field):
        return []
    bound = _split(_JOINTS, text)
    if all(key(part) in known for part in bound):
        return bound
    joined = _split(_JOINING, text)
    if _LOOKS.search(field) and all(map(_WORDS.fullmatch, joined)):
        return joined if len(joined) > 1 else []
    listed = _split(_LISTING, text)
    some = any(key(part) in known for part in listed) and all(map(_WORDS.fullmatch, listed))
    return listed if len(listed) > 1 and some else []


def _split(joint: re.Pattern[str], text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in joint.split(text)))


_WORDS = re.compile(r"[^\W\d_]{3,}(?:[ -][^\W\d_]+){0,2}|[^\x00-\u2e7f]+")
_LISTING = re.compile(r"[/,;|、，；]")
_JOINING = re.compile(r"[/,;|&+、，；]|\band\b|\bund\b|\bet\b|和")
_JOINTS = re.compile(rf"{_JOINING.pattern}|-")
"""Between values: those of a list, those that a name may hold as well, and those of a word."""
_LOOKS = re.compile(
    r"colou?r|farbe|couleur|shade|material|fabric|size|format|binding|finish|pattern|颜色|材质|尺寸"
)
_NAMES = re.compile(
    r"brand|manufactur|maker|label|publisher|studio|team|band|artist|author|writer|director|creator"
    r"|composer|cast|actor|starring|perform|title|name|品牌|作者|导演|演员|出版|^id$|url|link|image"
)


def members(value: object) -> Sequence[object]:
    """A list's members, one value alone, nothing for None."""
    if isinstance(value, list | tuple):
        return value
    return () if value is None else (value,)


def key(value: object) -> str:
    """What two values must share to be equal: case-folded text; 1995.0 is 1995."""
    if isinstance(value, str):
        return value.casefold()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).casefold()
