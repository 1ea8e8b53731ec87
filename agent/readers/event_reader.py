"""`read_events`: interaction files to one frame of events, with the refused rows and why.

Everything after splitting a file into fields is done on whole columns, so a million rows take
seconds. Ratings are scaled to five stars, times to Unix seconds.
"""

import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl

from shelftalker.events import KINDS, Progress
from shelftalker.readers.cleaning import clean_id
from shelftalker.readers.columns import EVENT_FIELDS, key, required, resolved, sniff_header
from shelftalker.readers.item_reader import ReadSummary, title_id, without_point_zero
from shelftalker.readers.table import REJECTS, ROW, Table
from shelftalker.readers.tables import read_table

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
_SPELLINGS: dict[str, tuple[str, ...]] = {
    "view": ("view", "views", "viewed", "pageview", "visit", "detail"),
    "click": ("click", "clicks", "clicked", "addtocart", "cart", "open"),
    "play": ("play", "plays", "played", "listen", "watch", "watched", "stream", "read"),
    "rating": ("rating", "rate", "rated", "review", "stars"),
    "like": ("like", "liked", "favorite", "favourite", "upvote", "love"),
    "dislike": ("dislike", "disliked", "downvote"),
    "purchase": ("purchase", "purchased", "buy", "bought", "order", "ordered", "transaction"),
    "skip": ("skip", "skipped", "ignore", "noclick"),
}
_BY_WORD = {word: kind for kind, words in _SPELLINGS.items() for word in words}
_PLAYS = {"weight", "plays", "playcount", "listens"}
_CLICKS = {"label", "clicked", "click"}
_FORMATS = (
    *("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d"),
    *("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y", "%d.%m.%Y", "%d-%b-%Y"),
    *("%m %d, %Y", "%b %d, %Y"),
)


@dataclass(frozen=True, slots=True)
class EventsRead:
    """`frame`: columns user, item, kind, value, time (Unix seconds), in the order of the files."""

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

    `field_map`: our field → their column; `kind` may also name a kind for all rows, as in
    `kind=purchase`. Events on items outside `known_items` are refused. Without a time, an event's
    time is its place in the log. Raises `DataError` when a file is unreadable, binary, empty, or
    lacks a column for `user` or `item`.
    """
    parts = []
    for done, path in enumerate(paths):
        if progress:
            progress(done, len(paths), f"reading {path.name}")
        parts.append(_read_file(path, field_map or {}))
    log = _Sieve(pl.concat([part.raw for part in parts], how="vertical"))
    notes = [note for part in parts for note in part.notes]
    _sift_names(log, known_items)
    _sift_kinds(log, notes)
    _sift_values(log, notes)
    _sift_times(log, notes)
    rejects = pl.concat([*(part.rejects for part in parts), *log.rejects])
    rows = sum(part.rows_read for part in parts)
    columns = parts[-1].columns if parts else {}
    frame = log.frame.select([pl.col(name).cast(dtype) for name, dtype in EVENTS.items()])
    if progress:
        progress(len(paths), len(paths), f"{len(frame):,} events read")
    return EventsRead(
        frame, rejects, ReadSummary(rows, len(frame), len(rejects), 0, columns, notes)
    )


@dataclass(frozen=True, slots=True)
class _Part:
    raw: pl.DataFrame
    rejects: pl.DataFrame
    rows_read: int
    columns: dict[str, str]
    notes: list[str]


class _Sieve:
    """A frame that rows are refused from, and the refused ones."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame.with_row_index("place")
        self.rejects: list[pl.DataFrame] = []

    def refuse(self, where: pl.Expr, field: str, reason: str, value: pl.Expr | None = None) -> None:
        """Take out the rows where `where` holds. Nulls do not hold."""
        bad = self.frame.filter(where)
        if bad.is_empty():
            return
        shown = pl.col(field) if value is None else value
        self.rejects.append(
            bad.select(
                pl.col("file"),
                pl.col(ROW).alias("row"),
                pl.lit(field).alias("field"),
                pl.lit(reason).alias("reason"),
                shown.cast(pl.String).str.slice(0, 200).alias("value"),
            ).cast(pl.Schema(REJECTS))
        )
        self.frame = self.frame.filter(where.not_().fill_null(True))


