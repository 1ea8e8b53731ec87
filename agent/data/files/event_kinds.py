"""The kind of each event of a file: from its kind column, grades of playing, and returns."""

import re
from collections.abc import Mapping

import polars as pl

from shelftalker.data.events import KINDS
from shelftalker.data.files.event_checks import kind_of, map_distinct, matches_any
from shelftalker.data.files.layouts import Layout
from shelftalker.data.files.source import Source
from shelftalker.data.files.vocabulary import key

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


def kinds(
    source: Source, frame: pl.DataFrame, constant: str | None, notes: list[str]
) -> pl.DataFrame:
    """The frame of events with columns `kind` and `kind_text`. Kind `return` takes a purchase
    back; an empty one is left out; null stands for an unknown word.

    `frame`: columns of our fields as text, and `value` as a number. `constant`: of all rows.
    """
    layout, matched = source.layout, source.matched
    own: dict[str, str] = {**layout.kinds} if layout else {}
    if constant is None and layout:
        constant = next((kind for kind in layout.events.get("kind", []) if kind in KINDS), None)
    named = None if constant else _kind_column(source)
    if named:
        text = source.table.frame[named]
        read = map_distinct(text, lambda word: own.get(word or "") or kind_of(word))
        frame = frame.with_columns(read.alias("kind"), kind_text=text)
        frame = _rated(frame)
    else:
        inferred = _inferred(layout, matched, frame["value"], constant, notes)
        frame = frame.with_columns(inferred.alias("kind"), kind_text=pl.lit(None, pl.String))
    frame = _unrated(source, frame, notes)
    frame = _graded(source, frame, notes)
    return _returned(source, frame)


