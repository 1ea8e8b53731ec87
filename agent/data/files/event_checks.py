"""`check_events`: the usable rows of raw events, and the rejected ones with reasons."""

import re
import time
from collections.abc import Callable, Collection

import polars as pl

from shelftalker.data.events import KINDS
from shelftalker.data.files.cleaning import clean_id
from shelftalker.data.files.item_reader import without_point_zero
from shelftalker.data.files.table import REJECTS, ROW

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
_FORMATS = (
    *("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d"),
    *("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y", "%d.%m.%Y", "%d-%b-%Y"),
    *("%m %d, %Y", "%b %d, %Y"),
)


def check_events(
    raw: pl.DataFrame, known_items: Collection[str] | None, notes: list[str]
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """The usable events (user, item, kind, value, time …), and frames of rejected rows.

    `raw`: file, row number, user, item, kind, value, time, all text. Events on items outside
    `known_items` are rejected. Messages for people are added to `notes`.
    """
    log = _CheckedEvents(raw)
    _check_names(log, known_items)
    _check_kinds(log)
    _check_values(log, notes)
    _check_times(log, notes)
    return log.frame, log.rejects


class _CheckedEvents:
    """The events not rejected so far, and frames of the rejected ones."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame.with_row_index("place")
        self.rejects: list[pl.DataFrame] = []

    def reject(self, where: pl.Expr, field: str, reason: str, value: pl.Expr | None = None) -> None:
        """Reject the rows where `where` is true; null counts as false."""
        bad = self.frame.filter(where)
        if bad.is_empty():
            return
        reported = pl.col(field) if value is None else value
        self.rejects.append(
            bad.select(
                pl.col("file"),
                pl.col(ROW).alias("row"),
                pl.lit(field).alias("field"),
                pl.lit(reason).alias("reason"),
                reported.cast(pl.String).str.slice(0, 200).alias("value"),
            ).cast(pl.Schema(REJECTS))
        )
        self.frame = self.frame.filter(where.not_().fill_null(True))


def kind_of(value: str | None) -> str:
    """The kind that a word such as `bought` names; empty if none."""
    return _BY_WORD.get(re.sub(r"[^a-z]", "", (value or "").lower()), "")


def map_distinct(column: pl.Series, function: Callable[[str | None], str]) -> pl.Series:
    """The column with `function` applied, called once for each distinct value."""
    distinct = column.unique()
    replaced = [function(value) for value in distinct.to_list()]
    return column.replace_strict(distinct, pl.Series(replaced, dtype=pl.String))


def _check_names(log: _CheckedEvents, known_items: Collection[str] | None) -> None:
    for name in ("user", "item"):
        column = map_distinct(log.frame[name], clean_id)
        distinct = column.unique()
        plain = without_point_zero(distinct.to_list())
        column = column.replace_strict(distinct, pl.Series(plain, dtype=pl.String))
        log.frame = log.frame.with_columns(column.alias(name))
        log.reject(pl.col(name) == "", name, f"no {name}")
    if known_items is not None:
        known = pl.Series(list(known_items), dtype=pl.String)
        unknown = ~pl.col("item").is_in(known.implode())
        log.reject(unknown, "item", "the catalogue has no item of this id")


def _check_kinds(log: _CheckedEvents) -> None:
    log.frame = log.frame.with_columns(
        pl.col("kind").alias("given"), map_distinct(log.frame["kind"], kind_of)
    )
    reason = f"not a kind of event; known: {', '.join(KINDS)}"
    log.reject(pl.col("kind") == "", "kind", reason, pl.col("given"))


def _check_values(log: _CheckedEvents, notes: list[str]) -> None:
    given = pl.col("value").str.strip_chars().replace(["", "nan", "NaN", "null", "\\N"], [None] * 5)
    log.frame = log.frame.with_columns(
        given.alias("given"), given.cast(pl.Float64, strict=False).alias("value")
    )
    number = pl.col("value")
    log.reject(
        pl.col("given").is_not_null() & (number.is_null() | ~number.is_finite()),
        *("value", "not a number", pl.col("given")),
    )
    rated = pl.col("kind") == "rating"
    log.reject(rated & number.is_null(), "value", "a rating without a number", pl.col("given"))
    ratings = log.frame.filter(rated)["value"]
    if not len(ratings):
        return
    top = next((top for top in (5, 10) if (ratings > top).mean() < 0.01), 100)  # type: ignore[operator]
    reason = f"outside the scale of 0 to {top} that the other ratings use"
    log.reject(rated & ~number.is_between(0, top), "value", reason, pl.col("given"))
    if top > 5:
        notes.append(f"ratings of 0 to {top} scaled to five stars")
        scaled = pl.when(rated).then(number * 5 / top).otherwise(number)
        log.frame = log.frame.with_columns(scaled.alias("value"))


def _check_times(log: _CheckedEvents, notes: list[str]) -> None:
    given = pl.col("time").str.strip_chars().replace(["", "nan", "NaN", "null", "\\N"], [None] * 5)
    log.frame = log.frame.with_columns(given.alias("given"))
    log.frame = log.frame.with_columns(_seconds(log.frame["given"]).alias("time"))
    seconds = pl.col("time")
    unread = pl.col("given").is_not_null() & (seconds.is_null() | ~seconds.is_finite())
    log.reject(unread, "time", "not a time; use Unix seconds or ISO 8601", pl.col("given"))
    log.reject(seconds < 0, "time", "before 1970", pl.col("given"))
    log.reject(seconds > time.time() + 86_400, "time", "in the future", pl.col("given"))
    untimed = int(log.frame["time"].null_count())
    if untimed:
        notes.append(f"{untimed} events have no time: their place in the file stands for it")
    log.frame = log.frame.with_columns(seconds.fill_null(pl.col("place").cast(pl.Float64)))


def _seconds(given: pl.Series) -> pl.Series:
    """Unix seconds from seconds, milli-, micro- or nanoseconds, or dates; null for other text."""
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
