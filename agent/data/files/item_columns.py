"""Columns of a catalogue file to columns of a `Catalog`: prices, years, attributes, …"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import polars as pl

from shelftalker.data.catalog import SCHEMA, Catalog, Value
from shelftalker.data.files.attributes import attribute_values, availability, image, is_links, price
from shelftalker.data.files.cleaning import EMPTY, clean, clean_prose
from shelftalker.data.files.columns import (
    EVENT_FIELDS,
    ITEM_FIELDS,
    LEFT_OUT,
    attribute_name,
    column_list,
    key,
)
from shelftalker.data.files.table import ROW, FileTable
from shelftalker.errors import DataError

T = TypeVar("T")
MAX_ROWS_NAMED = 5
"""How many rows with unreadable values a note lists."""
_YEAR = re.compile(r"^(.*\S)\s*\((\d{4})\)$", re.S)
_LANGUAGE = re.compile(r"[a-z]{2,3}([-_][A-Za-z]{2,4})?")


def catalog_of(
    table: FileTable,
    matched: Mapping[str, str],
    field_map: Mapping[str, str],
    ignored: set[str],
    ids: list[str],
    titles: list[str],
    kept: list[int],
) -> tuple[Catalog, list[str]]:
    """The rows at the positions `kept` as a catalogue, and notes for people.

    `matched`: our field → their column; `ignored`: columns that do not describe items.
    """
    notes: list[str] = []
    frame = table.frame[kept]
    titles, years = _without_year([titles[place] for place in kept])

    def column(name: str) -> list[str | None]:
        return [None] * len(kept) if name not in matched else frame[matched[name]].to_list()

    def read(name: str, parse: Callable[[str], T | None]) -> list[T | None]:
        rows = frame[ROW].to_list()
        return _read(column(name), rows, parse, name, field_map.get(name), notes)

    languages, spoken = _languages(column("language"))
    attributes = _attributes(frame, matched, field_map, ignored, notes)
    if any(years):
        attributes = {"year": years, **attributes}
    if any(spoken):
        attributes["languages"] = spoken
    data = {
        "id": [ids[place] for place in kept],
        "title": titles,
        "text": [_prose(text) for text in column("text")],
        "attributes": _as_json(attributes, len(kept)),
        "price": read("price", price),
        "image": read("image", image),
        "language": languages,
        "available": [value is not False for value in read("available", availability)],
    }
    return Catalog(pl.DataFrame(data, schema=SCHEMA)), notes


def _prose(text: str | None) -> str:
    return "" if text is None or text.strip() in EMPTY else clean_prose(text)


def _without_year(titles: list[str]) -> tuple[list[str], list[Value | None]]:
    """Titles without a trailing "(1995)", and the years, if most titles end in one."""
    dated = [_YEAR.match(title) for title in titles]
    if sum(map(bool, dated)) < 0.8 * len(titles) or not titles:
        return titles, [None] * len(titles)
    plain = [m[1] if m else title for m, title in zip(dated, titles, strict=True)]
    return plain, [int(m[2]) if m else None for m in dated]


def _languages(values: list[str | None]) -> tuple[list[str | None], list[Value | None]]:
    """Language codes, if all values are codes; else language names, as an attribute."""
    none: list[None] = [None] * len(values)
    codes = [None if not v or v.strip() in EMPTY else v.strip() for v in values]
    if all(_LANGUAGE.fullmatch(code) for code in codes if code):
        return [*codes], [*none]
    return [*none], attribute_values("languages", "", values)


def _attributes(
    frame: pl.DataFrame,
    matched: Mapping[str, str],
    field_map: Mapping[str, str],
    ignored: set[str],
    notes: list[str],
) -> dict[str, list[Value | None]]:
    """All other columns as attributes; links and ids of other systems are left out, with a note."""
    renamed = {c: f for f, c in field_map.items() if f not in ITEM_FIELDS and f not in EVENT_FIELDS}
    for column, name in renamed.items():
        if column not in frame.columns:
            raise DataError(
                f"no column {column!r}, which --map {name}={column} asks for; "
                f"the columns are {column_list(frame.columns[1:])}"
            )
    attributes: dict[str, list[Value | None]] = {}
    left_out: list[str] = []
    for column in frame.columns:
        if column == ROW or column in matched.values() or column in ignored:
            continue
        values = frame[column].to_list()
        foreign = key(column) in LEFT_OUT or _are_clicks(column, values) or is_links(values)
        if column not in renamed and foreign:
            left_out.append(column)
            continue
        name = renamed.get(column, attribute_name(column))
        attributes[name if name not in attributes else column] = attribute_values(
            name, column, values
        )
    notes += [f"column {column} becomes the attribute {name}" for column, name in renamed.items()]
    if left_out:
        notes.append(f"columns left out (links, foreign ids): {', '.join(left_out)}")
    return attributes


def _are_clicks(column: str, values: Sequence[str | None]) -> bool:
    """Whether a column `label` holds clicks (0 and 1); that of a music record is its company."""
    return key(column) == "label" and {value for value in values if value} <= {"0", "1"}


def _as_json(attributes: Mapping[str, Sequence[Value | None]], count: int) -> list[str]:
    names = list(attributes)
    if not names:
        return ["{}"] * count
    return [
        json.dumps(
            {name: v for name, v in zip(names, row, strict=True) if v is not None},
            ensure_ascii=False,
        )
        for row in zip(*attributes.values(), strict=True)
    ]


def _read(
    values: list[str | None],
    rows: list[int],
    parse: Callable[[str], T | None],
    name: str,
    mapped: str | None,
    notes: list[str],
) -> list[T | None]:
    """Parsed values. Unreadable ones are None, and a note gives their number and rows.

    Raises `DataError` if no value of a column named by `--map` can be read.
    """
    read: list[T | None] = []
    unread: list[tuple[int, str]] = []
    for row, value in zip(rows, values, strict=True):
        text = (value or "").strip()
        parsed = parse(text) if text not in EMPTY else None
        if parsed is None and text not in EMPTY:
            unread.append((row, text))
        read.append(parsed)
    if not unread:
        return read
    example = clean(unread[0][1])[:40]
    if mapped and not any(value is not None for value in read):
        raise DataError(
            f"--map {name}={mapped}: no value of that column can be read as {name}, "
            f"such as {example!r}; name another column, or leave {name} out"
        )
    where = ", ".join(str(row) for row, _ in unread[:MAX_ROWS_NAMED])
    more = ", …" if len(unread) > MAX_ROWS_NAMED else ""
    notes.append(
        f"{len(unread)} values of {name} not understood, left empty: "
        f"{example!r} … (row{'s' if len(unread) > 1 else ''} {where}{more})"
    )
    return read
