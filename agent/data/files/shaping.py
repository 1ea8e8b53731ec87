"""`shaped`: the table of a known layout with one row an item or event, and a column for each field.

A field that a layout takes from several columns, or from members of JSON objects, becomes a column
`@field` of its own.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from shelftalker.data.files.layouts import Columns, Layout
from shelftalker.data.files.table import ROW, FileTable, as_text

MEMBERS = "\x1f"
"""Separates the members of a list inside a cell."""


def shaped(table: FileTable, layout: Layout, fields: Mapping[str, Columns]) -> FileTable:
    """The table with nested rows laid out, the cells of merged rows filled, and `@field` columns
    for `fields` and attributes."""
    if layout.explode in table.columns:
        table = _exploded(table, layout.explode)
    frame = table.frame
    if layout.fill:
        by, several = str(layout.fill["by"]), layout.fill["columns"]
        names = [name for name in several if name in frame.columns]
        frame = frame.with_columns(
            pl.col(name).replace("", None).forward_fill().over(by) for name in names
        )
    for column, pattern in layout.strip.items():
        if column in frame.columns:
            frame = frame.with_columns(pl.col(column).str.replace_all(pattern, ""))
    for name, columns in [*fields.items(), *layout.attributes.items()]:
        value = _first_value(frame, columns, joined=name == "available")
        if value is not None:
            frame = frame.with_columns(value.alias(f"@{name}"))
    for column, signs in layout.lists.items():
        for name in (column, *(f"@{n}" for n, c in layout.attributes.items() if c == column)):
            if name in frame.columns:
                split = pl.col(name).str.replace_all(rf"\s*[{re.escape(signs)}]\s*", MEMBERS)
                frame = frame.with_columns(split)
    return replace(table, frame=_with_options(frame, layout, fields))


def _first_value(frame: pl.DataFrame, columns: Columns, joined: bool) -> pl.Expr | None:
    """The first value that is not empty; `joined`: all values."""
    listed = [columns] if isinstance(columns, str) else columns
    exprs = [expr for name in listed if (expr := _value(frame, name)) is not None]
    if not exprs:
        return None
    if joined:
        return pl.concat_str([expr.fill_null("") for expr in exprs], separator=MEMBERS)
    return pl.coalesce(exprs)


def _value(frame: pl.DataFrame, name: str) -> pl.Expr | None:
    """A column, or a member of the JSON objects in one (`offers.price`), empty cells as null."""
    if name in frame.columns:
        return pl.col(name).str.strip_chars().replace("", None)
    column, _, member = name.partition(".")
    if not member or column not in frame.columns:
        return None
    is_json = pl.col(column).str.contains(r"^\s*[\[{]")
    text = pl.when(is_json).then(pl.col(column))
    found = [text.str.json_path_match(f"${place}.{member}") for place in ("", "[0]")]
    return pl.coalesce(found).replace("", None)


def _exploded(table: FileTable, column: str) -> FileTable:
    """A row for each member of the JSON list in a column, with the members of that object as
    columns; rows with an empty list are left out, with a note."""
    rows: list[tuple[int, dict[str, object]]] = []
    without = 0
    for place, text in enumerate(table.frame[column]):
        try:
            members = json.loads(text or "[]")
        except ValueError:
            members = []
        objects = [m for m in members if isinstance(m, dict)] if isinstance(members, list) else []
        without += not objects
        rows += [(place, member) for member in objects]
    names = dict.fromkeys(name for _, member in rows for name in member)
    kept = table.frame[[place for place, _ in rows]].drop(column, *names, strict=False)
    nested = [
        pl.Series(name, [as_text(member.get(name)) for _, member in rows], pl.String)
        for name in names
    ]
    notes = [*table.notes, f"each member of the list in column {column} is read as a row"]
    if without:
        notes.append(f"{without} rows left out: their list {column} is empty")
    return replace(table, frame=kept.with_columns(nested), notes=notes, left_out=without)


def _with_options(
    frame: pl.DataFrame, layout: Layout, fields: Mapping[str, Columns]
) -> pl.DataFrame:
    """A column for each option, such as Size, named in one column and valued in another. Only the
    first row of a product names its options."""
    by = fields.get("id")
    for named, valued in layout.options:
        if named not in frame.columns or valued not in frame.columns:
            continue
        name = pl.col(named).replace("", None)
        if isinstance(by, str):
            name = name.forward_fill().over(by)
        frame = frame.with_columns(name.alias(named))
        value = pl.col(valued).replace(["", "Default Title"], None)
        if layout.option_signs:
            value = value.str.replace_all(rf"\s*[{re.escape(layout.option_signs)}]\s*", MEMBERS)
        for option in frame[named].drop_nulls().unique(maintain_order=True).to_list():
            if option in frame.columns or option == "Title":
                continue
            chosen = pl.when(pl.col(named) == option).then(value)
            frame = frame.with_columns(chosen.alias(option))
    return frame.drop(column for pair in layout.options for column in pair if column in frame)


def merged(
    frame: pl.DataFrame,
    ids: list[str],
    amounts: list[float | None],
    free: list[bool],
    columns_of: Mapping[str, str],
    sales: bool,
) -> pl.DataFrame:
    """One row for each id: with the lowest price, the values of its variants as lists, and the
    first title, text and image; available if one is. `amounts`: prices; `free`: which rows are
    available; `columns_of`: our field → column; `sales`: rows are sales and not variants, so that
    the most frequent value counts."""
    columns = [name for name in frame.columns if name != ROW]
    work = frame.with_columns(
        pl.Series("@@id", ids),
        pl.Series("@@amount", amounts, dtype=pl.Float64),
        pl.Series("@@taken", [not one for one in free]),
        *(pl.col(name).replace("", None) for name in columns),
    )

    def one(name: str) -> pl.Expr:
        values = pl.col(name).drop_nulls()
        if sales:
            return values.mode().sort().first()
        if name in _FIRST:
            return values.first()
        if name == columns_of.get("available"):
            return pl.col(name).sort_by("@@taken", maintain_order=True).first()
        if name == columns_of.get("price"):
            given = pl.col(name).is_not_null()
            return pl.col(name).filter(given).sort_by(pl.col("@@amount").filter(given)).first()
        return values.unique(maintain_order=True).str.join(MEMBERS).replace("", None)

    kept = [pl.col(ROW).first(), *(one(name).alias(name) for name in columns)]
    return work.group_by("@@id", maintain_order=True).agg(kept).drop("@@id")


_FIRST = frozenset({"@id", "@title", "@text", "@image", "@group", "@parent", "@available"})
