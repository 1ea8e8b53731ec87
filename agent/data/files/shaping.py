"""`shaped`: the table of a known layout with one row an item or event, and a column for each field.

A field that a layout takes from several columns, or from members of JSON objects, becomes a column
`@field` of its own.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from shelftalker.data.files.cleaning import parsed
from shelftalker.data.files.layouts import Columns, Layout
from shelftalker.data.files.object_rows import json_object
from shelftalker.data.files.table import MEMBERS, ROW, FileTable, as_text, encodable


def flattened(table: FileTable, depth: int = 3) -> FileTable:
    """The table with a column `user.id` for each member of the JSON objects in a column `user`."""
    frame = table.frame
    nested = {name: _objects(frame[name]) for name in table.columns}
    if not depth or not any(nested.values()):
        return table
    columns = {ROW: frame[ROW]}
    for name, objects in nested.items():
        if objects is None:
            columns.setdefault(name, frame[name])
            continue
        members = dict.fromkeys(member for one in objects if one for member in one)
        for member in members:
            values = [as_text((one or {}).get(member)) for one in objects]
            label = encodable(member if name == "attributes" else f"{name}.{member}")
            columns.setdefault(label, pl.Series(label, values, pl.String))
    return flattened(replace(table, frame=pl.DataFrame(list(columns.values()))), depth - 1)


def _objects(column: pl.Series) -> list[dict[str, object] | None] | None:
    """The cells as JSON objects, where every cell that is not empty is one."""
    given = column.drop_nulls()
    given = given.filter(given != "")
    if given.is_empty() or not given.head(100).str.starts_with("{").all():
        return None
    objects = [json_object(text) if text else None for text in column]
    return objects if len(given) == sum(one is not None for one in objects) else None


def shaped(table: FileTable, layout: Layout, fields: Mapping[str, Columns]) -> FileTable:
    """The table with nested rows laid out, the cells of merged rows filled, and `@field` columns
    for `fields` and attributes."""
    for place, column in enumerate(layout.explode):
        table = exploded(table, column, outer=place > 0)
    frame = table.frame
    if layout.fill:
        [by] = layout.fill["by"]
        names = [name for name in layout.fill["columns"] if name in frame.columns]
        frame = frame.with_columns(
            pl.col(name).replace("", None).forward_fill().over(by) for name in names
        )
    for column, pattern in layout.strip.items():
        if column in frame.columns:
            frame = frame.with_columns(pl.col(column).str.replace_all(pattern, ""))
    for column, pattern in layout.pairs.items():
        frame = _with_pairs(frame, column, pattern)
    for name, columns in [*fields.items(), *layout.attributes.items()]:
        value = _first_value(frame, columns, joined=name == "available")
        if value is not None:
            frame = frame.with_columns(value.alias(f"@{name}"))
    for column, word in layout.below.items():
        own = pl.when(pl.col(column) == word).then(pl.col("@id"))
        frame = frame.with_columns(own.forward_fill().alias("@id"))
    for column, signs in layout.lists.items():
        for name in (column, *(f"@{n}" for n, c in layout.attributes.items() if c == [column])):
            if name in frame.columns:
                split = pl.col(name).str.replace_all(rf"\s*[{re.escape(signs)}]\s*", MEMBERS)
                frame = frame.with_columns(split)
    return replace(table, frame=_with_options(frame, layout, fields))


def _first_value(frame: pl.DataFrame, columns: Columns, joined: bool) -> pl.Expr | None:
    """The first value that is not empty; `joined`: all values."""
    exprs = [expr for name in columns if (expr := _value(frame, name)) is not None]
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


def exploded(table: FileTable, column: str, outer: bool = False, prefix: str = "") -> FileTable:
    """A row for each member of the JSON list in a column, with the members of that object as
    columns, named after `prefix`. Rows without a list are left out, with a note; `outer`: they
    stay, and a member that they hold as `object.member` is in the column of that member."""
    if column not in table.columns:
        return table
    listed = [_members(text) for text in table.frame[column]]
    without = 0 if outer else sum(not members for members in listed)
    rows = [
        (place, member)
        for place, members in enumerate(listed)
        for member in members or ([{}] if outer else [])
    ]
    kept = table.frame[[place for place, _ in rows]].drop(column)
    names = dict.fromkeys(name for _, member in rows for name in member)
    for name in names:
        values = pl.Series(name, [as_text(m.get(name)) for _, m in rows], pl.String)
        same = [c for c in kept.columns if c == name or (prefix and c.endswith(f".{name}"))]
        kept = kept.with_columns(pl.coalesce(values, *same).alias(prefix + name))
    notes = [*table.notes, f"each member of the list in column {column} is read as a row"]
    if without:
        notes.append(f"{without} rows left out: their list {column} is empty")
    return replace(table, frame=kept, notes=notes, left_out=table.left_out + without)


def _members(text: str | None) -> list[dict[str, object]]:
    """The objects of a JSON list; of any other text none."""
    members = parsed(text or "[]")
    return [m for m in members if isinstance(m, dict)] if isinstance(members, list) else []


def _with_options(
    frame: pl.DataFrame, layout: Layout, fields: Mapping[str, Columns]
) -> pl.DataFrame:
    """A column for each option, such as Size, named in one column and valued in another. Only the
    first row of a product names its options."""
    by = fields.get("id", [])
    for named, valued in layout.options:
        if named not in frame.columns or valued not in frame.columns:
            continue
        name = pl.col(named).replace("", None)
        if len(by) == 1:
            name = name.forward_fill().over(by)
        frame = frame.with_columns(name.alias(named))
        value = pl.col(valued).replace(["", "Default Title"], None)
        if layout.option_signs:
            value = value.str.replace_all(rf"\s*[{re.escape(layout.option_signs)}]\s*", MEMBERS)
        for option in frame[named].drop_nulls().unique(maintain_order=True).to_list():
            if f"@{option}" in frame.columns or option == "Title":
                continue
            chosen = pl.when(pl.col(named) == option).then(value)
            frame = frame.with_columns(chosen.alias(f"@{option}"))
    return frame.drop(column for pair in layout.options for column in pair if column in frame)


def _with_pairs(frame: pl.DataFrame, column: str, pattern: str) -> pl.DataFrame:
    """A column for each name that the pattern finds with a value in the cells of a column."""
    if column not in frame.columns:
        return frame
    found = [dict(re.findall(pattern, text or "")) for text in frame[column]]
    names = dict.fromkeys(name for one in found for name in one)
    return frame.drop(column).with_columns(
        pl.Series(f"@{name}", [one.get(name) for one in found], pl.String) for name in names
    )
