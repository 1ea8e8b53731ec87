"""`check_events`: refuses raw events that cannot be used, and takes returned purchases out."""

import time

import polars as pl

from shelftalker.data.events import KINDS
from shelftalker.data.files.known_items import UNKNOWN, KnownItems
from shelftalker.data.files.table import FileTable


def check_events(log: FileTable, known: KnownItems) -> int:
    """Refuse events that cannot be used, those on items that are not known too; returns how many
    rows are gone for returns. Rows: columns as `event_reader.RAW` has them."""
    log.frame = log.frame.with_row_index("place")
    item, kind = pl.col("item"), pl.col("kind")
    log.refuse(pl.col("user") == "", "user", "no user")
    log.refuse(pl.col("why").is_not_null(), "item", pl.col("why"))
    log.refuse(item == "", "item", "no item")
    log.refuse(~item.is_in(known.ids.implode()), "item", UNKNOWN)
    reason = f"not a kind of event; known: {', '.join(KINDS)}"
    log.refuse(kind.is_null(), "kind", reason, pl.col("kind_text"))
    _check_values(log)
    _check_times(log)
    return _take_back(log)


def _check_values(log: FileTable) -> None:
    number, text, rated = pl.col("value"), pl.col("value_text"), pl.col("kind") == "rating"
    unread = text.is_not_null() & (number.is_null() | ~number.is_finite())
    log.refuse(unread, "value", "not a number", text)
    ratings = log.frame.filter(rated)["value"]
    if not len(ratings):
        return
    top = next((top for top in (5, 10) if (ratings > top).mean() < 0.01), 100)  # type: ignore[operator]
    reason = f"outside the scale of 0 to {top} that the other ratings use"
    log.refuse(rated & ~number.is_between(0, top), "value", reason, text)
    if top > 5:
        log.notes.append(f"ratings of 0 to {top} scaled to five stars")
        scaled = pl.when(rated).then(number * 5 / top).otherwise(number)
        log.frame = log.frame.with_columns(scaled.alias("value"))


def _check_times(log: FileTable) -> None:
    seconds, text = pl.col("time"), pl.col("time_text")
    unread = text.is_not_null() & (seconds.is_null() | ~seconds.is_finite())
    log.refuse(unread, "time", "not a time; use Unix seconds or ISO 8601", text)
    log.refuse(seconds < 0, "time", "before 1970", text)
    log.refuse(seconds > time.time() + 86_400, "time", "in the future", text)
    if untimed := log.frame["time"].null_count():
        log.notes.append(f"{untimed} events have no time: their place in the file stands for it")
    log.frame = log.frame.with_columns(seconds.fill_null(pl.col("place").cast(pl.Float64)))


def _take_back(log: FileTable) -> int:
    """Take out returns, and the latest earlier purchase that each takes back; returns how many."""
    returns = log.frame.filter(pl.col("kind") == "return")
    if returns.is_empty():
        return 0
    pairs = returns.select("user", "item").unique()
    concerned = log.frame.join(pairs, on=["user", "item"], how="semi").sort("time", "place")
    open_purchases: dict[tuple[str, str], list[int]] = {}
    taken: list[int] = []
    for place, user, item, kind in concerned.select("place", "user", "item", "kind").iter_rows():
        if kind == "purchase":
            open_purchases.setdefault((user, item), []).append(place)
        elif kind == "return" and open_purchases.get((user, item)):
            taken.append(open_purchases[user, item].pop())
    log.notes.append(
        f"{len(returns)} rows are returns: they took back {len(taken)} purchases, and both are "
        "left out"
    )
    out = [*taken, *returns["place"].to_list()]
    log.frame = log.frame.filter(~pl.col("place").is_in(out))
    return len(out)
