"""`read_items`: a catalogue file to a `Catalog`, and the rejected rows with reasons."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import polars as pl

from shelftalker.data.catalog import Catalog
from shelftalker.data.files.cleaning import EMPTY, clean, clean_id
from shelftalker.data.files.columns import (
    EVENT_FIELDS,
    ITEM_FIELDS,
    match_columns,
    require,
    sniff_header,
)
from shelftalker.data.files.item_columns import catalog_of
from shelftalker.data.files.json_rows import json_object
from shelftalker.data.files.table import ROW, FileTable, Reject, as_text, encodable, rejects_frame
from shelftalker.data.files.tables import read_table


@dataclass(frozen=True, slots=True)
class ReadSummary:
    """Counts of the rows of a file. `columns`: our field → their column; `notes`: for people.

    `merged`: rows of a file of events that repeat an item already read.
    """

    rows_read: int
    kept: int
    rejected: int
    merged: int = 0
    columns: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        assert self.rows_read == self.kept + self.merged + self.rejected, self


@dataclass(frozen=True, slots=True)
class ItemsRead:
    """A catalogue, the rejected rows (columns file, row, field, reason, value) and the counts."""

    catalog: Catalog
    rejects: pl.DataFrame
    summary: ReadSummary


def read_items(path: Path, field_map: Mapping[str, str] | None = None) -> ItemsRead:
    """Read a catalogue file. `field_map`: our field → their column, for unusual names.

    A field that is not one of ours becomes an attribute. Raises `DataError` for a file that is
    unreadable, binary, empty, or without a column for `id` or `title`.
    """
    field_map = field_map or {}
    table = _spread_attributes(read_table(path, partial(sniff_header, field_map=field_map)))
    matched = match_columns(table.columns, ITEM_FIELDS, field_map, table.name)
    events = match_columns(table.columns, EVENT_FIELDS, {}, table.name)
    if "user" in events and "id" not in matched and "title" in matched:
        ids = [title_id(title) for title in _texts(table, matched, "title")]
    else:
        require(matched, ["id", "title"], table.columns, table.name)
        ids = without_point_zero([clean_id(value) for value in _texts(table, matched, "id")])
    lists_events = "user" in events and ("id" not in matched or len(set(ids)) < len(ids))
    titles = [_title(text) for text in _texts(table, matched, "title")]
    kept, rejected, merged = _check_rows(table, ids, titles, merge=lists_events)
    ignored = set(events.values()) | _varying(table, ids) if lists_events else set()
    catalog, notes = catalog_of(table, matched, field_map, ignored, ids, titles, kept)
    rejects = pl.concat([table.rejects, rejects_frame(rejected)]).sort("row")
    summary = ReadSummary(
        table.rows_read, len(catalog), len(rejects), merged, matched, [*table.notes, *notes]
    )
    return ItemsRead(catalog, rejects, summary)


def title_id(title: str | None) -> str:
    """An id made from the title, for files without ids: the same for items and events."""
    text = clean(title or "")
    return "t" + hashlib.sha1(text.encode()).hexdigest()[:12] if text not in EMPTY else ""


def _spread_attributes(table: FileTable) -> FileTable:
    """The table with a column for each key of `attributes`, which our own files hold as JSON."""
    if "attributes" not in table.columns:
        return table
    objects = [json_object(text or "") for text in table.frame["attributes"]]
    names = dict.fromkeys(name for each in objects if each for name in each)
    if not names or set(names) & set(table.frame.columns):
        return table
    spread = [
        pl.Series(encodable(name), [as_text((each or {}).get(name)) for each in objects], pl.String)
        for name in names
    ]
    return replace(table, frame=table.frame.drop("attributes").with_columns(spread))


def without_point_zero(ids: list[str]) -> list[str]:
    """The ids without `.0`, if all of them end in it: they were stored as floats."""
    given = [value for value in ids if value]
    if given and all(re.fullmatch(r"\d+\.0", value) for value in given):
        return [value.removesuffix(".0") for value in ids]
    return ids


def _texts(table: FileTable, matched: Mapping[str, str], name: str) -> list[str | None]:
    if name not in matched:
        return [None] * len(table.frame)
    values: list[str | None] = table.frame[matched[name]].to_list()
    return values


def _varying(table: FileTable, ids: list[str]) -> set[str]:
    """Columns that differ between rows of the same item, and so do not describe items."""
    repeated = (
        table.frame.drop(ROW)
        .with_columns(pl.Series("_id", ids))
        .filter(pl.col("_id").is_duplicated())
        .group_by("_id")
        .agg(pl.all().drop_nulls().n_unique() > 1)
        .drop("_id")
    )
    if repeated.is_empty():
        return set()
    return {name for name in repeated.columns if repeated[name].sum() > 0.2 * len(repeated)}


def _title(text: str | None) -> str:
    title = clean(text or "")
    return "" if title in EMPTY else title


def _structure(title: str) -> str:
    """The kind of JSON that a title is instead of text, or empty: `{"en": "Heat"}` is an object,
    `["Heat"]` a list, `[REC]` is a title."""
    if not re.match(r"[{\[]", title):
        return ""
    try:
        value = json.loads(title)
    except (ValueError, RecursionError):
        return ""
    if isinstance(value, dict):
        return "an object"
    return "a list" if any(isinstance(member, str | dict) for member in value) else ""


def _check_rows(
    table: FileTable, ids: list[str], titles: list[str], merge: bool
) -> tuple[list[int], list[Reject], int]:
    """Positions of the rows to keep, the rejected rows, and the number of merged ones."""
    kept: list[int] = []
    rejected: list[Reject] = []
    seen: set[str] = set()
    merged = 0
    for place, row in enumerate(table.frame[ROW].to_list()):
        if not titles[place]:
            rejected.append((table.name, row, "title", "no title", ids[place]))
        elif kind := _structure(titles[place]):
            reason = f"the title is {kind}, not text"
            rejected.append((table.name, row, "title", reason, titles[place]))
        elif not ids[place]:
            rejected.append((table.name, row, "id", "no id", titles[place]))
        elif ids[place] not in seen:
            seen.add(ids[place])
            kept.append(place)
        elif merge:
            merged += 1
        else:
            reason = "the id was given before; the first row counts"
            rejected.append((table.name, row, "id", reason, ids[place]))
    return kept, rejected, merged
