"""The rows of a catalogue file: left out, given the ids of their products, merged by id."""

import re

import polars as pl

from shelftalker.data.files.attributes import availability
from shelftalker.data.files.cleaning import clean_id, matches_any
from shelftalker.data.files.numbers import amount, in_column
from shelftalker.data.files.source import Source
from shelftalker.data.files.table import ID, MEMBERS, ROW

ALIASES = {"alias": pl.String, "item": pl.String}
_FIRST = frozenset({"@id", "@title", "@text", "@image", "@group", "@parent", "@available", ROW})


def leave_out_ignored(source: Source) -> None:
    """Leave out rows that the layout knows to be no items, such as postage, and those of a log of
    nested objects that name none."""
    table, layout = source.table, source.layout
    if any(column.startswith("item.") for column in table.columns):
        table.leave_out(pl.col(ID) == "", ": they name no item")
    column, *others = layout.items.get("id", [""])
    if column in layout.ignore and not others:
        ignored = pl.lit(matches_any(table.texts(column), layout.ignore[column]))
        table.leave_out(ignored, f": {column} says that they are no items")


def resolve_parents(source: Source) -> None:
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


def aliases(source: Source) -> pl.DataFrame:
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


def merge(source: Source, *, sales: bool) -> int:
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
