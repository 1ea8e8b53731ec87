"""Cleaning of text from imported files, so that it is safe to show and to put into a prompt.

HTML is removed, entities and lists printed as text are decoded; invisible characters that a model
would read (control, bidirectional, zero-width, tag characters) are removed.
"""

import ast
import html
import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

import polars as pl

EMPTY = frozenset({"", "nan", "NaN", "NAN", "null", "NULL", "None", "\\N", "N/A", "n/a", "[]"})
"""Spellings of "no value"."""

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\s*>|\Z)", re.S | re.I)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<![a-zA-Z][^<>]*>")
_INLINE_TAG = re.compile(r"</?(?:b|i|u|em|strong|span|a|small|sup|sub|mark|font)\b[^<>]*>", re.I)
"""Tags inside words and sentences, which stand for no white space."""
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_TAG_END = re.compile(r"[\"']?\s*/>\s*$")
"""The end of a tag whose beginning was cut off."""
_PRINTED_LIST = re.compile(r"""\[\s*['"](.*)['"]\s*\]""", re.S)
_SUSPECT = re.compile(r"[<>&\\]|\s\s|[^\x20-\x7e]")


def clean(text: str) -> str:
    """Plain text without HTML, entities and invisible characters, white space collapsed."""
    if not _SUSPECT.search(text):
        return text.strip()
    plain = html.unescape(_without_tags(text))
    plain = _INVISIBLE.sub("", _without_tags(plain) if "<" in plain else plain)
    plain = _TAG_END.sub("", plain)
    plain = plain.encode("utf-8", "ignore").decode("utf-8")
    return " ".join(unicodedata.normalize("NFC", plain).split())


def clean_prose(text: str) -> str:
    """As `clean`, with the members of a list printed as text joined by spaces."""
    members = parsed_list(text)
    if members is None:
        members = _badly_quoted_list(text)
    if members is None:
        return clean(text)
    return " ".join(part for part in map(clean, members) if part)


def clean_id(text: str | None) -> str:
    """An id without invisible characters and outer white space; empty for a missing value."""
    plain = text or ""
    if not plain.isascii() or not plain.isprintable():
        plain = _INVISIBLE.sub("", plain).encode("utf-8", "ignore").decode("utf-8")
    plain = plain.strip()
    return "" if plain in EMPTY else plain


def clean_ids(column: pl.Series) -> pl.Series:
    """A column of ids as of `clean_id`, without the `.0` of a column of floats."""
    column = column.fill_null("")
    if (column.str.contains(r"[^!-~]") | column.is_in([*EMPTY])).any():
        column = map_distinct(column, clean_id)
    given = column.filter(column != "")
    floats = len(given) > 0 and given.str.contains(r"^\d+\.0$").all()
    return column.str.strip_suffix(".0") if floats else column


def map_distinct(column: pl.Series, function: Callable[[str | None], str | None]) -> pl.Series:
    """The column with `function` applied, called once for each distinct value."""
    distinct = column.unique()
    replaced = [function(value) for value in distinct.to_list()]
    return column.replace_strict(distinct, pl.Series(replaced, dtype=pl.String))


def matches_any(column: pl.Series, patterns: Sequence[str]) -> pl.Series:
    """Whether each value matches one of the patterns, such as `TEST*`."""

    def matches(value: str | None) -> str:
        return "yes" * any(fnmatchcase(value or "", pattern) for pattern in patterns)

    return map_distinct(column, matches) == "yes"


def parsed_list(text: str) -> list[str] | None:
    """The members of a JSON or Python list printed as text; None for other text.

    A member that is an object gives its `name` or `Label` (TMDB genres, MIND entities).
    """
    stripped = text.strip()
    if not (stripped.startswith("[") and stripped.endswith("]")):
        return None
    value = parsed(stripped)
    return [_member(member) for member in value] if isinstance(value, list) else None


def parsed(text: str) -> object:
    """The value that a text is in JSON, or as Python prints it (older Amazon files); None for other
    text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        try:
            return ast.literal_eval(text.strip())
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            return None


def _badly_quoted_list(text: str) -> list[str] | None:
    """The members, as well as possible, of a printed list whose inner quotes are not escaped."""
    match = _PRINTED_LIST.fullmatch(text.strip())
    if not match:
        return None
    plain = match[1].replace("\\n", " ").replace("\\t", " ")
    return re.split(r"""['"],\s*['"]""", plain)


def _without_tags(text: str) -> str:
    if "<" not in text:
        return text
    return _TAG.sub(" ", _INLINE_TAG.sub("", _COMMENT.sub(" ", text)))


def _member(member: object) -> str:
    if isinstance(member, dict):
        for key in ("name", "Label", "label", "title"):
            if key in member:
                return str(member[key])
    return "" if member is None else str(member)
