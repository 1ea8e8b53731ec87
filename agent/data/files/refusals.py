"""`Refusal`: refused rows of one reason, with an example and what may help."""

from dataclasses import dataclass

import polars as pl

MAX_SHARE = 0.1
"""An import that refuses more of its rows is not what its owner wanted."""
_CURES = {
    "the catalogue has no item": "import the catalogue that holds these items first, or say which "
    "column has their ids with --map item=COLUMN",
    "several items of the catalogue": "say which column has the year or the id with --map",
    "no user": "say which column it is with --map user=COLUMN, or --user NAME for one person",
    "no item": "say which column it is with --map item=COLUMN",
    "no title": "say which column it is with --map title=COLUMN",
    "no id": "say which column it is with --map id=COLUMN",
    "the id was given before": "rows that are variants of one item are merged with "
    "--map variant=COLUMN",
    "not a kind of event": "say what they are with --map kind=KIND, or change these words",
    "not a time": "say the order of day and month with --dates dmy or --dates mdy",
    "not a number": "say which decimal mark the file has with --decimal , or --decimal .",
    "outside the scale": "mend these ratings in the file",
    "in the future": "check the order of day and month with --dates dmy or --dates mdy",
    "a spreadsheet has cut": "format the id column as text before the export",
    "fields where the file": "mend these lines: they have too many or too few separators",
    "a quote is opened": "mend these lines: a quote has no end",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """`count` rows of `file` refused for `reason`, such as the one with `example` in `row`."""

    file: str
    reason: str
    count: int
    row: int
    example: str
    cure: str

    def __str__(self) -> str:
        example = f", such as {self.example!r} in row {self.row}" if self.example else ""
        cure = f"; {self.cure}" if self.cure else ""
        return f"{self.file}: {self.count} rows refused: {self.reason}{example}{cure}"


def refusals(rejects: pl.DataFrame) -> list[Refusal]:
    """The refused rows (columns file, row, field, reason, value) by reason, the most first."""
    grouped = (
        rejects.with_columns(
            pl.col("reason").str.replace(r"^\d+ fields", "other numbers of fields")
        )
        .group_by("file", "reason", maintain_order=True)
        .agg(pl.len().alias("n"), pl.col("row").first(), pl.col("value").first())
        .sort("n", descending=True, maintain_order=True)
    )
    found = []
    for file, reason, n, row, value in grouped.iter_rows():
        cure = next((cure for words, cure in _CURES.items() if words in reason), "")
        found.append(Refusal(file, reason, n, row, (value or "")[:60], cure))
    return found
