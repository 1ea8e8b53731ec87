"""`read_events`: interaction files to one frame of events, and the rejected rows with reasons.

After a file is split into fields, all work is done on whole columns, so a million rows take
seconds. Ratings are scaled to five stars, times are converted to Unix seconds.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from shelftalker.data.events import EVENT_COLUMNS, KINDS
from shelftalker.data.files.columns import column_list, require
from shelftalker.data.files.event_checks import check_events, clean_ids, map_distinct, matches_any
from shelftalker.data.files.event_kinds import kinds, tell_missing
from shelftalker.data.files.item_reader import ReadSummary, title_id
from shelftalker.data.files.known_items import KnownItems
from shelftalker.data.files.numbers import in_column
from shelftalker.data.files.returns import tell_repeated, tell_test_rows, without_returned
from shelftalker.data.files.source import ReadOptions, Source, as_options, open_source
from shelftalker.data.files.table import ROW
from shelftalker.data.files.times import read_times
from shelftalker.data.files.vocabulary import classes_in
from shelftalker.data.progress import Progress
from shelftalker.errors import DataError

RAW = {
    "file": pl.String, ROW: pl.Int64, **EVENT_COLUMNS, "why": pl.String,
    "kind_text": pl.String, "value_text": pl.String, "time_text": pl.String,
}  # fmt: skip
"""Columns of events before they are checked; `why`: the reason why a title has no item."""
_NO_VALUES = ["", "nan", "NaN", "null", "NULL", "None", "\\N", "N/A"]


@dataclass(frozen=True, slots=True)
class EventsRead:
    """`frame`: columns user, item, kind, value, time (Unix seconds), in the order of the files;
    `rejects`: columns file, row, field, reason, value."""

    frame: pl.DataFrame
    rejects: pl.DataFrame
    summary: ReadSummary


def read_events(
    paths: Sequence[Path],
    options: ReadOptions | Mapping[str, str] | None = None,
    known_items: KnownItems | Collection[str] | None = None,
    progress: Progress | None = None,
) -> EventsRead:
    """Read interaction files as one log; later files follow earlier ones.

    In the `field_map` of the options `kind` may also be one kind for all rows, such as `purchase`.
    Events on items that are not known are rejected. Events without a time get their position in
    the log as time. Raises `DataError` for a file that is unreadable, binary, empty, or without a
    column for `user` or `item`.
    """
    known = known_items
    if known is not None and not isinstance(known, KnownItems):
        known = KnownItems(known)
    parts = []
    for done, path in enumerate(paths):
        if progress:
            progress(done, len(paths), f"reading {path.name}")
        parts.append(_read_file(path, as_options(options), known))
    notes = [note for part in parts for note in part.notes]
    raw = pl.concat([part.raw for part in parts])
    left_out = sum(part.left_out for part in parts)
    rows = len(raw) + left_out + sum(len(part.rejects) for part in parts)
    events, rejected = check_events(raw, known, notes)
    rejects = pl.concat([*(part.rejects for part in parts), *rejected])
    events, taken = without_returned(events, notes)
    tell_repeated(events, notes)
    tell_test_rows(events, notes)
    frame = events.select([pl.col(name).cast(dtype) for name, dtype in EVENT_COLUMNS.items()])
    if progress:
        progress(len(paths), len(paths), f"{len(frame):,} events read")
    columns = parts[-1].columns if parts else {}
    summary = ReadSummary(
        *(rows, len(frame), len(rejects), taken, columns, notes, left_out),
        layout=parts[-1].layout if parts else "",
    )
    return EventsRead(frame, rejects, summary)


@dataclass(frozen=True, slots=True)
class _FileEvents:
    raw: pl.DataFrame
    rejects: pl.DataFrame
    columns: dict[str, str]
    notes: list[str]
    left_out: int = 0
    layout: str = ""


def _read_file(path: Path, options: ReadOptions, known: KnownItems | None) -> _FileEvents:
    constant = options.field_map.get("kind")
    constant = constant if constant in KINDS else None
    if constant:
        options = replace(options, field_map={**options.field_map, "kind": ""})
    source = open_source(path, options, "events")
    notes = list(source.table.notes)
    if {"history", "impressions"} <= set(source.table.columns):
        return _mind_impressions(source)
    source = _with_item_column(source, known, notes)
    table, matched = source.table, source.matched
    _check_columns(source, options)
    tell_missing(source, constant, notes)
    source, left_out = _without_ignored(source, notes)
    frame = source.table.frame
    item, why = _items(source, known, notes)
    file = pl.Series([table.name]).new_from_index(0, len(frame))
    raw = pl.DataFrame({"file": file, ROW: frame[ROW], "item": item, "why": why})
    raw = raw.with_columns(_users(source, options, notes).alias("user"))
    raw = kinds(source, _with_numbers(source, options, raw, notes), constant, notes)
    raw = raw.select([pl.col(name).cast(dtype) for name, dtype in RAW.items()])
    anonymous = pl.col("user") == ""
    if source.layout and source.layout.anonymous and (count := len(raw.filter(anonymous))):
        notes.append(f"{count} rows left out: they have no user")
        raw, left_out = raw.filter(~anonymous), left_out + count
    if any("." in column for column in table.columns):
        bare = pl.col("item").fill_null("") == ""
        if count := len(raw.filter(bare)):
            notes.append(f"{count} rows left out: they name no item")
        raw, left_out = raw.filter(~bare), left_out + count
    silent = pl.col("kind") == ""
    if count := len(raw.filter(silent)):
        words = raw.filter(silent)["kind_text"].unique().sort().to_list()
        notes.append(f"{count} rows left out, for they say nothing about taste: {', '.join(words)}")
        raw, left_out = raw.filter(~silent | silent.is_null()), left_out + count
    columns = {column: name for name, column in matched.items() if not column.startswith("@")}
    name = source.layout.name if source.layout else ""
    return _FileEvents(raw, table.rejects, columns, notes, left_out + table.left_out, name)


def _with_item_column(source: Source, known: KnownItems | None, notes: list[str]) -> Source:
    """Where no column is called like an item's id: the one whose values are ids of the catalogue,
    else the one that is called `product` or the like, which may hold titles too."""
    if "item" in source.matched:
        return source
    frame, used = source.table.frame, source.matched.values()
    free = [column for column in source.table.columns if column not in used]
    column, field = known.column_of_ids(frame.select(free)) if known else None, "item"
    if column:
        notes.append(f"column {column!r} is read as the item: its values are ids of the catalogue")
    elif "title" not in source.matched:
        column = next((one for one in free if classes_in(one) == {"item"}), None)
        if column and known and known.are_titles(frame[column]):
            field = "title"
    return replace(source, matched={**source.matched, field: column}) if column else source


def _check_columns(source: Source, options: ReadOptions) -> None:
    """Raise `DataError` without a column for the user, or for the item or its title."""
    table, matched = source.table, source.matched
    if "item" not in matched and "title" not in matched:
        require(
            matched, ["item"] if options.user else ["user", "item"], source.original, table.name
        )
    if "user" not in matched and not options.user:
        raise DataError(
            f"{table.name} has no column for user; its columns are "
            f"{column_list(source.original)}; say which one it is with --map user=COLUMN, or, if "
            "all rows are of one person, who that is with --user NAME"
        )


def _users(source: Source, options: ReadOptions, notes: list[str]) -> pl.Series:
    frame = source.table.frame
    if user := source.matched.get("user"):
        others = [] if source.layout else source.table.columns
        same = [c for c in others if classes_in(c) == {"person", "id"} and c != user]
        columns = [pl.col(c).replace("", None) for c in (user, *same)]
        return clean_ids(frame.select(pl.coalesce(columns)).to_series())
    notes.append("no column for user: all rows are of the one that --user names")
    return pl.Series([options.user]).new_from_index(0, len(source.table.frame))


def _items(
    source: Source, known: KnownItems | None, notes: list[str]
) -> tuple[pl.Series, pl.Series]:
    """The item of each row, and why a title has none."""
    frame, matched = source.table.frame, source.matched
    none = pl.Series([None], dtype=pl.String).new_from_index(0, len(frame))
    item = clean_ids(frame[matched["item"]]) if "item" in matched else None
    if item is not None and known is not None:
        item = known.by_id(item, notes)
    if "title" not in matched or (item is not None and known is None):
        return (none if item is None else item), none
    titles = frame.select(
        (pl.col(matched[name]) if name in matched else pl.lit(None, pl.String)).alias(name)
        for name in ("title", "year", "maker")
    )
    if known is None:
        return map_distinct(titles["title"], title_id), none
    made = titles.unique().with_columns(
        pl.struct("title", "maker").map_elements(
            lambda row: title_id(row["title"], row["maker"]), pl.String
        ).alias("made")
    )  # fmt: skip
    made_ids = titles.join(
        made, on=titles.columns, how="left", nulls_equal=True, maintain_order="left"
    )["made"]
    if item is None:
        item = made_ids
    missing = ~item.is_in(known.ids.implode())
    if not missing.any():
        return item, none
    by_title, why = known.by_title(titles.filter(missing))
    if matched.get("item"):
        why = pl.Series([None] * len(why), dtype=pl.String)
    place = pl.Series(range(len(frame))).filter(missing)
    shown = titles["title"] if "item" not in matched else item
    item = item.scatter(place, by_title.fill_null(shown.filter(missing)).to_list())
    if found := int(by_title.is_not_null().sum()):
        notes.append(f"{found} rows are matched with items by their titles")
    return item, none.scatter(place, why.to_list())


def _with_numbers(
    source: Source, options: ReadOptions, raw: pl.DataFrame, notes: list[str]
) -> pl.DataFrame:
    """The rows with `value` and `time` as numbers, and both as they were written."""
    texts = {
        name: source.table.frame[source.matched[name]]
        .str.strip_chars()
        .replace(_NO_VALUES, [None] * len(_NO_VALUES))
        if name in source.matched
        else pl.Series([None], dtype=pl.String).new_from_index(0, len(raw))
        for name in ("value", "time")
    }
    value = texts["value"]
    if in_column(value.head(2000).to_list(), source.marks).decimal == ",":
        value = value.str.replace(",", ".", literal=True)
    comma = source.marks.decimal == ","
    times = read_times(texts["time"], options.dates, comma=comma)
    notes += [times.note] if times.note else []
    return raw.with_columns(
        value.cast(pl.Float64, strict=False).alias("value"),
        times.seconds.alias("time"),
        value_text=texts["value"],
        time_text=texts["time"],
    )


def _without_ignored(source: Source, notes: list[str]) -> tuple[Source, int]:
    """The source without the rows that its layout leaves out, and their number."""
    table, total = source.table, 0
    for column, patterns in (source.layout.ignore if source.layout else {}).items():
        if column not in table.columns:
            continue
        left = table.frame.filter(~matches_any(table.frame[column], patterns))
        if count := len(table.frame) - len(left):
            notes.append(f"{count} rows left out, by column {column}")
            table, total = replace(table, frame=left), total + count
    return replace(source, table=table), total


def _mind_impressions(source: Source) -> _FileEvents:
    """MIND's behaviors.tsv: earlier clicks (`history`), then the items shown, clicked or not."""
    table = source.table
    base = table.frame.with_columns(
        pl.lit(table.name).alias("file"),
        pl.col("user_id").alias("user"),
        read_times(table.frame["time"]).seconds.alias("time"),
        pl.col("time").alias("time_text"),
        *(pl.lit(None, pl.String).alias(n) for n in ("why", "kind_text", "value_text")),
        value=pl.lit(None, pl.Float64),
    )
    shown = base.with_columns(item=pl.col("impressions").str.split(" ")).explode("item")
    clicked = pl.col("item").str.ends_with("-1")
    shown = shown.with_columns(
        kind=pl.when(clicked).then(pl.lit("click")).otherwise(pl.lit("skip")),
        item=pl.col("item").str.replace(r"-[01]$", ""),
    )
    before = base.unique("user_id", keep="first", maintain_order=True).with_columns(
        item=pl.col("history").str.split(" "), kind=pl.lit("click"),
        time=pl.lit(None, pl.Float64), time_text=pl.lit(None, pl.String),
    )  # fmt: skip
    before = before.explode("item").filter(pl.col("item").is_not_null() & (pl.col("item") != ""))
    raw = pl.concat([f.select(pl.col(n).cast(t) for n, t in RAW.items()) for f in (before, shown)])
    columns = {"user_id": "user", "impressions": "item", "time": "time"}
    notes = [*table.notes, "MIND impressions: every shown item is an event, click or skip"]
    return _FileEvents(raw, table.rejects, columns, notes)