def tell_missing(source: Source, constant: str | None, notes: list[str]) -> None:
    """Note which option names the kind and the time, where no column was recognised as theirs."""
    used = source.matched.values()
    free = [column for column in source.table.columns if column not in used]
    if source.layout or not free:
        return
    for name, known in (("kind", constant or "value" in source.matched), ("time", False)):
        if name not in source.matched and not known:
            notes.append(
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
    free = [c for c in source.table.columns if c not in taken] if not source.layout else []
    several = [c for c in free if 1 < frame[c].drop_nulls().n_unique() <= 100]
    return next((c for c in several if _share_of_kinds(frame[c]) > 0.9), None)


def _share_of_kinds(column: pl.Series) -> float:
    """How many of the values that are not empty name a kind of event."""
    given = column.drop_nulls()
    return float(map_distinct(given, kind_of).is_not_null().mean() or 0) if len(given) else 0  # type: ignore[arg-type]


def _rated(frame: pl.DataFrame) -> pl.DataFrame:
    """A review without a number is no rating."""
    bare = (pl.col("kind") == "rating") & pl.col("value_text").is_null()
    return frame.with_columns(kind=pl.when(bare).then(pl.lit("view")).otherwise("kind"))


def _inferred(
    layout: Layout | None,
    matched: Mapping[str, str],
    value: pl.Series,
    constant: str | None,
    notes: list[str],
) -> pl.Series:
    """The kind of each event in a file without kinds, from the name of its value column."""
    column = key(matched.get("value", "").removeprefix("@"))
    number = value.drop_nulls()
    flags = len(number) > 0 and bool(number.is_in([0.0, 1.0]).all())
    yes, no = ("click", "skip") if column in _CLICKS else ("like", "dislike")
    without = layout.unvalued if layout else "view"
    if constant and constant != "rating":
        name = constant
    elif flags and column not in _PLAYS and not (layout and layout.events):
        kinds = pl.select(
            pl.when(pl.lit(value) == 1.0).then(pl.lit(yes)).otherwise(pl.lit(no))
        ).to_series()
        notes.append(f"column {matched['value']}: 1 read as {yes}, 0 as {no}")
        return kinds
    elif column in _PLAYS:
        name = "play"
    elif column in _CLICKS:
        name = "click"
    elif column or constant:
        rated = pl.lit(value).is_not_null()
        unrated = value.null_count()
        if unrated:
            notes.append(f"{unrated} rows without a rating are read as {without}")
        return pl.select(
            pl.when(rated).then(pl.lit("rating")).otherwise(pl.lit(without))
        ).to_series()
    elif "played" in matched or "completion" in matched:
        name = "play"
    else:
        name = "purchase" if "quantity" in matched else without
        notes.append(
            f"no column for kind or value: all events are read as {name}s; "
            f"say otherwise with --map kind=COLUMN or one of {', '.join(KINDS)}"
        )
    return pl.Series([name], dtype=pl.String).new_from_index(0, len(value))


def _unrated(source: Source, frame: pl.DataFrame, notes: list[str]) -> pl.DataFrame:
    """Zeros of a scale from 1 on, and of the layouts that say so, mean that there is no rating."""
    rated = frame.filter(pl.col("kind") == "rating")["value"].drop_nulls()
    layout = source.layout
    others = rated.filter(rated != 0)
    asked = bool(layout and layout.unrated)
    low = len(others) > 0 and bool((others >= 1).all()) and bool((others == others.round()).all())
    if not (zeros := int((rated == 0).sum())) or not (asked or low):
        return frame
    name = layout.unvalued if layout else "view"
    notes.append(f"{zeros} ratings of 0 on a scale from 1 are read as {name} without a rating")
    zero = (pl.col("kind") == "rating") & (pl.col("value") == 0)
    return frame.with_columns(
        kind=pl.when(zero).then(pl.lit(name)).otherwise("kind"),
        value=pl.when(~zero.fill_null(False)).then("value"),
        value_text=pl.when(~zero.fill_null(False)).then("value_text"),
    )


def _graded(source: Source, frame: pl.DataFrame, notes: list[str]) -> pl.DataFrame:
    """Plays and views that were broken off early are skips, and films left half-way are views."""
    texts = {
        name: source.table.frame[column]
        for name, column in source.matched.items()
        if name in ("completion", "played", "played_seconds", "skipped", "dwell")
    }
    for column, patterns in (source.layout.skipped if source.layout else {}).items():
        left = pl.lit(matches_any(source.table.frame[column], patterns))
        frame = frame.with_columns(kind=pl.when(left).then(pl.lit("skip")).otherwise("kind"))
    for name, text in texts.items():
        for kind, hit, limit, read_as in _cuts(source, name, text):
            cut = pl.lit(hit.fill_null(False)) & (pl.col("kind") == kind)
            count = int(frame.select(cut.sum()).item())
            notes.append(
                f"column {_written(source, name)}: {count} of {int((frame['kind'] == kind).sum())} "
                f"{kind}s {limit} are read as {read_as}s"
            )
            frame = frame.with_columns(kind=pl.when(cut).then(pl.lit(read_as)).otherwise("kind"))
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
    kind, least = ("view", DWELL_SECONDS) if name == "dwell" else ("play", PLAYED_SECONDS)
    return [(kind, _played_seconds(source, name, text) < least, f"under {least} seconds", "skip")]


def _played_seconds(source: Source, name: str, text: pl.Series) -> pl.Series:
    """How long it was played or looked at: of milliseconds, seconds, or a clock (`0:42:07`)."""
    milliseconds = name != "played_seconds" and re.search("ms|millis", key(_written(source, name)))
    number = text.cast(pl.Float64, strict=False) / (1000 if milliseconds else 1)
    parts = text.str.extract_groups(r"^(\d+):(\d\d):(\d\d)$").struct.unnest().cast(pl.Float64)
    return number.fill_null(parts["1"] * 3600 + parts["2"] * 60 + parts["3"])


def _written(source: Source, name: str) -> str:
    """The column of a field as the file names it."""
    column = source.matched[name]
    if column.startswith("@") and source.layout:
        return source.layout.events.get(name, [column])[0]
    return column


def _returned(source: Source, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows with a negative quantity, and those that the layout calls cancelled, are returns. An
    order that its status calls cancelled, returned or not yet paid was none: it is left out."""
    if "status" in source.matched and source.matched["status"] != source.matched.get("kind"):
        status = source.table.frame[source.matched["status"]]
        named = map_distinct(status, kind_of)
        undone = pl.lit(named.is_in(["return", ""]).fill_null(False))
        undone = undone & (pl.col("kind") == "purchase")
        kind = pl.when(undone).then(pl.lit("")).otherwise("kind")
        frame = frame.with_columns(
            kind=kind, kind_text=pl.when(undone).then(status).otherwise("kind_text")
        )
    back = pl.lit(False)
    if "quantity" in source.matched:
        number = source.table.frame[source.matched["quantity"]].cast(pl.Float64, strict=False)
        back = pl.lit((number < 0).fill_null(False))
    for column, patterns in (source.layout.returned if source.layout else {}).items():
        if column in source.table.columns:
            back = back | pl.lit(matches_any(source.table.frame[column], patterns))
    return frame.with_columns(kind=pl.when(back).then(pl.lit("return")).otherwise("kind"))