def _read_file(path: Path, field_map: Mapping[str, str]) -> _Part:
    table = read_table(path, partial(sniff_header, field_map=field_map))
    if {"history", "impressions"} <= set(table.columns):
        return _impressions(table)
    constant = field_map.get("kind") if field_map.get("kind") in KINDS else None
    asked = {
        name: column
        for name, column in field_map.items()
        if not (name == "title" and column not in table.columns)
        and not (name == "kind" and constant and column not in table.columns)
    }
    found = resolved(table.columns, EVENT_FIELDS, asked, table.name)
    if "kind" in found and "kind" not in asked and not _speaks_of_kinds(table.frame[found["kind"]]):
        del found["kind"]
    if "item" not in found and "title" in found:
        item = _mapped(table.frame[found["title"]], title_id)
    else:
        required(found, ["user", "item"], table.columns, table.name)
        item = table.frame[found["item"]]
    required(found, ["user"], table.columns, table.name)
    notes = list(table.notes)
    empty = pl.Series([None] * len(table.frame), dtype=pl.String)
    columns = {
        name: table.frame[found[name]] if name in found else empty
        for name in ("user", "kind", "value", "time")
    }
    if "kind" not in found or constant:
        columns["kind"] = _inferred_kind(found, columns["value"], constant, notes)
    raw = pl.DataFrame(
        {"file": [table.name] * len(table.frame), ROW: table.frame[ROW], "item": item, **columns}
    ).select([pl.col(name).cast(dtype) for name, dtype in _RAW.items()])
    return _Part(raw, table.rejects, table.rows_read, found, notes)


def _speaks_of_kinds(column: pl.Series) -> bool:
    """Whether a column called `type` or the like holds mostly kinds of events."""
    known = _mapped(column, _kind) != ""
    return bool(known.any()) and known.sum() >= 0.5 * len(known)


def _inferred_kind(
    found: Mapping[str, str], value: pl.Series, constant: str | None, notes: list[str]
) -> pl.Series:
    """The kind of each event of a file that does not say it, by what its value column is called."""
    column = key(found.get("value", ""))
    number = value.cast(pl.Float64, strict=False).drop_nulls()
    flags = len(number) > 0 and bool(number.is_in([0.0, 1.0]).all())
    yes, no = ("click", "skip") if column in _CLICKS else ("like", "dislike")
    if constant:
        name = constant
    elif flags and column not in _PLAYS:
        is_yes = value.cast(pl.Float64, strict=False) == 1.0
        kinds = pl.select(pl.when(is_yes).then(pl.lit(yes)).otherwise(pl.lit(no))).to_series()
        notes.append(f"column {found['value']}: 1 read as {yes}, 0 as {no}")
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


