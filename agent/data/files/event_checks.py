"""`check_events`: the usable rows of raw events, and the rejected ones with reasons."""

import re
import time
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

import polars as pl

from shelftalker.data.events import KINDS
from shelftalker.data.files.cleaning import EMPTY, clean_id
from shelftalker.data.files.item_reader import without_point_zero
from shelftalker.data.files.known_items import NO_TITLE, UNKNOWN, KnownItems
from shelftalker.data.files.table import REJECTS, ROW
from shelftalker.data.files.vocabulary import vocabulary


def check_events(
    raw: pl.DataFrame, known: KnownItems | None, notes: list[str]
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """The usable events (user, item, kind, value, time …), and frames of rejected rows.

    `raw`: columns as `event_reader.RAW` has them. Events on items that are not known are rejected.
    Messages for people are added to `notes`.
    """
    log = _CheckedEvents(raw)
    _check_names(log, known)
    _check_kinds(log)
    _check_values(log, notes)
    _check_times(log, notes)
    return log.frame, log.rejects


class _CheckedEvents:
    """The events not rejected so far, and frames of the rejected ones."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame.with_row_index("place")
        self.rejects: list[pl.DataFrame] = []

    def reject(
        self,
        where: pl.Expr,
        field: str,
        reason: str,
        value: pl.Expr | None = None,
        by: str | None = None,
    ) -> None:
        """Reject the rows where `where` is true; null counts as false. `by`: a column with the
        reason."""
        bad = self.frame.filter(where)
        if bad.is_empty():
            return
        reported = pl.col(field) if value is None else value
        self.rejects.append(
            bad.select(
                pl.col("file"),
                pl.col(ROW).alias("row"),
                pl.lit(field).alias("field"),
                (pl.col(by) if by else pl.lit(reason)).alias("reason"),
                reported.cast(pl.String).str.slice(0, 200).alias("value"),
            ).cast(pl.Schema(REJECTS))
        )
        self.frame = self.frame.filter(where.not_().fill_null(True))


def kind_of(value: str | None) -> str | None:
    """The kind that a word such as `bought` or `Product Viewed` names, `return`, or an empty text
    for one that says nothing about taste; None for any other word."""
    known, words = vocabulary(), re.findall(r"[^\W\d_]+", (value or "").lower())
    deed = [word for word in words if known.classes.get(word) not in ("item", "filler")]
    kind = known.kinds.get("".join(words))
    return known.kinds.get("".join(deed)) if kind is None else kind


def map_distinct(column: pl.Series, function: Callable[[str | None], str | None]) -> pl.Series:
    """The column with `function` applied, called once for each distinct value."""
    distinct = column.unique()
    replaced = [function(value) for value in distinct.to_list()]
    return column.replace_strict(distinct, pl.Series(replaced, dtype=pl.String))


def matches_any(column: pl.Series, patterns: Sequence[str]) -> pl.Series:
    """Whether each value matches one of the patterns, such as `TEST*`."""

    def matches(value: str | None) -> str:
        return "yes" * any(fnmatchcase(value or "", pattern) for pattern in patterns)

    return map_distinct(column, matches) == "yes"


def clean_ids(column: pl.Series) -> pl.Series:
    """A column of ids without invisible characters, and without the `.0` of a float column."""
    column = column.fill_null("")
    odd = column.str.contains(r"[^!-~]") | column.is_in([*EMPTY])
    if not odd.any():
        floats = bool(column.str.ends_with(".0").all())
        return (
            column.str.strip_suffix(".0")
            if floats and column.str.contains(r"^\d+\.0$").all()
            else column
        )
    column = map_distinct(column, clean_id)
    distinct = column.unique()
    plain = without_point_zero(distinct.to_list())
    return column.replace_strict(distinct, pl.Series(plain, dtype=pl.String))


def _check_names(log: _CheckedEvents, known: KnownItems | None) -> None:
    log.reject(pl.col("user") == "", "user", "no user")
    log.reject(pl.col("why").is_not_null(), "item", NO_TITLE, pl.col("item"), by="why")
    log.reject(pl.col("item") == "", "item", "no item")
    if known is not None:
        unknown = ~pl.col("item").is_in(known.ids.implode())
        log.reject(unknown, "item", UNKNOWN)


def _check_kinds(log: _CheckedEvents) -> None:
    reason = f"not a kind of event; known: {', '.join(KINDS)}"
    log.reject(pl.col("kind").is_null(), "kind", reason, pl.col("kind_text"))


def _check_values(log: _CheckedEvents, notes: list[str]) -> None:
    number = pl.col("value")
    log.reject(
        pl.col("value_text").is_not_null() & (number.is_null() | ~number.is_finite()),
        *("value", "not a number", pl.col("value_text")),
    )
    rated = pl.col("kind") == "rating"
    ratings = log.frame.filter(rated)["value"]
    if not len(ratings):
        return
    top = next((top for top in (5, 10) if (ratings > top).mean() < 0.01), 100)  # type: ignore[operator]
    reason = f"outside the scale of 0 to {top} that the other ratings use"
    log.reject(rated & ~number.is_between(0, top), "value", reason, pl.col("value_text"))
    if top > 5:
        notes.append(f"ratings of 0 to {top} scaled to five stars")
        scaled = pl.when(rated).then(number * 5 / top).otherwise(number)
        log.frame = log.frame.with_columns(scaled.alias("value"))


def _check_times(log: _CheckedEvents, notes: list[str]) -> None:
    seconds = pl.col("time")
    unread = pl.col("time_text").is_not_null() & (seconds.is_null() | ~seconds.is_finite())
    log.reject(unread, "time", "not a time; use Unix seconds or ISO 8601", pl.col("time_text"))
    log.reject(seconds < 0, "time", "before 1970", pl.col("time_text"))
    log.reject(seconds > time.time() + 86_400, "time", "in the future", pl.col("time_text"))
    untimed = int(log.frame["time"].null_count())
    if untimed:
        notes.append(f"{untimed} events have no time: their place in the file stands for it")
    log.frame = log.frame.with_columns(seconds.fill_null(pl.col("place").cast(pl.Float64)))
