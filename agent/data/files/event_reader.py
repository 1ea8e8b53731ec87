"""`read_events`: interaction files to one frame of events, and the rejected rows with reasons.

After a file is split into fields, all work is done on whole columns, so a million rows take
seconds. Ratings are scaled to five stars, times are converted to Unix seconds.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from shelftalker.data.events import EVENT_COLUMNS, KINDS
from shelftalker.data.files.cleaning import EMPTY, clean_ids, matches_any
from shelftalker.data.files.columns import classes_in, column_list, require
from shelftalker.data.files.event_checks import check_events
from shelftalker.data.files.event_kinds import kinds, tell_missing
from shelftalker.data.files.item_reader import title_id
from shelftalker.data.files.known_items import KnownItems
from shelftalker.data.files.layouts import NONE
from shelftalker.data.files.numbers import in_column
from shelftalker.data.files.source import NO_OPTIONS, ReadOptions, Source, open_source
from shelftalker.data.files.table import REJECTS, ROW, FileTable, RowsRead
from shelftalker.data.files.times import read_times
from shelftalker.data.progress import Progress
from shelftalker.errors import DataError

RAW = {
    "file": pl.String, ROW: pl.Int64, **EVENT_COLUMNS, "why": pl.String,
    "kind_text": pl.String, "value_text": pl.String, "time_text": pl.String,
}  # fmt: skip
"""Columns of events before they are checked; `why`: the reason why a title has no item."""


def read_events(
    paths: Sequence[Path],
    known: KnownItems,
    options: ReadOptions = NO_OPTIONS,
    progress: Progress | None = None,
) -> RowsRead:
    """Read interaction files as one log, with columns user, item, kind, value and time (Unix
    seconds); later files follow earlier ones.

    In the `field_map` of the options `kind` may also be one kind for all rows, such as `purchase`.
    Events on items that are not known are rejected. Events without a time get their position in
    the log as time. Raises `DataError` for a file that is unreadable, binary, empty, or without a
    column for `user` or `item`.
    """
    log = FileTable("", pl.DataFrame(schema=RAW), pl.DataFrame(schema=REJECTS))
    columns, layout = {}, ""
    for done, path in enumerate(paths):
        if progress:
            progress(done, len(paths), f"reading {path.name}")
        source = _read_file(path, options, known)
        log.frame = pl.concat([log.frame, source.table.frame])
        log.rejects = pl.concat([log.rejects, source.table.rejects])
        log.notes += source.table.notes
        log.left_out += source.table.left_out
        columns = {c: name for name, c in source.matched.items() if not c.startswith("@")}
        layout = source.layout.name
    taken = check_events(log, known)
    frame = log.frame.select(pl.col(name).cast(dtype) for name, dtype in EVENT_COLUMNS.items())
    if progress:
        progress(len(paths), len(paths), f"{len(frame):,} events read")
    return RowsRead(frame, log.rejects, log.summary(len(frame), columns, taken, layout))


def _read_file(path: Path, options: ReadOptions, known: KnownItems) -> Source:
    """A file whose table has the columns `RAW`."""
    constant = options.field_map.get("kind")
    constant = constant if constant in KINDS else None
    if constant:
        options = replace(options, field_map={**options.field_map, "kind": ""})
    source = open_source(path, options, "events")
    table, layout = source.table, source.layout
    if {"history", "impressions"} <= set(table.columns):
        return _mind_impressions(source)
    _find_item_column(source, known)
    _check_columns(source, options)
    tell_missing(source, constant)
    for column, patterns in layout.ignore.items():
        if column in table.columns:
            ignored = matches_any(table.frame[column], patterns)
            table.leave_out(pl.lit(ignored), f", by column {column}")
    nested = any("." in column for column in table.columns)
    item, why = _items(source, known)
    raw = table.frame.select(
        pl.lit(table.name).alias("file"), ROW,
        item.alias("item"), why.alias("why"), _users(source, options).alias("user"),
    )  # fmt: skip
    raw = kinds(source, _with_numbers(source, options, raw), constant)
    table.frame = raw.select(pl.col(name).cast(dtype) for name, dtype in RAW.items())
    if layout.anonymous:
        table.leave_out(pl.col("user") == "", ": they have no user")
    if nested:
        table.leave_out(pl.col("item").fill_null("") == "", ": they name no item")
    silent = pl.col("kind") == ""
    words = table.frame.filter(silent)["kind_text"].unique().sort().to_list()
    table.leave_out(silent, f", for they say nothing about taste: {', '.join(words)}")
    return source


def _find_item_column(source: Source, known: KnownItems) -> None:
    """Where no column is called like an item's id: the one whose values are ids of the catalogue,
    else the one that is called `product` or the like, which may hold titles too."""
    if "item" in source.matched:
        return
    table = source.table
    free = [column for column in table.columns if column not in source.matched.values()]
    column, field = known.column_of_ids(table.frame.select(free)), "item"
    if column:
        table.notes.append(
            f"column {column!r} is read as the item: its values are ids of the catalogue"
        )
    elif "title" not in source.matched:
        column = next((one for one in free if classes_in(one) == {"item"}), None)
        if column and known.are_titles(table.frame[column]):
            field = "title"
    if column:
        source.matched[field] = column


def _check_columns(source: Source, options: ReadOptions) -> None:
    """Raise `DataError` without a column for the user, or for the item or its title."""
    table, matched = source.table, source.matched
    if "item" not in matched and "title" not in matched:
        needed = ["item"] if options.user else ["user", "item"]
        require(matched, needed, source.original, table.name)
    if "user" not in matched and not options.user:
        raise DataError(
            f"{table.name} has no column for user; its columns are "
            f"{column_list(source.original)}; say which one it is with --map user=COLUMN, or, if "
            "all rows are of one person, who that is with --user NAME"
        )


def _users(source: Source, options: ReadOptions) -> pl.Series:
    table = source.table
    if user := source.matched.get("user"):
        others = [] if source.layout.name else table.columns
        same = [c for c in others if classes_in(c) == {"person", "id"} and c != user]
        columns = [pl.col(c).replace("", None) for c in (user, *same)]
        return clean_ids(table.frame.select(pl.coalesce(columns)).to_series())
    table.notes.append("no column for user: all rows are of the one that --user names")
    return pl.Series([options.user]).new_from_index(0, len(table.frame))


def _items(source: Source, known: KnownItems) -> tuple[pl.Series, pl.Series]:
    """The item of each row, and why a title has none."""
    matched, notes = source.matched, source.table.notes
    none = source.table.texts(None)
    by_id = "item" in matched
    item = known.by_id(clean_ids(source.texts("item")), notes) if by_id else none
    if "title" not in matched:
        return item, none
    titles = pl.DataFrame([source.texts(n).alias(n) for n in ("title", "year", "maker")])
    if not by_id:
        made = map(title_id, titles["title"], titles["maker"])
        item = pl.Series(list(made), dtype=pl.String)
    missing = ~item.is_in(known.ids.implode())
    if not missing.any():
        return item, none
    by_title, why = known.by_title(titles.filter(missing))
    place = missing.arg_true()
    shown = item if by_id else titles["title"]
    item = item.scatter(place, by_title.fill_null(shown.filter(missing)).to_list())
    if found := by_title.count():
        notes.append(f"{found} rows are matched with items by their titles")
    return item, none if by_id else none.scatter(place, why.to_list())


def _with_numbers(source: Source, options: ReadOptions, raw: pl.DataFrame) -> pl.DataFrame:
    """The rows with `value` and `time` as numbers, and both as they were written."""
    empty = dict.fromkeys(EMPTY)
    value_text, time_text = (
        source.texts(name).str.strip_chars().replace(empty) for name in ("value", "time")
    )
    value, comma = value_text, source.marks.decimal == ","
    if in_column(value.head(2000).to_list(), source.marks).decimal == ",":
        value = value.str.replace(",", ".", literal=True)
    time, note = read_times(time_text, options.dates, comma=comma)
    source.table.notes += [note] if note else []
    return raw.with_columns(
        value.cast(pl.Float64, strict=False).alias("value"),
        time.alias("time"),
        value_text=value_text,
        time_text=time_text,
    )


def _mind_impressions(source: Source) -> Source:
    """MIND's behaviors.tsv: earlier clicks (`history`), then the items shown, clicked or not."""
    table = source.table
    null = pl.lit(None)
    base = table.frame.with_columns(
        read_times(table.frame["time"])[0].alias("time"),
        file=pl.lit(table.name), user="user_id", time_text="time",
        why=null, kind_text=null, value_text=null, value=null,
    )  # fmt: skip
    shown = base.with_columns(item=pl.col("impressions").str.split(" ")).explode("item")
    clicked = pl.col("item").str.ends_with("-1")
    shown = shown.with_columns(
        kind=pl.when(clicked).then(pl.lit("click")).otherwise(pl.lit("skip")),
        item=pl.col("item").str.replace(r"-[01]$", ""),
    )
    before = base.unique("user_id", keep="first", maintain_order=True).with_columns(
        item=pl.col("history").str.split(" "), kind=pl.lit("click"), time=null, time_text=null
    )
    before = before.explode("item").filter(pl.col("item").is_not_null() & (pl.col("item") != ""))
    parts = [f.select(pl.col(n).cast(t) for n, t in RAW.items()) for f in (before, shown)]
    table.frame = pl.concat(parts)
    table.notes.append("MIND impressions: every shown item is an event, click or skip")
    return replace(
        source, layout=NONE, matched={"user": "user_id", "item": "impressions", "time": "time"}
    )