def _impressions(table: Table) -> _Part:
    """MIND's behaviors.tsv: clicks of before (`history`), then what was shown, clicked or not."""
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
    past = (
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
    raw = pl.concat([frame.select(list(_RAW)) for frame in (past, shown)])
    found = {"user": "user_id", "item": "impressions", "time": "time"}
    notes = [*table.notes, "MIND impressions: every shown item is an event, click or skip"]
    return _Part(raw, table.rejects, len(raw) + len(table.rejects), found, notes)


def _mapped(column: pl.Series, function: Callable[[str | None], str]) -> pl.Series:
    """The column with the function applied, once for each distinct value."""
    distinct = column.unique()
    replaced = [function(value) for value in distinct.to_list()]
    return column.replace_strict(distinct, pl.Series(replaced, dtype=pl.String))


def _sift_names(log: _Sieve, known_items: Collection[str] | None) -> None:
    for name in ("user", "item"):
        column = _mapped(log.frame[name], clean_id)
        distinct = column.unique()
        plain = without_point_zero(distinct.to_list())
        column = column.replace_strict(distinct, pl.Series(plain, dtype=pl.String))
        log.frame = log.frame.with_columns(column.alias(name))
        log.refuse(pl.col(name) == "", name, f"no {name}")
    if known_items is not None:
        known = pl.Series(list(known_items), dtype=pl.String)
        unknown = ~pl.col("item").is_in(known.implode())
        log.refuse(unknown, "item", "the catalogue has no item of this id")


def _sift_kinds(log: _Sieve, notes: list[str]) -> None:
    log.frame = log.frame.with_columns(
        pl.col("kind").alias("given"), _mapped(log.frame["kind"], _kind)
    )
    reason = f"not a kind of event; known: {', '.join(KINDS)}"
    log.refuse(pl.col("kind") == "", "kind", reason, pl.col("given"))


def _kind(value: str | None) -> str:
    return _BY_WORD.get(re.sub(r"[^a-z]", "", (value or "").lower()), "")


def _sift_values(log: _Sieve, notes: list[str]) -> None:
    given = pl.col("value").str.strip_chars().replace(["", "nan", "NaN", "null", "\\N"], [None] * 5)
    log.frame = log.frame.with_columns(
        given.alias("given"), given.cast(pl.Float64, strict=False).alias("value")
    )
    number = pl.col("value")
    log.refuse(
        pl.col("given").is_not_null() & (number.is_null() | ~number.is_finite()),
        *("value", "not a number", pl.col("given")),
    )
    rated = pl.col("kind") == "rating"
    log.refuse(rated & number.is_null(), "value", "a rating without a number", pl.col("given"))
    ratings = log.frame.filter(rated)["value"]
    if not len(ratings):
        return
    top = next((top for top in (5, 10) if (ratings > top).mean() < 0.01), 100)  # type: ignore[operator]
    reason = f"outside the scale of 0 to {top} that the other ratings use"
    log.refuse(rated & ~number.is_between(0, top), "value", reason, pl.col("given"))
    if top > 5:
        notes.append(f"ratings of 0 to {top} scaled to five stars")
        scaled = pl.when(rated).then(number * 5 / top).otherwise(number)
        log.frame = log.frame.with_columns(scaled.alias("value"))


def _sift_times(log: _Sieve, notes: list[str]) -> None:
    given = pl.col("time").str.strip_chars().replace(["", "nan", "NaN", "null", "\\N"], [None] * 5)
    log.frame = log.frame.with_columns(given.alias("given"))
    log.frame = log.frame.with_columns(_seconds(log.frame["given"]).alias("time"))
    seconds = pl.col("time")
    unread = pl.col("given").is_not_null() & (seconds.is_null() | ~seconds.is_finite())
    log.refuse(unread, "time", "not a time; use Unix seconds or ISO 8601", pl.col("given"))
    log.refuse(seconds < 0, "time", "before 1970", pl.col("given"))
    log.refuse(seconds > time.time() + 86_400, "time", "in the future", pl.col("given"))
    untimed = int(log.frame["time"].null_count())
    if untimed:
        notes.append(f"{untimed} events have no time: their place in the file stands for it")
    log.frame = log.frame.with_columns(seconds.fill_null(pl.col("place").cast(pl.Float64)))


def _seconds(given: pl.Series) -> pl.Series:
    """Unix seconds from seconds, milli-, micro- or nanoseconds, or from dates; null if neither."""
    number = given.cast(pl.Float64, strict=False)
    size = pl.lit(number).abs()
    seconds = pl.select(
        pl.when(size > 1e17).then(pl.lit(number) / 1e9)
        .when(size > 1e14).then(pl.lit(number) / 1e6)
        .when(size > 1e11).then(pl.lit(number) / 1e3)
        .otherwise(pl.lit(number))
    ).to_series()  # fmt: skip
    if number.null_count() == given.null_count():
        return seconds
    text = (
        pl.lit(given)
        .str.replace(r"^(\d{4}-\d\d-\d\d)T", "$1 ")
        .str.replace(r" ?(Z|UTC)$", "+00:00")
    )
    zoned = text.str.to_datetime("%Y-%m-%d %H:%M:%S%.f%#z", strict=False, time_unit="us")
    plain = [text.str.to_datetime(f, strict=False, time_unit="us") for f in _FORMATS]
    dates = pl.coalesce(zoned.dt.replace_time_zone(None), *plain)
    return pl.select(pl.coalesce(pl.lit(seconds), dates.dt.epoch("us") / 1e6)).to_series()
