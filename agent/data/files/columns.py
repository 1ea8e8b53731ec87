"""Matching the columns of a file to our fields: usual names, missing headers, and `--map`.

The usual names and the words in them, in several languages, are those of `words.yaml`.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator

from shelftalker.data.config_model import ConfigModel
from shelftalker.data.files.layouts import names_by_shape
from shelftalker.errors import DataError
from shelftalker.language.yaml_file import read_yaml

LEFT_OUT = {"alsobuy", "alsoview", "rank", "imdbid", "tmdbid", "descriptionsource"}
"""Columns that do not describe the item itself; `--map name=column` keeps one all the same."""


def column_list(columns: Sequence[str]) -> str:
    """Column names for a message: the first twenty, cut to 40 characters, printable ones only."""
    names = ["".join(filter(str.isprintable, column))[:40] for column in columns[:20]]
    more = f" and {len(columns) - 20} more" if len(columns) > 20 else ""
    return ", ".join(names) + more


def attribute_name(column: str) -> str:
    """A column name as an attribute: snake case, without a type suffix or the objects around it."""
    column = re.sub(r"^(?:\w+\.)+(?=\w+$)", "", column)
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column.split(":")[0].strip())
    name = re.sub(r"\W+", "_", name).strip("_").lower()
    return {"class": "genres", "release_year": "year"}.get(name, name) or column


def sniff_header(first: Sequence[list[str]], field_map: Mapping[str, str]) -> list[str] | None:
    """The column names of a file without a header; None for a file that has one."""
    head, words = first[0], vocabulary()
    fields = (*words.item_fields.values(), *words.event_fields.values())
    known = {name for names in fields for name in names}
    has_header = bool({key(cell) for cell in head} & known or set(field_map.values()) & set(head))
    if names := names_by_shape(first[:20], has_header):
        return names
    if has_header:
        return None
    are_names = all(re.fullmatch(r"[^\W\d@][\w .:/()-]{0,60}", cell.strip()) for cell in head)
    return None if are_names else [f"column_{place}" for place in range(1, len(head) + 1)]


def check_map(field: str, column: str, *, items: bool, events: bool) -> None:
    """Raise `DataError` for a field that none of the files given could have.

    Items take any name: what is no field of ours becomes an attribute.
    """
    known = vocabulary()
    allowed = {**(known.item_fields if items else {}), **(known.event_fields if events else {})}
    if field not in allowed and not (items and field not in known.event_fields):
        what = "items" if items else "events"
        raise DataError(
            f"--map {field}={column}: {what} have no field {field!r}; "
            f"allowed: {', '.join(allowed)}{' and attributes' if items else ''}"
        )


def match_columns(
    columns: Sequence[str],
    fields: Mapping[str, tuple[str, ...]],
    field_map: Mapping[str, str],
    file: str,
) -> dict[str, str]:
    """Our field → their column: from `--map`, else by the usual names. Raises `DataError` for a
    column in `--map` that the file does not have."""
    by_key = {key(column): column for column in reversed(columns) if not column.startswith("@")}
    matched: dict[str, str] = {}
    for field, names in fields.items():
        if field_map.get(field) == "":
            continue
        if field in field_map:
            matched[field] = asked = field_map[field]
            if asked not in columns:
                raise DataError(
                    f"{file} has no column {asked!r}, which --map {field}={asked} asks for; "
                    f"its columns are {column_list(columns)}; of one file alone it is "
                    f"--map items:{field}={asked} or events:{field}={asked}"
                )
        else:
            usual = [by_key[name] for name in names if name in by_key]
            free = [column for column in usual if column not in matched.values()]
            if free:
                matched[field] = free[0]
    for field in fields:
        if field not in matched and field_map.get(field) != "":
            free = [column for column in columns if column not in matched.values()]
            if column := _named_by_words(field, free):
                matched[field] = column
    if "same" in matched and "id" in fields and "id" not in matched:
        matched["id"] = matched.pop("same")
    return matched


def _named_by_words(field: str, columns: Sequence[str]) -> str | None:
    """The column whose words name a field; of a nested one (`properties.sku`), its last part."""
    for wanted in vocabulary().named_by.get(field, ()):
        for name in (str, lambda column: column.rpartition(".")[2]):
            for column in columns:
                if classes_in(name(column)) == wanted:
                    return column
    return None


def require(
    matched: Mapping[str, str], fields: Sequence[str], columns: Sequence[str], file: str
) -> None:
    """Raise `DataError` if one of `fields`, which every row needs, has no column."""
    missing = [field for field in fields if field not in matched]
    if missing:
        hint = " ".join(f"--map {field}=COLUMN" for field in missing)
        raise DataError(
            f"{file} has no column for {' and '.join(missing)}; its columns are "
            f"{column_list(columns)}; say which one it is with {hint}"
        )


_List = Annotated[tuple[str, ...], BeforeValidator(str.split)]
_Set = Annotated[frozenset[str], BeforeValidator(str.split)]
_ByWord = Annotated[
    dict[str, str],
    BeforeValidator(
        lambda of: {word: name for name, words in of.items() for word in words.split()}
    ),
]


class NameWords(ConfigModel):
    """Columns of one sort, by words in their names; `beside_events`: in a file that also says who
    did something; `details`: what a name may add to a word."""

    words: _Set
    phrases: _Set
    details: _Set = frozenset()
    beside_events: _Set = frozenset()


class Vocabulary(ConfigModel):
    """`item_fields`, `event_fields`, `graph_fields`: our field → their names as `key` gives them,
    the best first; `series`, `of_episodes`: names of columns with the id of a series, and of those
    that episodes have; `kinds`: a word → kind of event, `return`, or empty for what is left out;
    `word_classes`: a word of a name → its class; `named_by`: our field → the classes that name
    it."""

    word_classes: _ByWord
    named_by: dict[str, tuple[_Set, ...]]
    item_fields: dict[str, _List]
    event_fields: dict[str, _List]
    graph_fields: dict[str, _List]
    series: _List
    of_episodes: _Set
    kinds: _ByWord
    available: _ByWord
    people: NameWords
    of_items: _Set
    inner: NameWords


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The words of the package."""
    return Vocabulary.model_validate(read_yaml(Path(__file__).with_name("words.yaml")))


@lru_cache(maxsize=4096)
def classes_in(column: str) -> frozenset[str]:
    """The classes of the words in a column's name: item and id for `Product No.`, `articleId` and
    `商品编号`; none where a word has no class."""
    known = vocabulary().word_classes
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[\W_]+|(?<=[A-Z])(?=[A-Z][a-z])", " ", column).lower()
    found: set[str] = set()
    for word in spaced.split():
        parts = _compound(word)
        if parts is None:
            return frozenset()
        found.update(known[part] for part in parts)
    return frozenset(found - {"filler"})


def _compound(word: str) -> list[str] | None:
    """The known words that a word is made of: `artikel`, `nr` of `artikelnr`."""
    known = vocabulary().word_classes
    if word in known:
        return [word]
    for end in range(len(word) - 1, 1, -1):
        if word[:end] in known and (rest := _compound(word[end:])):
            return [word[:end], *rest]
    return None


def key(column: str) -> str:
    """A column name for comparison: `item_id:token`, `itemId` and `Item ID` give the same."""
    return re.sub(r"[\W_]", "", re.sub(r"\(.*?\)", "", column).split(":")[0].lower())
