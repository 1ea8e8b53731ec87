"""`Column`: the inverted index of one field of a catalogue, for filters in microseconds.

It maps each value (text or list member, case-folded) to the rows that have it, and each row to its
number. A text such as "Red/Blue" also counts as each of its parts; a name ("Black & Decker",
"AC/DC") does not. Built once from the decoded values, then only read.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from shelftalker.data.dates import ordinal_day, starts_with_date

Rows = npt.NDArray[np.int64]


class Column:
    """The values of one field by row: text, number, flag, list of texts, or None. The name of the
    field decides whether a text can be several values."""

    def __init__(self, values: Sequence[object], field: str = "") -> None:
        self.values = values
        self._field = field.casefold()

    @cached_property
    def numbers(self) -> npt.NDArray[np.float64]:
        """The number in each row, NaN where there is none (flags too): float64 [rows]."""
        plain = (None if isinstance(value, bool) else value for value in self.values)
        numbers = (v if isinstance(v, int | float) else np.nan for v in plain)
        return np.fromiter(numbers, np.float64, len(self.values))

    @cached_property
    def days(self) -> npt.NDArray[np.float64]:
        """The ISO 8601 date in each row as an ordinal day, NaN without one: float64 [rows]."""
        return np.array([ordinal_day(value) for value in self.values], dtype=np.float64)

    @cached_property
    def is_dates(self) -> bool:
        """Whether at least 90% of the texts are dates."""
        texts = [value for value in self.values if isinstance(value, str) and value]
        others = [text for text in texts if not starts_with_date(text)]
        return bool(texts) and len(others) <= 0.1 * len(texts)

    @property
    def spelling(self) -> dict[str, str]:
        """The first spelling of each value in the catalogue, by its `value_key`."""
        return self._index[1]

    @property
    def rows(self) -> dict[str, Rows]:
        """The rows that have each value, by its `value_key`."""
        return self._index[0]

    @cached_property
    def _index(self) -> tuple[dict[str, Rows], dict[str, str]]:
        rows: defaultdict[str, list[int]] = defaultdict(list)
        spelling: dict[str, str] = {}
        for row, value in enumerate(self.values):
            for member in list_members(value):
                name = value_key(member)
                if name not in spelling:
                    spelling[name] = str(member)
                rows[name].append(row)
        known = frozenset(rows)
        for whole in list(rows):
            for part in _parts(spelling[whole], self._field, known):
                spelling.setdefault(value_key(part), part)
                rows[value_key(part)] = sorted({*rows.get(value_key(part), ()), *rows[whole]})
        return {name: np.array(at, dtype=np.int64) for name, at in rows.items()}, spelling


def _parts(text: str, field: str, known: Collection[str]) -> list[str]:
    """The values that a text lists; empty where it is a single value. Fields such as colour are
    split freely; for other fields some part must also occur as a value by itself. A place is also
    called by a larger or a smaller one that its name begins or ends with: 福建 and 武夷山 for
    福建武夷山."""
    if _PLACE_FIELDS.search(field) and re.fullmatch(r"[\u4e00-\u9fff]{4,12}", text):
        return [*(text[:n] for n in PLACE_SIGNS), *(text[-n:] for n in PLACE_SIGNS)]
    if not _ANY_JOINT.search(text) or len(text) > MAX_LIST_LENGTH or _NAME_FIELDS.search(field):
        return []
    all_parts = _split(_ANY_JOINT, text)
    if all(value_key(part) in known for part in all_parts):
        return all_parts
    joined = _split(_LIST_OR_AND, text)
    if _FREE_LIST_FIELDS.search(field) and all(map(_WORDS.fullmatch, joined)):
        return joined if len(joined) > 1 else []
    listed = _split(_LIST_JOINT, text)
    are_values = any(value_key(part) in known for part in listed) and all(
        map(_WORDS.fullmatch, listed)
    )
    return listed if len(listed) > 1 and are_values else []


def _split(joint: re.Pattern[str], text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in joint.split(text)))


_WORDS = re.compile(r"[^\W\d_]{3,}(?:[ -][^\W\d_]+){0,2}|[^\x00-\u2e7f]+")
_LIST_JOINT = re.compile(r"[/,;|、，；]")
_LIST_OR_AND = re.compile(r"[/,;|&+、，；]|\band\b|\bund\b|\bet\b|和")
_ANY_JOINT = re.compile(rf"{_LIST_OR_AND.pattern}|-")
"""Signs between values: of lists only, of names too, and of compound words too."""
MAX_LIST_LENGTH = 80
"""Characters; a longer text is not a list of values."""
PLACE_SIGNS = (2, 3)
"""Chinese signs in the name of a place within another."""
_PLACE_FIELDS = re.compile("origin|countr|region|产地|地区|国家")
_FREE_LIST_FIELDS = re.compile(
    rf"{_PLACE_FIELDS.pattern}|colou?r|farbe|couleur|shade|material|fabric|size|format|binding|finish|pattern|颜色|材质|尺寸"
)
_NAME_FIELDS = re.compile(
    r"brand|manufactur|maker|label|publisher|studio|team|band|artist|author|writer|director|creator"
    r"|composer|cast|actor|starring|perform|title|name|品牌|作者|导演|演员|出版|^id$|url|link|image"
)


def list_members(value: object) -> Sequence[object]:
    """The members of a list; a single value as one member; none for None."""
    if isinstance(value, list | tuple):
        return value
    return () if value is None else (value,)


def value_key(value: object) -> str:
    """The form in which equal values are the same: case-folded text; 1995.0 is `1995`."""
    if isinstance(value, str):
        return value.casefold()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).casefold()
