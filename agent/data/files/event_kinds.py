"""The kind of each event of a file: from its kind column, grades of playing, and returns."""

import re

import polars as pl

from shelftalker.data.events import KINDS
from shelftalker.data.files.cleaning import map_distinct, matches_any
from shelftalker.data.files.columns import key, vocabulary
from shelftalker.data.files.source import Source

PLAYED_SECONDS = 30
"""A shorter play is a skip: streaming services count plays from then on."""
PLAYED_PERCENT, HALF = 20, 50
"""A film or book abandoned before the first share of it is a skip; before the second it was begun,
which is no more than a view."""
DWELL_SECONDS = 5
"""A page that is left sooner is a skip."""
_PLAYS = {"weight", "plays", "playcount", "listens"}
_CLICKS = {"label", "clicked", "click"}
_TRUE = ("true", "True", "TRUE", "1")


def kinds(source: Source, frame: pl.DataFrame, constant: str | None) -> pl.DataFrame:
    """The frame of events with columns `kind` and `kind_text`. Kind `return` takes a purchase
    back; an empty one is left out; null stands for an unknown word.

    `frame`: columns of our fields as text, and `value` as a number. `constant`: of all rows.
    """
    own: dict[str, str] = {**source.layout.kinds}
    named = source.layout.events.get("kind", [])
    constant = constant or next((kind for kind in named if kind in KINDS), None)
    column = None if constant else _kind_column(source)
    if column:
        text = source.table.frame[column]
        read = map_distinct(text, lambda word: own.get(word or "") or kind_of(word))
        frame = frame.with_columns(read.alias("kind"), kind_text=text)
        # A review without a number is no rating.
        bare = (pl.col("kind") == "rating") & pl.col("value_text").is_null()
        frame = _changed(frame, bare, "view")
    else:
        inferred = _inferred(source, frame["value"], constant)
        frame = frame.with_columns(kind=inferred, kind_text=pl.lit(None, pl.String))
    return _returned(source, _graded(source, _unrated(source, frame)))


def kind_of(value: str | None) -> str | None:
    """The kind that a word such as `bought` or `Product Viewed` names, `return`, or an empty text
    for one that says nothing about taste; None for any other word."""
    known, words = vocabulary(), re.findall(r"[^\W\d_]+", (value or "").lower())
    deed = [word for word in words if known.word_classes.get(word) not in ("item", "filler")]
    kind = known.kinds.get("".join(words))
    return known.kinds.get("".join(deed)) if kind is None else kind


def _changed(frame: pl.DataFrame, where: pl.Expr, kind: str) -> pl.DataFrame:
    return frame.with_columns(kind=pl.when(where).then(pl.lit(kind)).otherwise("kind"))


def tell_missing(source: Source, constant: str | None) -> None:
    """Note which option names the kind and the time, where no column was recognised as theirs."""
    used = source.matched.values()
    free = [column for column in source.table.columns if column not in used]
    if source.layout.name or not free:
        return
    for name, known in (("kind", constant or "value" in source.matched), ("time", False)):
        if name not in source.matched and not known:
            source.table.notes.append(
                f"no column for {name}; if {' or '.join(free)} has it, give --map {name}=COLUMN"
            )


def _kind_column(source: Source) -> str | None:
    """The column of kinds: that of the layout, or of a usual name, if half of its words are kinds;
    else the first column with several words, nearly all of them kinds."""
    matched, frame = source.matched, source.table.frame
    if "kind_column" in matched:
        return matched["kind_column"]
    if "kind" in matched and _share_of_kinds(frame[matched["kind"]]) >= 0.5:
        return matched["kind"]
    taken = {column for field, column in matched.items() if field not in ("kind", "title")}
    free = [c for c in source.table.columns if c not in taken] if not source.layout.name else []
    several = [c for c in free if 1 < frame[c].drop_nulls().n_unique() <= 100]
    return next((c for c in several if _share_of_kinds(frame[c]) > 0.9), None)


def _share_of_kinds(column: pl.Series) -> float:
    """How many of the values that are not empty name a kind of event."""
    given = column.drop_nulls()
    return float(map_distinct(given, kind_of).is_not_null().mean() or 0) if len(given) else 0  # type: ignore[arg-type]


def _inferred(source: Source, value: pl.Series, constant: str | None) -> pl.Expr:
    """The kind of each event in a file without kinds, from the name of its value column."""
    layout, matched, notes = source.layout, source.matched, source.table.notes
    column = key(matched.get("value", "").removeprefix("@"))
    flags = value.count() > 0 and bool(value.is_in([0.0, 1.0]).all())
    yes, no = ("click", "skip") if column in _CLICKS else ("like", "dislike")
    without = layout.unvalued
    if constant and constant != "rating":
        return pl.lit(constant)
    if flags and column not in _PLAYS and not layout.events:
        notes.append(f"column {matched['value']}: 1 read as {yes}, 0 as {no}")
        return pl.when(pl.col("value") == 1.0).then(pl.lit(yes)).otherwise(pl.lit(no))
    if column in _PLAYS:
        return pl.lit("play")
    if column in _CLICKS:
        return pl.lit("click")
    if column or constant:
        if unrated := value.null_count():
            notes.append(f"{unrated} rows without a rating are read as {without}")
        rated = pl.col("value").is_not_null()
        return pl.when(rated).then(pl.lit("rating")).otherwise(pl.lit(without))
    if "played" in matched or "completion" in matched:
        return pl.lit("play")
    name = "purchase" if "quantity" in matched else without
    notes.append(
        f"no column for kind or value: all events are read as {name}s; "
        f"say otherwise with --map kind=COLUMN or one of {', '.join(KINDS)}"
    )
    return pl.lit(name)


