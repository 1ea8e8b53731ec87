"""`FileTable`: one file as columns of text with row numbers, and its rejected rows."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import polars as pl

ROW = "_row"
ID, TITLE = "\x1fid", "\x1ftitle"
"""Columns with what was read as the id and title of an item, beside those of the file."""
MEMBERS = "\x1f"
"""Separates the members of a list inside a cell."""
REJECTS = {
    "file": pl.String,
    "row": pl.Int64,
    "field": pl.String,
    "reason": pl.String,
    "value": pl.String,
}
ALIASES = {"alias": pl.String, "item": pl.String}
"""Of other ids of items."""
Reject = tuple[str, int, str | None, str, str | None]
"""File, row (counted from 1 after the header), field, reason, value."""


@dataclass(frozen=True, slots=True)
class ReadSummary:
    """Counts of the rows of a file. `columns`: column → our field, `attribute NAME`, or why it is
    left out; `notes`: for people.

    `merged`: rows that repeat an item already read, as its variants or in a file of events;
    `left_out`: rows that say nothing by their nature, such as the impressions of a log.
    """

    rows_read: int
    kept: int
    rejected: int
    merged: int = 0
    columns: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    left_out: int = 0
    layout: str = ""


@dataclass(frozen=True, slots=True)
class RowsRead:
    """What was read of files of events, or of a graph. `rejects`: columns as `REJECTS`."""

    frame: pl.DataFrame
    rejects: pl.DataFrame
    summary: ReadSummary


@dataclass(slots=True)
class FileTable:
    """The rows of one file while they are read. `frame`: its columns as text, and `_row`, counted
    from 1 after the header; `rejects`: refused rows, columns as `REJECTS`; `notes`: for people;
    `separator`: of delimited text; `left_out`: rows that hold nothing by their nature. An empty
    `name`: the rows are of several files, which a column `file` names."""

    name: str
    frame: pl.DataFrame
    rejects: pl.DataFrame
    notes: list[str] = field(default_factory=list)
    separator: str = ""
    left_out: int = 0

    @classmethod
    def of(
        cls,
        name: str,
        columns: Iterable[pl.Series],
        rows: Sequence[int] | range | None = None,
        rejected: Sequence[Reject] = (),
        separator: str = "",
    ) -> "FileTable":
        """A table of columns of text; `rows`: their numbers, of all rows from 1 if not given."""
        own = [column for column in columns if column.name != ROW]
        numbers = range(1, len(own[0]) + 1 if own else 1) if rows is None else rows
        frame = pl.DataFrame([pl.Series(ROW, numbers, pl.Int64), *own])
        rejects = pl.DataFrame(rejected, schema=REJECTS, orient="row")
        cut = rejects.with_columns(pl.col("value").str.slice(0, 200))
        return cls(name, frame, cut, separator=separator)

    @property
    def columns(self) -> list[str]:
        return [name for name in self.frame.columns if name not in (ROW, ID, TITLE)]

    @property
    def rows_read(self) -> int:
        return len(self.frame) + len(self.rejects) + self.left_out

    def texts(self, column: str | None) -> pl.Series:
        """The texts of a column, null in each row without it."""
        if column in self.columns:
            return self.frame[column]
        return pl.Series([None], dtype=pl.String).new_from_index(0, len(self.frame))

    def refuse(
        self, where: pl.Expr, field: str, reason: str | pl.Expr, value: pl.Expr | None = None
    ) -> None:
        """Reject the rows where `where` is true; null counts as false. `value`: what is reported,
        if not the column `field`."""
        bad = self.frame.filter(where)
        if bad.is_empty():
            return
        file = pl.lit(self.name) if self.name else pl.col("file")
        why = pl.lit(reason) if isinstance(reason, str) else reason
        shown = (pl.col(field) if value is None else value).cast(pl.String).str.slice(0, 200)
        cells = zip(REJECTS, (file, pl.col(ROW), pl.lit(field), why, shown), strict=True)
        refused = bad.select(cell.alias(name) for name, cell in cells)
        self.rejects = pl.concat([self.rejects, refused.cast(pl.Schema(REJECTS))])
        self.frame = self.frame.filter(where.not_().fill_null(True))

    def leave_out(self, where: pl.Expr, why: str, what: str = "rows") -> None:
        """Take out the rows where `where` is true, which hold nothing by their nature, and note
        their number and why: `3 rows left out: they name no item`."""
        before = len(self.frame)
        self.frame = self.frame.filter(where.not_().fill_null(True))
        if count := before - len(self.frame):
            self.left_out += count
            self.notes.append(f"{count} {what} left out{why}")

    def summary(
        self, kept: int, columns: dict[str, str], merged: int = 0, layout: str = ""
    ) -> ReadSummary:
        """The counts, once so many items or events are kept of these rows."""
        return ReadSummary(
            kept + merged + len(self.rejects) + self.left_out,
            *(kept, len(self.rejects), merged, columns, self.notes, self.left_out, layout),
        )


def as_text(value: object) -> str | None:
    """A value from JSON or Parquet as text; lists and objects as JSON."""
    value = _decoded(value) if isinstance(value, bytes) else value
    if value is None or isinstance(value, str):
        return None if value is None else encodable(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return encodable(json.dumps(value, ensure_ascii=False, default=_decoded))


def _decoded(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def encodable(text: str) -> str:
    """Text without lone surrogates, which JSON allows and UTF-8 does not."""
    return text if text.isascii() else text.encode("utf-8", "ignore").decode("utf-8")
