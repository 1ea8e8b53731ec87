"""Matching the columns of a file to our fields: usual names, missing headers, and `--map`."""

import re
from collections.abc import Mapping, Sequence

from shelftalker.data.files.layouts import names_by_shape
from shelftalker.data.files.vocabulary import classes_in, key, vocabulary
from shelftalker.errors import DataError

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


def check_map(field_map: Mapping[str, str], *, items: bool, events: bool) -> None:
    """Raise `DataError` for a field that none of the files given could have.

    Items take any name: what is no field of ours becomes an attribute.
    """
    known = vocabulary()
    event_fields = known.event_fields
    allowed = {**(known.item_fields if items else {}), **(event_fields if events else {})}
    for field, column in field_map.items():
        if field in allowed or (items and field not in event_fields):
            continue
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
            matched[field] = _mapped(field, field_map[field], columns, file)
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
        for name in (str, _last_part):
            for column in columns:
                if classes_in(name(column)) == wanted:
                    return column
    return None


def _last_part(column: str) -> str:
    return column.rpartition(".")[2]


def _mapped(field: str, column: str, columns: Sequence[str], file: str) -> str:
    if column not in columns:
        raise DataError(
            f"{file} has no column {column!r}, which --map {field}={column} asks for; "
            f"its columns are {column_list(columns)}; of one file alone it is "
            f"--map items:{field}={column} or events:{field}={column}"
        )
    return column


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
