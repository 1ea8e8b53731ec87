"""`open_source`: a file with its layout, its decimal mark and the columns of our fields."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import polars as pl

from shelftalker.data.files.columns import match_columns, vocabulary
from shelftalker.data.files.layouts import Layout, layout_of
from shelftalker.data.files.numbers import Mark, Marks, marks_of
from shelftalker.data.files.shaping import exploded, flattened, shaped
from shelftalker.data.files.table import FileTable
from shelftalker.data.files.tables import read_table
from shelftalker.data.files.times import Order


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the owner settles. `field_map`: our field → their column; `dates`: the order of day and
    month; `decimal`: the decimal mark; `user`: whose rows they are, in a file of one person;
    `columns`: column → field, attribute or reason to leave it out, as in `columns.yaml`."""

    field_map: Mapping[str, str] = field(default_factory=dict)
    dates: Order | None = None
    decimal: Mark | None = None
    user: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


NO_OPTIONS = ReadOptions()


@dataclass(slots=True)
class Source:
    """One file. `matched`: our field → the column that holds it; `original`: the columns of the
    file as it is."""

    table: FileTable
    layout: Layout
    marks: Marks
    matched: dict[str, str]
    original: list[str]

    def texts(self, name: str) -> pl.Series:
        """The texts of one of our fields, null in each row of a file without it."""
        return self.table.texts(self.matched.get(name))

    def written(self, column: str) -> str:
        """A column as the file names it."""
        own = column.removeprefix("@")
        named = self.layout.events | self.layout.attributes
        return named.get(own, [own])[0] if own != column else column

    def used(self) -> set[str]:
        """The columns that hold a field, those behind a column `@field` included."""
        tables = (self.layout.items, self.layout.events, self.layout.attributes)
        behind = {name for table in tables for columns in table.values() for name in columns}
        return {*self.matched.values(), *behind}


def open_source(path: Path, options: ReadOptions, what: Literal["items", "events"]) -> Source:
    """Read a file and find its layout and the columns of items or events. Raises `DataError` for a
    file without anything usable."""
    table = read_table(path, options.field_map)
    table.frame = _without_formulas(table.frame)
    layout = layout_of(table.columns)
    if not layout.name:
        table = flattened(table)
        layout = layout_of(table.columns)
    known = vocabulary()
    user = {"user": known.event_fields["user"]}
    if not layout.name and match_columns(table.columns, user, {}, ""):
        table = _with_items(table)
    original = table.columns
    usual = known.item_fields if what == "items" else known.event_fields
    planned = {m: c for c, m in options.columns.items() if m in usual and c in original}
    field_map = {**planned, **options.field_map}
    fields = layout.items if what == "items" else layout.events
    table = shaped(table, layout, fields)
    if layout.name:
        table.notes.append(f"read as: {layout.name}")
    matched = match_columns(table.columns, usual, field_map, table.name)
    nested = [column for column in table.columns if column.startswith("item.")]
    matched |= match_columns(nested, usual, {}, table.name)
    own = {name: f"@{name}" for name in fields if f"@{name}" in table.columns}
    asked = {name: column for name, column in matched.items() if name in field_map}
    others = ("user", "group") if what == "items" else ("user",)
    rest = {n: c for n, c in matched.items() if not fields or n in others}
    texts = [table.frame[column].head(2000).to_list() for column in table.columns]
    marks = Marks(options.decimal, True) if options.decimal else marks_of(texts, table.separator)
    return Source(table, layout, marks, {**rest, **own, **asked}, original)


def _with_items(table: FileTable) -> FileTable:
    """The table of events with a row for each member of its only list of items, if it has one."""
    lists = [
        name for name in table.columns if table.frame[name].head(10_000).str.starts_with("[{").any()
    ]
    if len(lists) != 1:
        return table
    rows = flattened(exploded(table, lists[0], outer=True, prefix="item."))
    added = [name for name in rows.columns if name.startswith("item.")]
    fields = match_columns(added, vocabulary().item_fields, {}, "")
    return rows if {"id", "title"} & fields.keys() else table


def _without_formulas(frame: pl.DataFrame) -> pl.DataFrame:
    """Cells without the formula `="0123"` or the apostrophe by which spreadsheets keep zeros."""
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    marked = pl.col(texts).head(1000).str.contains(r"""^(?:=".*"|'\d+)$""").any()
    hit = [name for name, found in zip(texts, frame.select(marked).row(0), strict=True) if found]
    return frame.with_columns(
        pl.col(hit).str.replace(r'^="(.*)"$', "$1").str.replace(r"^'(\d+)$", "$1")
    ) if hit else frame  # fmt: skip