def _unrated(source: Source, frame: pl.DataFrame) -> pl.DataFrame:
    """Zeros beside ratings from 1 on, or alone, mean that there is no rating."""
    rated = frame.filter(pl.col("kind") == "rating")["value"].drop_nulls()
    name, others = source.layout.unvalued, rated.filter(rated != 0)
    from_one = bool(((others >= 1) & (others == others.round())).all())
    if not (zeros := int((rated == 0).sum())) or not from_one:
        return frame
    source.table.notes.append(
        f"{zeros} ratings of 0 on a scale from 1 are read as {name} without a rating"
    )
    zero = ((pl.col("kind") == "rating") & (pl.col("value") == 0)).fill_null(False)
    return frame.with_columns(
        kind=pl.when(zero).then(pl.lit(name)).otherwise("kind"),
        value=pl.when(~zero).then("value"),
        value_text=pl.when(~zero).then("value_text"),
    )


def _graded(source: Source, frame: pl.DataFrame) -> pl.DataFrame:
    """Plays and views that were broken off early are skips, and films left half-way are views."""
    table = source.table
    for column, patterns in source.layout.skipped.items():
        frame = _changed(frame, pl.lit(matches_any(table.frame[column], patterns)), "skip")
    for name, column in source.matched.items():
        for kind, hit, limit, read_as in _cuts(source, name, table.frame[column]):
            cut = pl.lit(hit.fill_null(False)) & (pl.col("kind") == kind)
            count = int(frame.select(cut.sum()).item())
            table.notes.append(
                f"column {source.written(column)}: {count} of {int((frame['kind'] == kind).sum())} "
                f"{kind}s {limit} are read as {read_as}s"
            )
            frame = _changed(frame, cut, read_as)
    return frame


def _cuts(source: Source, name: str, text: pl.Series) -> list[tuple[str, pl.Series, str, str]]:
    """Of a field: the kind of event that it grades, which rows, why, and as what they are read."""
    if name == "skipped":
        return [("play", text.is_in(_TRUE), "that were skipped", "skip")]
    if name == "completion":
        number = text.str.strip_chars("% ").cast(pl.Float64, strict=False)
        share = number * 100 if (number.max() or 0) <= 1 else number  # type: ignore[operator]
        return [
            ("play", share < PLAYED_PERCENT, f"below {PLAYED_PERCENT}%", "skip"),
            ("play", share < HALF, f"from there to {HALF}%", "view"),
        ]
    if name in _LEAST:
        kind, least = _LEAST[name]
        short = _played_seconds(source, name, text) < least
        return [(kind, short, f"under {least} seconds", "skip")]
    return []


_LEAST = {
    "played": ("play", PLAYED_SECONDS),
    "played_seconds": ("play", PLAYED_SECONDS),
    "dwell": ("view", DWELL_SECONDS),
}


def _played_seconds(source: Source, name: str, text: pl.Series) -> pl.Series:
    """How long it was played or looked at: of milliseconds, seconds, or a clock (`0:42:07`)."""
    written = key(source.written(source.matched[name]))
    milliseconds = name != "played_seconds" and re.search("ms|millis", written)
    number = text.cast(pl.Float64, strict=False) / (1000 if milliseconds else 1)
    parts = text.str.extract_groups(r"^(\d+):(\d\d):(\d\d)$").struct.unnest().cast(pl.Float64)
    return number.fill_null(parts["1"] * 3600 + parts["2"] * 60 + parts["3"])


def _returned(source: Source, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows with a negative quantity, and those that the layout calls cancelled, are returns. An
    order that its status calls cancelled, returned or not yet paid was none: it is left out."""
    if "status" in source.matched and source.matched["status"] != source.matched.get("kind"):
        status = source.texts("status")
        undone = pl.lit(map_distinct(status, kind_of).is_in(["return", ""]).fill_null(False))
        undone = undone & (pl.col("kind") == "purchase")
        text = pl.when(undone).then(status).otherwise("kind_text")
        frame = _changed(frame.with_columns(kind_text=text), undone, "")
    if "quantity" in source.matched:
        back = source.texts("quantity").cast(pl.Float64, strict=False) < 0
        frame = _changed(frame, pl.lit(back.fill_null(False)), "return")
    for column, patterns in source.layout.returned.items():
        if column in source.table.columns:
            back = matches_any(source.table.frame[column], patterns)
            frame = _changed(frame, pl.lit(back), "return")
    return frame
