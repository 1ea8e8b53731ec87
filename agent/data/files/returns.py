"""Returned purchases, and notes on rows of a log that look odd."""

import polars as pl


def without_returned(events: pl.DataFrame, notes: list[str]) -> tuple[pl.DataFrame, int]:
    """The events without returns, and without the latest earlier purchase that each takes back."""
    returns = events.filter(pl.col("kind") == "return")
    if returns.is_empty():
        return events, 0
    pairs = returns.select("user", "item").unique()
    concerned = events.join(pairs, on=["user", "item"], how="semi").sort("time", "place")
    open_purchases: dict[tuple[str, str], list[int]] = {}
    taken: list[int] = []
    for place, user, item, kind in concerned.select("place", "user", "item", "kind").iter_rows():
        if kind == "purchase":
            open_purchases.setdefault((user, item), []).append(place)
        elif kind == "return" and open_purchases.get((user, item)):
            taken.append(open_purchases[user, item].pop())
    out = [*taken, *returns["place"].to_list()]
    notes.append(
        f"{len(returns)} rows are returns: they took back {len(taken)} purchases, and both are "
        "left out"
    )
    kept = events.filter(~pl.col("place").is_in(out))
    return kept, len(out)


def tell_repeated(events: pl.DataFrame, notes: list[str]) -> None:
    timed = events.filter(pl.col("time_text").is_not_null())
    same = timed.select("user", "item", "kind", "value", "time").hash_rows()
    if count := len(timed) - same.n_unique():
        notes.append(f"{count} rows repeat an earlier one, with the same time; they are kept")


def tell_test_rows(events: pl.DataFrame, notes: list[str]) -> None:
    pattern = r"(?i)(?:^|[\W_])(?:test(?:er|user)?\d*|[a-z]*bot|crawler|spider)(?:$|[\W_])"
    users = events["user"].unique()
    odd = users.filter(users.str.contains(pattern))
    if len(odd):
        count = int(events["user"].is_in(odd.implode()).sum())
        notes.append(
            f"{count} events are of {len(odd)} users whose names look like tests or robots; they "
            "are kept: take them out of the file if they are"
        )
