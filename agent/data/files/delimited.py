"""Delimited text (CSV, TSV, …) to a `FileTable`, with separator, quoting and header detected."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice

import polars as pl

from shelftalker.data.files.columns import column_list, sniff_header
from shelftalker.data.files.table import ROW, FileTable, Reject, encodable
from shelftalker.errors import DataError

CHUNK = 100_000
"""Rows put into a frame at once."""

_DECLARED = re.compile(r"sep=(.)\r?\n")
"""A first line by which spreadsheets declare the separator."""

REGULAR_SIZE = 1_000_000
"""Characters of a file from which on it is tried whether polars can split it."""


def delimited_table(name: str, text: str, field_map: Mapping[str, str]) -> FileTable:
    """`field_map`: our field → a column that the header has. Raises `DataError` for a file with a
    header and no rows."""
    if match := _DECLARED.match(text):
        text, separator = text[match.end() :], match[1]
    else:
        separator = _separator(text)
    if separator == "::":
        text, separator = text.replace("\x1f", " ").replace("::", "\x1f"), "\x1f"
    quoted = separator in ",;" or _quotes_well_formed(text, separator)
    if table := _regular_table(name, text, separator, field_map):
        return table
    csv.field_size_limit(2**31 - 1)
    records = _records(text, separator, quoted)
    first = list(islice(records, 200))
    above = _lines_above(first)
    first = first[above:]
    columns = sniff_header(first, field_map)
    if columns is None:
        columns = _unique([cell.strip() for cell in first[0]])
        first = first[1:]
    table = _table(name, columns, chain(first, records), separator)
    if above:
        table.notes.append(f"{above} lines above the names of the columns are left out")
    return table


def _lines_above(first: Sequence[list[str]]) -> int:
    """How many lines, such as the title of a report, stand above a table: they have one cell, and
    nearly all lines below them have several."""
    filled = [sum(bool(cell.strip()) for cell in record) for record in first]
    above = next((place for place, count in enumerate(filled) if count > 1), 0)
    below = filled[above:]
    return above if above and sum(count > 2 for count in below) >= 0.8 * len(below) else 0


def _regular_table(
    name: str, text: str, separator: str, field_map: Mapping[str, str]
) -> FileTable | None:
    """A large file without quotes, all of whose lines have the same number of fields, read by
    polars in a tenth of the time; None for any other file."""
    if len(text) < REGULAR_SIZE or len(separator) != 1 or '"' in text or "\r" in text:
        return None
    first = [line.split(separator) for line in text[:200_000].split("\n")[:200]]
    named = sniff_header(first, field_map)
    columns = named or _unique([cell.strip() for cell in first[0]])
    try:
        frame = pl.read_csv(
            io.StringIO(text),
            has_header=named is None,
            separator=separator,
            quote_char=None,
            schema=dict.fromkeys(columns, pl.String),
        )
    except pl.exceptions.PolarsError:
        return None
    lines = len(frame) + (named is None)
    if text.count(separator) != lines * (len(columns) - 1):
        return None
    return FileTable.of(name, frame.fill_null("").iter_columns(), separator=separator)


def _separator(text: str) -> str:
    """`::`; tabs, if nearly all lines have the same number of them; else the sign that is most
    frequent in the first line (later lines may have others in quoted text)."""
    lines = [line for line in text[:200_000].split("\n")[:50] if line.strip()]
    if "::" in lines[0]:
        return "::"
    tabs = [line.count("\t") for line in lines]
    most_common = max(tabs, key=tabs.count)
    if most_common and tabs.count(most_common) >= 0.8 * len(lines):
        return "\t"
    return max(",;|\t", key=lines[0].count)


def _quotes_well_formed(text: str, separator: str) -> bool:
    """Whether every field with an opening quote has a closing one, and inner ones are doubled."""
    sep = re.escape(separator)
    opening = re.compile(rf'(?:^|{sep})"', re.MULTILINE)
    proper = re.compile(rf'(?:^|{sep})"(?:[^"\n]|"")*"(?=\r?$|{sep})', re.MULTILINE)
    opened = len(opening.findall(text))
    return opened > 0 and opened == len(proper.findall(text))


def _records(text: str, separator: str, quoted: bool) -> Iterator[list[str]]:
    """All records that are not blank."""
    text = text.replace("\r\n", "\n")
    text = text.replace("\r", " " if "\n" in text else "\n")
    if quoted:
        yield from _quoted_records(text.split("\n"), separator)
    else:
        yield from (line.split(separator) for line in text.split("\n") if line.strip())


def _quoted_records(lines: list[str], separator: str) -> Iterator[list[str]]:
    """CSV records; a quote that is never closed invalidates its own line, not those that follow."""
    start, width = 0, 0
    while start < len(lines):
        rest = (lines[at] + "\n" for at in range(start, len(lines)))
        reader = csv.reader(rest, delimiter=separator, strict=True)
        done = 0
        try:
            for record in reader:
                if reader.line_num - done > 1 and width and len(record) != width:
                    break
                done, width = reader.line_num, width or len(record)
                if record:
                    yield record
            else:
                return
        except csv.Error:
            pass
        line = lines[start + done]
        one = csv.reader([line], delimiter=separator)
        yield [line, _UNCLOSED] if line.count('"') % 2 else next(one)
        start += done + 1


_UNCLOSED = "\x00unclosed quote"


def _table(
    name: str, columns: list[str], records: Iterator[list[str]], separator: str
) -> FileTable:
    frames: list[pl.DataFrame] = []
    rejected: list[Reject] = []
    last, width = 0, len(columns)
    while chunk := list(islice(records, CHUNK)):
        good: dict[int, list[str]] = {}
        for row, record in enumerate(chunk, last + 1):
            if record[-1] == _UNCLOSED:
                reason = "a quote is opened and never closed"
                rejected.append((name, row, None, reason, record[0]))
            elif len(record) != width:
                reason = f"{len(record)} fields where the file has {width} columns"
                rejected.append((name, row, None, reason, encodable(" ".join(record)[:200])))
            else:
                good[row] = record
        last += len(chunk)
        values = zip(*good.values(), strict=True) if good else [()] * width
        series = [pl.Series(c, v, pl.String) for c, v in zip(columns, values, strict=True)]
        frames.append(FileTable.of(name, series, list(good)).frame)
    if not frames:
        raise DataError(f"{name} has a header and no rows; its columns are {column_list(columns)}")
    table = FileTable.of(name, [], [], rejected, separator)
    table.frame = pl.concat(frames)
    return table


def _unique(columns: list[str]) -> list[str]:
    """Distinct column names: an empty or repeated one becomes `column_` and its position."""
    names: list[str] = []
    for place, column in enumerate(columns, 1):
        name = encodable(column)
        names.append(name if name and name not in names and name != ROW else f"column_{place}")
    return names
