"""`read_items`: a catalogue file to a `Catalog`, and the rejected rows with reasons."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from shelftalker.data.catalog import Catalog
from shelftalker.data.files.cleaning import EMPTY, clean, clean_id
from shelftalker.data.files.columns import match_columns, require
from shelftalker.data.files.item_columns import ItemColumns
from shelftalker.data.files.item_rows import ALIASES, ItemRows, texts_of_field
from shelftalker.data.files.source import ReadOptions, Source, as_options, open_source
from shelftalker.data.files.speakable import agrees_on_items, changes_with_people
from shelftalker.data.files.table import ROW, FileTable, Reject, rejects_frame
from shelftalker.data.files.vocabulary import classes_in, key, vocabulary


@dataclass(frozen=True, slots=True)
class ReadSummary:
    """Counts of the rows of a file. `columns`: column → our field, `attribute NAME`, or why it is
    left out; `notes`: for people.

    `merged`: rows that repeat an item already read, as its variants or in a file of events;
    `left_out`: rows that say nothing by their nature, such as the impressions of a log.
    """

    rows_read: int
    kept: int
    rejected: int
    merged: int = 0
    columns: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    left_out: int = 0
    layout: str = ""

    def __post_init__(self) -> None:
        total = self.kept + self.merged + self.rejected + self.left_out
        assert self.rows_read == total, self


@dataclass(frozen=True, slots=True)
class ItemsRead:
    """A catalogue, the rejected rows (columns file, row, field, reason, value), the counts, and
    other ids of the items (columns alias, item)."""

    catalog: Catalog
    rejects: pl.DataFrame
    summary: ReadSummary
    aliases: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ALIASES))


def read_items(path: Path, options: ReadOptions | Mapping[str, str] | None = None) -> ItemsRead:
    """Read a catalogue file. A field of `options.field_map` that is not one of ours becomes an
    attribute. Raises `DataError` for a file that is unreadable, binary, empty, or without a column
    for `title`, or for `id` where rows are not told apart by their titles."""
    options = as_options(options)
    source = _with_series(_with_unit_prices(open_source(path, options, "items")))
    layout, matched = source.layout, source.matched
    events = match_columns(source.original, vocabulary().event_fields, {}, source.table.name)
    in_log = bool(_OWN & events.keys()) or bool(layout and layout.items and layout.events)
    in_log = in_log or classes_in(events.get("time", "")) == {"deed", "date"}
    in_log = in_log or "me" in classes_in(events.get("value", ""))
    rows = ItemRows(source, _ids(source, in_log))
    variants = bool(layout and layout.merge is True) or ("variant" in matched and not in_log)
    if variants:
        rows.resolve_parents()
    aliases = rows.aliases()
    rows.refuse_spoilt()
    rows.leave_out_ignored()
    repeated = len(set(rows.ids)) < len(rows.ids)
    sales = in_log and (repeated or "id" not in matched)
    varying = _varying(rows.table, rows.ids) - set(matched.values()) if sales else set()
    if in_log and (sales or _DEEDS & events.keys()):
        varying |= {events[name] for name in _OF_EVENTS & events.keys()} - set(matched.values())
    ignored = dict.fromkeys(varying, "event")
    people, same = _by_person(rows, events) if in_log else (set(), set())
    ignored |= dict.fromkeys(people, "people")
    if repeated and (variants or sales):
        rows.merge(sales=sales)
    titles = [_title(text) for text in rows.texts("title")]
    kept, refused = _check_rows(rows.table, rows.ids, titles)
    source = replace(source, table=rows.table)
    columns = ItemColumns(source, options, ignored, in_log or sales, same)
    catalog = columns.catalog(rows.ids, titles, kept)
    rejects = pl.concat([rows.table.rejects, rejects_frame([*rows.rejected, *refused])])
    total = len(catalog) + len(rejects) + rows.merged + rows.left_out
    notes = [*rows.table.notes, *rows.notes, *columns.notes]
    summary = ReadSummary(
        *(total, len(catalog), len(rejects), rows.merged, columns.plan, notes, rows.left_out),
        layout.name if layout else "",
    )
    known = aliases.filter(pl.col("item").is_in(catalog.ids))
    return ItemsRead(catalog, rejects.sort("row"), summary, known)


def _with_series(source: Source) -> Source:
    """The source with episodes grouped by the id of their series."""
    known, by_key = vocabulary(), {key(column): column for column in source.table.columns}
    series = [by_key[name] for name in known.series if name in by_key]
    if not series or "group" in source.matched or not known.of_episodes & by_key.keys():
        return source
    return replace(source, matched={**source.matched, "group": series[0]})


def _with_unit_prices(source: Source) -> Source:
    """The source without the prices in rows of several pieces, which may be the sum of all."""
    table, price = source.table, source.matched.get("price", "")
    counts = match_columns(
        table.columns, {"quantity": vocabulary().event_fields["quantity"]}, {}, table.name
    )
    if source.layout or not counts or not price or _UNIT.search(price):
        return source
    user = match_columns(table.columns, {"user": vocabulary().event_fields["user"]}, {}, "")
    single = pl.col(counts["quantity"]).cast(pl.Float64, strict=False).abs() == 1
    alone = pl.when(single).then(pl.col(price)).alias(price)
    return (
        replace(source, table=replace(table, frame=table.frame.with_columns(alone)))
        if user
        else source
    )


_UNIT = re.compile("(?i)unit|einzel|stück|per piece|单价")
_OWN = frozenset({"user", "completion", "played", "skipped", "dwell"})
"""Fields that only a file about what somebody did has."""
_DEEDS = frozenset({"quantity", "completion", "played", "skipped", "dwell"})
"""Fields that only what somebody did has."""
_OF_EVENTS = _DEEDS | {"value", "time"}


def title_id(title: str | None, maker: str | None = "") -> str:
    """An id made from the title and maker, for files without ids: the same for items and events."""
    text = clean(title or "")
    named = f"{text}\x1f{clean(maker)}" if maker else text
    return "t" + hashlib.sha1(named.encode()).hexdigest()[:12] if text not in EMPTY else ""


def _ids(source: Source, in_log: bool) -> list[str]:
    """The ids; in a log without item ids, those made from the titles."""
    table, matched = source.table, source.matched
    if not in_log or "id" in matched or "title" not in matched:
        require(matched, ["id", "title"], source.original, table.name)
        return without_point_zero(
            [clean_id(value) for value in texts_of_field(table, matched["id"])]
        )
    titles = texts_of_field(table, matched["title"])
    return list(map(title_id, titles, texts_of_field(table, "@artist")))


def _by_person(rows: ItemRows, events: Mapping[str, str]) -> tuple[set[str], set[str]]:
    """Columns of a log that change with the person, and those that agree about each item."""
    if "user" not in events or events["user"] not in rows.table.columns:
        return set(), set()
    frame = rows.table.frame.with_columns(pl.Series("@item", rows.ids))
    names = set(rows.source.original) & set(frame.columns) - {events["user"]}
    names -= rows.source.used()
    by = events["user"], "@item"
    people = {name for name in names if changes_with_people(frame, name, *by)}
    return people, {name for name in names if agrees_on_items(frame, name, *by)}


def without_point_zero(ids: list[str]) -> list[str]:
    """The ids without `.0`, if all of them end in it: they were stored as floats."""
    given = [value for value in ids if value]
    if given and all(re.fullmatch(r"\d+\.0", value) for value in given):
        return [value.removesuffix(".0") for value in ids]
    return ids


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
    table: FileTable, ids: list[str], titles: list[str]
) -> tuple[list[int], list[Reject]]:
    """Positions of the rows to keep, and the rejected rows."""
    kept: list[int] = []
    rejected: list[Reject] = []
    seen: set[str] = set()
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
        else:
            reason = "the id was given before; the first row counts"
            rejected.append((table.name, row, "id", reason, ids[place]))
    return kept, rejected
