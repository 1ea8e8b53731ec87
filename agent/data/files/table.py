"""`FileTable`: one file as columns of text with row numbers, and its rejected rows."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

ROW = "_row"
REJECTS = {
    "file": pl.String,
    "row": pl.Int64,
    "field": pl.String,
    "reason": pl.String,
    "value": pl.String,
}
Reject = tuple[str, int, str | None, str, str | None]
"""File, row (counted from 1 after the header), field, reason, value."""


@dataclass(frozen=True, slots=True)
class FileTable:
    """One file. `frame`: its columns as text, and `_row`, counted from 1 after the header;
    `rejects`: see `rejects_frame`; `notes`: for people; `separator`: of delimited text;
    `left_out`: rows that hold nothing by their nature."""

    name: str
    frame: pl.DataFrame
    rejects: pl.DataFrame
    notes: list[str] = field(default_factory=list)
    separator: str = ""
    left_out: int = 0

    @property
    def columns(self) -> list[str]:
        return [name for name in self.frame.columns if name != ROW]

    @property
    def rows_read(self) -> int:
        return len(self.frame) + len(self.rejects) + self.left_out


def rejects_frame(rows: Sequence[Reject]) -> pl.DataFrame:
    """Rejected rows as a frame: file, row, field, reason, value (cut to 200 characters)."""
    frame = pl.DataFrame(rows, schema=REJECTS, orient="row")
    return frame.with_columns(pl.col("value").str.slice(0, 200))


def as_text(value: object) -> str | None:
    """A value from JSON or Parquet as text; lists and objects as JSON."""
    if value is None or isinstance(value, str):
        return value if value is None else encodable(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return (
        str(value)
        if isinstance(value, int | float) and not isinstance(value, bool)
        else (encodable(json.dumps(value, ensure_ascii=False)))
    )


def encodable(text: str) -> str:
    """Text without lone surrogates, which JSON allows and UTF-8 does not."""
    return text if text.isascii() else text.encode("utf-8", "ignore").decode("utf-8")
