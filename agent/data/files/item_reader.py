"""`read_items`: a file of items to a `Catalog`, with the refused rows and why."""

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
    required,
    resolved,
    sniff_header,
)
from shelftalker.data.files.item_columns import catalog_of
from shelftalker.data.files.json_rows import json_object
from shelftalker.data.files.table import ROW, FileTable, Refusal, as_text, encodable, rejects_frame
from shelftalker.data.files.tables import read_table


@dataclass(frozen=True, slots=True)
class ReadSummary:
    """What became of the rows. `columns`: our field → their column. `notes`: what to tell people.

    `merged` counts rows that repeat an item already read where a file lists events, not items.
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
    """A catalogue, the refused rows (columns file, row, field, reason, value) and the counts."""

    catalog: Catalog
    rejects: pl.DataFrame
    summary: ReadSummary


def read_items(path: Path, field_map: Mapping[str, str] | None = None) -> ItemsRead:
    """Read a catalogue file. `field_map`: our field → their column, for unusual names.

    A field of another name than ours becomes an attribute of that name. Raises `DataError` when
    the file is unreadable, binary, empty, or lacks a column for `id` or `title`.
    """
    field_map = field_map or {}
    table = _unpacked(read_table(path, partial(sniff_header, field_map=field_map)))
    found = resolved(table.columns, ITEM_FIELDS, field_map, table.name)
    events = resolved(table.columns, EVENT_FIELDS, {}, table.name)
    if "user" in events and "id" not in found and "title" in found:
        ids = [title_id(title) for title in _texts(table, found, "title")]
    else:
        required(found, ["id", "title"], table.columns, table.name)
        ids = without_point_zero([clean_id(value) for value in _texts(table, found, "id")])
    lists_events = "user" in events and ("id" not in found or len(set(ids)) < len(ids))
    titles = [_title(text) for text in _texts(table, found, "title")]
    kept, refused, merged = _sorted_out(table, ids, titles, merge=lists_events)
    ignored = set(events.values()) | _varying(table, ids) if lists_events else set()
    catalog, notes = catalog_of(table, found, field_map, ignored, ids, titles, kept)
    rejects = pl.concat([table.rejects, rejects_frame(refused)]).sort("row")
    summary = ReadSummary(
        table.rows_read, len(catalog), len(rejects), merged, found, [*table.notes, *notes]
    )
    return ItemsRead(catalog, rejects, summary)


def title_id(title: str | None) -> str:
    """The id of an item that has only a title: stable, and equal in items and events."""
    text = clean(title or "")
    return "t" + hashlib.sha1(text.encode()).hexdigest()[:12] if text not in EMPTY else ""


def _unpacked(table: FileTable) -> FileTable:
    """The table with its `attributes` column of JSON objects, as in our own files, spread out."""
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
    """Ids without the `.0` that a float column has given to every one of them."""
    given = [value for value in ids if value]
    if given and all(re.fullmatch(r"\d+\.0", value) for value in given):
        return [value.removesuffix(".0") for value in ids]
    return ids


def _texts(table: FileTable, found: Mapping[str, str], name: str) -> list[str | None]:
    if name not in found:
        return [None] * len(table.frame)
    values: list[str | None] = table.frame[found[name]].to_list()
    return values


def _varying(table: FileTable, ids: list[str]) -> set[str]:
    """Columns that differ between the rows of many an item, and so state nothing about items."""
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
    """What JSON a title is instead of text: `{"en": "Heat"}`, `["Heat"]`; `[REC]` is a title."""
    if not re.match(r"[{\[]", title):
        return ""
    try:
        value = json.loads(title)
    except (ValueError, RecursionError):
        return ""
    if isinstance(value, dict):
        return "an object"
    return "a list" if any(isinstance(member, str | dict) for member in value) else ""


def _sorted_out(
    table: FileTable, ids: list[str], titles: list[str], merge: bool
) -> tuple[list[int], list[Refusal], int]:
    """Places of the rows to keep, the refused ones, and how many merely repeat an item."""
    kept: list[int] = []
    refused: list[Refusal] = []
    seen: set[str] = set()
    merged = 0
    for place, row in enumerate(table.frame[ROW].to_list()):
        if not titles[place]:
            refused.append((table.name, row, "title", "no title", ids[place]))
        elif kind := _structure(titles[place]):
            reason = f"the title is {kind}, not text"
            refused.append((table.name, row, "title", reason, titles[place]))
        elif not ids[place]:
            refused.append((table.name, row, "id", "no id", titles[place]))
        elif ids[place] not in seen:
            seen.add(ids[place])
            kept.append(place)
        elif merge:
            merged += 1
        else:
            reason = "the id was given before; the first row counts"
            refused.append((table.name, row, "id", reason, ids[place]))
    return kept, refused, merged
