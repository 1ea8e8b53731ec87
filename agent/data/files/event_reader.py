"""`read_events`: interaction files to one frame of events, and the rejected rows with reasons.

After a file is split into fields, all work is done on whole columns, so a million rows take
seconds. Ratings are scaled to five stars, times are converted to Unix seconds.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl

from shelftalker.data.events import KINDS
from shelftalker.data.files.columns import EVENT_FIELDS, key, match_columns, require, sniff_header
from shelftalker.data.files.event_checks import check_events, kind_of, map_distinct
from shelftalker.data.files.item_reader import ReadSummary, title_id
from shelftalker.data.files.table import ROW, FileTable
from shelftalker.data.files.tables import read_table
from shelftalker.data.progress import Progress

EVENTS = {
    "user": pl.String,
    "item": pl.String,
    "kind": pl.String,
    "value": pl.Float64,
    "time": pl.Float64,
}
_RAW = {"file": pl.String, ROW: pl.Int64} | dict.fromkeys(
    ("user", "item", "kind", "value", "time"), pl.String
)
_PLAYS = {"weight", "plays", "playcount", "listens"}
_CLICKS = {"label", "clicked", "click"}


@dataclass(frozen=True, slots=True)
class EventsRead:
    """`frame`: columns user, item, kind, value, time (Unix seconds), in the order of the files;
    `rejects`: columns file, row, field, reason, value."""

    frame: pl.DataFrame
    rejects: pl.DataFrame
    summary: ReadSummary


def read_events(
    paths: Sequence[Path],
    field_map: Mapping[str, str] | None = None,
    known_items: Collection[str] | None = None,
    progress: Progress | None = None,
) -> EventsRead:
    """Read interaction files as one log; later files follow earlier ones.

    `field_map`: our field → their column; for `kind` it may also be one kind for all rows, such as
    `purchase`. Events on items outside `known_items` are rejected. Events without a time get their
    position in the log as time. Raises `DataError` for a file that is unreadable, binary, empty,
    or without a column for `user` or `item`.
    """
    parts = []
    for done, path in enumerate(paths):
        if progress:
            progress(done, len(paths), f"reading {path.name}")
        parts.append(_read_file(path, field_map or {}))
    notes = [note for part in parts for note in part.notes]
    events, rejected = check_events(pl.concat([part.raw for part in parts]), known_items, notes)
    rejects = pl.concat([*(part.rejects for part in parts), *rejected])
    rows = sum(part.rows_read for part in parts)
    columns = parts[-1].columns if parts else {}
    frame = events.select([pl.col(name).cast(dtype) for name, dtype in EVENTS.items()])
    if progress:
        progress(len(paths), len(paths), f"{len(frame):,} events read")
    return EventsRead(
        frame, rejects, ReadSummary(rows, len(frame), len(rejects), 0, columns, notes)
    )


@dataclass(frozen=True, slots=True)
class _FileEvents:
    raw: pl.DataFrame
    rejects: pl.DataFrame
    rows_read: int
    columns: dict[str, str]
    notes: list[str]


def _read_file(path: Path, field_map: Mapping[str, str]) -> _FileEvents:
    table = read_table(path, partial(sniff_header, field_map=field_map))
    if {"history", "impressions"} <= set(table.columns):
        return _mind_impressions(table)
    constant = field_map.get("kind") if field_map.get("kind") in KINDS else None
    asked = {
        name: column
        for name, column in field_map.items()
        if not (name == "title" and column not in table.columns)
        and not (name == "kind" and constant and column not in table.columns)
    }
    matched = match_columns(table.columns, EVENT_FIELDS, asked, table.name)
    if "kind" in matched and "kind" not in asked and not _holds_kinds(table.frame[matched["kind"]]):
        del matched["kind"]
    if "item" not in matched and "title" in matched:
        item = map_distinct(table.frame[matched["title"]], title_id)
    else:
        require(matched, ["user", "item"], table.columns, table.name)
        item = table.frame[matched["item"]]
    require(matched, ["user"], table.columns, table.name)
    notes = list(table.notes)
    empty = pl.Series([None] * len(table.frame), dtype=pl.String)
    columns = {
        name: table.frame[matched[name]] if name in matched else empty
        for name in ("user", "kind", "value", "time")
    }
    if "kind" not in matched or constant:
        columns["kind"] = _inferred_kind(matched, columns["value"], constant, notes)
    raw = pl.DataFrame(
        {"file": [table.name] * len(table.frame), ROW: table.frame[ROW], "item": item, **columns}
    ).select([pl.col(name).cast(dtype) for name, dtype in _RAW.items()])
    return _FileEvents(raw, table.rejects, table.rows_read, matched, notes)


def _holds_kinds(column: pl.Series) -> bool:
    """Whether at least half of a column named `type` or the like are kinds of events."""
    known = map_distinct(column, kind_of) != ""
    return bool(known.any()) and known.sum() >= 0.5 * len(known)


def _inferred_kind(
    matched: Mapping[str, str], value: pl.Series, constant: str | None, notes: list[str]
) -> pl.Series:
    """The kind of each event in a file without kinds, from the name of its value column."""
    column = key(matched.get("value", ""))
    number = value.cast(pl.Float64, strict=False).drop_nulls()
    flags = len(number) > 0 and bool(number.is_in([0.0, 1.0]).all())
    yes, no = ("click", "skip") if column in _CLICKS else ("like", "dislike")
    if constant:
        name = constant
    elif flags and column not in _PLAYS:
        is_yes = value.cast(pl.Float64, strict=False) == 1.0
        kinds = pl.select(pl.when(is_yes).then(pl.lit(yes)).otherwise(pl.lit(no))).to_series()
        notes.append(f"column {matched['value']}: 1 read as {yes}, 0 as {no}")
        return kinds
    elif column in _PLAYS:
        name = "play"
    elif column in _CLICKS:
        name = "click"
    elif column:
        name = "rating"
    else:
        name = "view"
        notes.append(
            "no column for kind or value: all events are read as views; "
            f"say otherwise with --map kind=COLUMN or one of {', '.join(KINDS)}"
        )
    return pl.Series([name] * len(value), dtype=pl.String)


def _mind_impressions(table: FileTable) -> _FileEvents:
    """MIND's behaviors.tsv: earlier clicks (`history`), then the items shown, clicked or not."""
    shown = table.frame.select(
        pl.lit(table.name).alias("file"),
        pl.col(ROW),
        pl.col("user_id").alias("user"),
        pl.col("impressions").str.split(" ").alias("item"),
        pl.col("time"),
    ).explode("item")
    shown = shown.with_columns(
        pl.when(pl.col("item").str.ends_with("-1"))
        .then(pl.lit("click"))
        .otherwise(pl.lit("skip"))
        .alias("kind"),
        pl.col("item").str.replace(r"-[01]$", ""),
        pl.lit(None, pl.String).alias("value"),
    )
    clicked_before = (
        table.frame.unique("user_id", keep="first", maintain_order=True)
        .select(
            pl.lit(table.name).alias("file"),
            pl.col(ROW),
            pl.col("user_id").alias("user"),
            pl.col("history").str.split(" ").alias("item"),
            pl.lit(None, pl.String).alias("time"),
            pl.lit("click").alias("kind"),
            pl.lit(None, pl.String).alias("value"),
        )
        .explode("item")
        .filter(pl.col("item").is_not_null() & (pl.col("item") != ""))
    )
    raw = pl.concat([frame.select(list(_RAW)) for frame in (clicked_before, shown)])
    matched = {"user": "user_id", "item": "impressions", "time": "time"}
    notes = [*table.notes, "MIND impressions: every shown item is an event, click or skip"]
    return _FileEvents(raw, table.rejects, len(raw) + len(table.rejects), matched, notes)
