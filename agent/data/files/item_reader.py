"""`read_items`: a catalogue file to a `Catalog`, and the rejected rows with reasons."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from shelftalker.data.catalog import Catalog
from shelftalker.data.files.attributes import availability
from shelftalker.data.files.cleaning import EMPTY, clean, clean_id, clean_ids, matches_any, parsed
from shelftalker.data.files.columns import classes_in, key, match_columns, require, vocabulary
from shelftalker.data.files.item_columns import ItemColumns
from shelftalker.data.files.numbers import amount, in_column
from shelftalker.data.files.source import NO_OPTIONS, ReadOptions, Source, open_source
from shelftalker.data.files.speakable import agrees_on_items, changes_with_people
from shelftalker.data.files.table import ALIASES, ID, MEMBERS, ROW, TITLE, FileTable, ReadSummary

_SPOILT = r"^\d+(?:[.,]\d+)?[eE]\+\d+$"
SPOILT = "a spreadsheet has cut this id short; export it again with the id column as text"


@dataclass(frozen=True, slots=True)
class ItemsRead:
    """A catalogue, the rejected rows (columns file, row, field, reason, value), the counts, and
    other ids of the items (columns alias, item)."""

    catalog: Catalog
    rejects: pl.DataFrame
    summary: ReadSummary
    aliases: pl.DataFrame


def read_items(path: Path, options: ReadOptions = NO_OPTIONS) -> ItemsRead:
    """Read a catalogue file. A field of `options.field_map` that is not one of ours becomes an
    attribute. Raises `DataError` for a file that is unreadable, binary, empty, or without a column
    for `title`, or for `id` where rows are not told apart by their titles."""
    source = open_source(path, options, "items")
    _blank_summed_prices(source)
    _group_episodes(source)
    table, layout, matched = source.table, source.layout, source.matched
    events = match_columns(source.original, vocabulary().event_fields, {}, table.name)
    in_log = bool(_OWN & events.keys()) or bool(layout.items and layout.events)
    in_log = in_log or classes_in(events.get("time", "")) == {"deed", "date"}
    in_log = in_log or "me" in classes_in(events.get("value", ""))
    table.frame = table.frame.with_columns(_ids(source, in_log).alias(ID))
    variants = layout.merge or ("variant" in matched and not in_log)
    if variants:
        _resolve_parents(source)
    others = _aliases(source)
    table.refuse(pl.col(ID).str.contains(_SPOILT), "id", SPOILT, pl.col(ID))
    _leave_out_ignored(source)
    repeated = bool(table.frame[ID].is_duplicated().any())
    sales = in_log and (repeated or "id" not in matched)
    varying = _varying(table) - set(matched.values()) if sales else set()
    if in_log and (sales or _DEEDS & events.keys()):
        varying |= {events[name] for name in _OF_EVENTS & events.keys()} - set(matched.values())
    people, same = _by_person(source, events) if in_log else (set(), set())
    ignored = {**dict.fromkeys(varying, "event"), **dict.fromkeys(people, "people")}
    merged = _merge(source, sales=sales) if repeated and (variants or sales) else 0
    _refuse_incomplete(source)
    columns = ItemColumns(source, options, ignored, in_log, same)
    catalog = columns.catalog()
    summary = table.summary(len(catalog), columns.plan, merged, layout.name)
    known = others.filter(pl.col("item").is_in(catalog.ids))
    return ItemsRead(catalog, table.rejects.sort("row"), summary, known)


def _group_episodes(source: Source) -> None:
    """Group episodes by the id of their series."""
    known, by_key = vocabulary(), {key(column): column for column in source.table.columns}
    series = [by_key[name] for name in known.series if name in by_key]
    if series and known.of_episodes & by_key.keys():
        source.matched.setdefault("group", series[0])


def _blank_summed_prices(source: Source) -> None:
    """Take away the prices in rows of several pieces, which may be the sum of all."""
    table, price, known = source.table, source.matched.get("price", ""), vocabulary().event_fields
    if source.layout.name or not price or _UNIT.search(price):
        return
    counts, user = (
        match_columns(table.columns, {name: known[name]}, {}, "").get(name)
        for name in ("quantity", "user")
    )
    if counts and user:
        single = pl.col(counts).cast(pl.Float64, strict=False).abs() == 1
        table.frame = table.frame.with_columns(pl.when(single).then(price).alias(price))


_UNIT = re.compile("(?i)unit|einzel|stück|per piece|单价")
_OWN = frozenset({"user", "completion", "played", "skipped", "dwell"})
"""Fields that only a file about what somebody did has."""
_DEEDS = frozenset({"quantity", "completion", "played", "skipped", "dwell"})
"""Fields that only what somebody did has."""
_OF_EVENTS = _DEEDS | {"value", "time"}


def title_id(title: str | None, maker: str | None) -> str:
    """An id made from the title and maker, for files without ids: the same for items and events."""
    text = clean(title or "")
    named = f"{text}\x1f{clean(maker)}" if maker else text
    return "t" + hashlib.sha1(named.encode()).hexdigest()[:12] if text not in EMPTY else ""


def _ids(source: Source, in_log: bool) -> pl.Series:
    """The ids; in a log without item ids, those made from the titles."""
    table, matched = source.table, source.matched
    if not in_log or "id" in matched or "title" not in matched:
        require(matched, ["id", "title"], source.original, table.name)
        return clean_ids(source.texts("id"))
    made = map(title_id, source.texts("title"), table.texts("@artist"))
    return pl.Series(list(made), dtype=pl.String)


def _by_person(source: Source, events: Mapping[str, str]) -> tuple[set[str], set[str]]:
    """Columns of a log that change with the person, and those that agree about each item."""
    frame, user = source.table.frame, events.get("user", "")
    if user not in frame.columns:
        return set(), set()
    names = set(source.original) & set(frame.columns) - {user} - source.used()
    people = {name for name in names if changes_with_people(frame, name, user, ID)}
    return people, {name for name in names if agrees_on_items(frame, name, user, ID)}


def _leave_out_ignored(source: Source) -> None:
    """Leave out rows that the layout knows to be no items, such as postage, and those of a log of
    nested objects that name none."""
    table, layout = source.table, source.layout
    if any(column.startswith("item.") for column in table.columns):
        table.leave_out(pl.col(ID) == "", ": they name no item")
    column, *others = layout.items.get("id", [""])
    if column in layout.ignore and not others:
        ignored = pl.lit(matches_any(table.texts(column), layout.ignore[column]))
        table.leave_out(ignored, f": {column} says that they are no items")


def _resolve_parents(source: Source) -> None:
    """Give the rows of variants the id of their product, which a column names by id or SKU."""
    table, layout = source.table, source.layout
    ids, parents = table.frame[ID].to_list(), table.texts("@parent").to_list()
    for column, pattern in layout.children.items():
        of = {
            child: parent
            for parent, text in zip(ids, table.texts(column), strict=True)
            for child in re.findall(pattern, text or "")
        }
        parents = [of.get(item_id) for item_id in ids]
    if not any(parents):
        return
    by_code = {item_id: item_id for item_id in ids}
    for column in layout.items.get("variant", []):
        for text, item_id in zip(table.texts(column), ids, strict=True):
            by_code.setdefault(clean_id(text), item_id)
    resolved = [
        by_code.get((parent or "").removeprefix("id:"), item_id) if parent else item_id
        for parent, item_id in zip(parents, ids, strict=True)
    ]
    below = pl.Series([bool(parent) for parent in parents])
    frame = table.frame.with_columns(pl.Series(ID, resolved))
    table.frame = pl.concat([frame.filter(~below), frame.filter(below)])


def _aliases(source: Source) -> pl.DataFrame:
    """Other ids of the items: of their variants, and codes. Columns alias, item."""
    ids = source.table.frame[ID].to_list()
    columns = [source.matched[name] for name in ("variant", "same") if name in source.matched]
    pairs: dict[str, str] = {}
    for column in dict.fromkeys([*columns, *source.layout.items.get("variant", [])]):
        for text, item_id in zip(source.table.texts(column), ids, strict=True):
            alias = clean_id(text)
            if alias and item_id:
                pairs.setdefault(alias, item_id)
    own = set(ids)
    return pl.DataFrame([p for p in pairs.items() if p[0] not in own], ALIASES, orient="row")


def _merge(source: Source, *, sales: bool) -> int:
    """Make one row of all rows with the same id: with the lowest price, the values of its variants
    as lists, and the first title, text and image; available if one is. `sales`: rows are sales and
    not variants, so that the most frequent value counts. Returns how many rows are gone."""
    table, frame = source.table, source.table.frame
    prices = source.texts("price").to_list()
    decimal = in_column(prices, source.marks).decimal
    amounts = [amount(text or "", decimal) for text in prices]
    taken = [availability(text or "") == "no" for text in source.texts("available")]
    work = frame.with_columns(
        pl.Series("@@amount", amounts, dtype=pl.Float64),
        pl.Series("@@taken", taken),
        pl.col(table.columns).replace("", None),
    ).with_row_index("@@place")

    def one(name: str) -> pl.Expr:
        values = pl.col(name).drop_nulls()
        if sales and name != ROW:
            return values.mode().sort().first()
        if name in _FIRST:
            return values.first()
        if name == source.matched.get("available"):
            return pl.col(name).sort_by("@@taken", maintain_order=True).first()
        if name == source.matched.get("price"):
            given = pl.col(name).is_not_null()
            return pl.col(name).filter(given).sort_by(pl.col("@@amount").filter(given)).first()
        return values.unique(maintain_order=True).str.join(MEMBERS).replace("", None)

    unnamed = pl.when(pl.col(ID) == "").then("@@place")
    grouped = work.group_by(ID, unnamed.alias("@@unnamed"), maintain_order=True)
    table.frame = grouped.agg(one(name) for name in frame.columns if name != ID).drop("@@unnamed")
    merged = len(frame) - len(table.frame)
    if merged and not sales:
        table.notes.append(f"{merged} rows are variants of {len(table.frame)} items")
    return merged


_FIRST = frozenset({"@id", "@title", "@text", "@image", "@group", "@parent", "@available", ROW})


def _varying(table: FileTable) -> set[str]:
    """Columns that differ between rows of the same item, and so do not describe items."""
    several = table.frame.drop(ROW).filter(pl.col(ID).is_duplicated())
    differs = several.group_by(ID).agg(pl.all().drop_nulls().n_unique() > 1).drop(ID)
    return {column.name for column in differs.iter_columns() if column.sum() > 0.2 * len(differs)}


def _refuse_incomplete(source: Source) -> None:
    """Refuse rows without a title in words or an id, and those of an id that was given before."""
    table = source.table
    titles = [clean(text or "") for text in source.texts("title")]
    titles = ["" if title in EMPTY else title for title in titles]
    table.frame = table.frame.with_columns(pl.Series(TITLE, titles, pl.String))
    own, title = pl.col(ID), pl.col(TITLE)
    table.refuse(title == "", "title", "no title", own)
    for kind in ("an object", "a list"):
        odd = title.is_in([one for one in titles if _structure(one) == kind])
        table.refuse(odd, "title", f"the title is {kind}, not text", title)
    table.refuse(own == "", "id", "no id", title)
    reason = "the id was given before; the first row counts"
    table.refuse(~own.is_first_distinct(), "id", reason, own)


def _structure(title: str) -> str:
    """The kind of JSON that a title is instead of text, or empty: `{"en": "Heat"}` is an object,
    `["Heat"]` a list, `[REC]` is a title."""
    value = parsed(title) if title[:1] in ("{", "[") else None
    if isinstance(value, list) and any(isinstance(member, str | dict) for member in value):
        return "a list"
    return "an object" if isinstance(value, dict) else ""
