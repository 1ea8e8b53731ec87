"""Files to tables of text: CSV and its kin, JSON lines, JSON documents and Parquet, gzipped or not.

`read_table` sniffs what a file is from its content, not from its name, and returns every value as
text together with a row number, so that later steps can say which row they refuse and why. Rows
that cannot even be split into fields are refused here.
"""

import ast
import codecs
import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

import polars as pl

from shelftalker.errors import DataError

MAX_FIELD = 1_000_000
"""Characters a single field may hold; a row with more is refused."""

ROW = "_row"
REJECTS = {
    "file": pl.String,
    "row": pl.Int64,
    "field": pl.String,
    "reason": pl.String,
    "value": pl.String,
}
CHUNK = 100_000

HeaderSniffer = Callable[[Sequence[list[str]]], list[str] | None]
"""Given the first records, the column names of a file without header, or None if it has one."""


@dataclass(frozen=True, slots=True)
class Table:
    """One file. `frame`: its columns as text, and `_row`, counted from 1 after the header."""

    name: str
    frame: pl.DataFrame
    rejects: pl.DataFrame
    notes: list[str] = field(default_factory=list)

    @property
    def columns(self) -> list[str]:
        return [name for name in self.frame.columns if name != ROW]

    @property
    def rows_read(self) -> int:
        return len(self.frame) + len(self.rejects)


def read_table(path: Path, sniff_header: HeaderSniffer) -> Table:
    """Read a file of any supported kind. Raises `DataError` when nothing in it can be used."""
    content = _bytes(path)
    if content.startswith(b"PAR1"):
        return _checked(_parquet(path.name, content))
    text, notes = _text(path.name, content)
    is_json = text.lstrip()[:1] in ("{", "[") and not path.name.removesuffix(".gz").endswith(".csv")
    table = _json(path.name, text) if is_json else _delimited(path.name, text, sniff_header)
    table.notes.extend(notes)
    return _checked(table)


def rejects_frame(rows: Sequence[tuple[str, int, str | None, str, str | None]]) -> pl.DataFrame:
    """Refused rows as a frame: file, row, field, reason, value (cut to 200 characters)."""
    frame = pl.DataFrame(rows, schema=REJECTS, orient="row")
    return frame.with_columns(pl.col("value").str.slice(0, 200))


def _bytes(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise DataError(f"{path.name} is a damaged gzip file; pack it again") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from None
    if not content.strip():
        raise DataError(f"{path.name} is empty; give a file with a header and at least one row")
    return content


def _text(name: str, content: bytes) -> tuple[str, list[str]]:
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return content.decode("utf-16", errors="replace"), ["read as UTF-16"]
    head = content[:65536]
    control = sum(head.count(byte) for byte in range(32) if byte not in b"\t\n\r\f\x1b")
    if control > 0.05 * len(head) or head.startswith((b"PK\x03\x04", b"%PDF", b"\x89PNG")):
        raise DataError(
            f"{name} is a binary file; give CSV, TSV, JSON lines or Parquet (gzip is fine)"
        )
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        wrong: list[bytes] = []
        text = _decoded_piecewise(content, wrong)
        return text, [f"{len(wrong)} places were not UTF-8 and were read as Windows-1252"]


def _decoded_piecewise(content: bytes, wrong: list[bytes]) -> str:
    """UTF-8 where it is valid; the bytes that are not, as Windows-1252 (or Latin-1)."""
    pieces: list[str] = []
    for line in content.split(b"\n"):
        try:
            pieces.append(line.decode("utf-8"))
        except UnicodeDecodeError:
            wrong.append(line)
            try:
                pieces.append(line.decode("cp1252"))
            except UnicodeDecodeError:
                pieces.append(line.decode("latin-1"))
    return "\n".join(pieces).removeprefix("\ufeff")


def _delimited(name: str, text: str, sniff_header: HeaderSniffer) -> Table:
    separator = _separator(text)
    if separator == "::":
        text, separator = text.replace("\x1f", " ").replace("::", "\x1f"), "\x1f"
    quoted = separator in ",;" or _quotes_well_formed(text, separator)
    csv.field_size_limit(1 << 31)
    records = _records(text, separator, quoted)
    first = list(islice(records, 200))
    columns = sniff_header(first)
    if columns is None:
        columns = _unique([cell.strip() for cell in first[0]])
        first = first[1:]
    return _collected(name, columns, chain(first, records))


def _separator(text: str) -> str:
    """The candidate that splits the first lines into the most equal number of fields."""
    lines = [line for line in text[:200_000].split("\n")[:50] if line.strip()]
    lines = lines[:-1] if len(lines) > 1 and len(text) > 200_000 else lines
    if "::" in lines[0]:
        return "::"
    counts = {mark: [line.count(mark) for line in lines] for mark in "\t,;|"}
    if lines[0].count("\t") and counts["\t"].count(counts["\t"][0]) >= 0.9 * len(lines):
        return "\t"
    return max(",;|\t", key=lambda mark: (counts[mark][0] > 0, counts[mark][0]))


def _quotes_well_formed(text: str, separator: str) -> bool:
    """Whether every field that opens with a quote also closes with one, its inner ones doubled."""
    mark = re.escape(separator)
    opening = re.compile(rf'(?:^|{mark})"', re.MULTILINE)
    proper = re.compile(rf'(?:^|{mark})"(?:[^"\n]|"")*"(?=\r?$|{mark})', re.MULTILINE)
    opened = len(opening.findall(text))
    return opened > 0 and opened == len(proper.findall(text))


def _records(text: str, separator: str, quoted: bool) -> Iterator[list[str]]:
    """Records without the blank ones."""
    text = text.replace("\r\n", "\n")
    text = text.replace("\r", " " if "\n" in text else "\n")
    if quoted:
        yield from _quoted_records(text.split("\n"), separator)
    else:
        yield from (line.split(separator) for line in text.split("\n") if line.strip())


def _quoted_records(lines: list[str], separator: str) -> Iterator[list[str]]:
    """A quote never closed would swallow the rows that follow: it costs its own line only."""
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
        yield _lone(lines[start + done], separator)
        start += done + 1


def _lone(line: str, separator: str) -> list[str]:
    if line.count('"') % 2:
        return [line, _UNCLOSED]
    return next(csv.reader([line], delimiter=separator))


_UNCLOSED = "\x00unclosed quote"


def _collected(name: str, columns: list[str], records: Iterator[list[str]]) -> Table:
    frames: list[pl.DataFrame] = []
    refused: list[tuple[str, int, str | None, str, str | None]] = []
    row, width = 0, len(columns)
    while chunk := list(islice(records, CHUNK)):
        good: list[list[str]] = []
        numbers: list[int] = []
        for record in chunk:
            row += 1
            if len(record) == width and record[-1] != _UNCLOSED:
                good.append(record)
                numbers.append(row)
            else:
                refused.append(_ragged(name, row, record, width))
        values = zip(*good, strict=True) if good else [[] for _ in columns]
        series = [pl.Series(c, v, pl.String) for c, v in zip(columns, values, strict=True)]
        frames.append(pl.DataFrame([pl.Series(ROW, numbers, pl.Int64), *series]))
    if not frames:
        raise DataError(f"{name} has a header ({', '.join(columns)}) and no rows")
    return Table(name, pl.concat(frames), rejects_frame(refused))


def _ragged(
    name: str, row: int, record: list[str], width: int
) -> tuple[str, int, str | None, str, str | None]:
    if record[-1] == _UNCLOSED:
        return name, row, None, "a quote is opened and never closed", record[0]
    reason = f"{len(record)} fields where the file has {width} columns"
    return name, row, None, reason, _encodable(" ".join(record)[:200])


def _json(name: str, text: str) -> Table:
    first_line = text.lstrip().split("\n", 1)[0]
    if isinstance(_object(first_line), dict):
        return _json_lines(name, text)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        table = _json_lines(name, text)
        if len(table.frame):
            return table
        raise DataError(f"{name} is not valid JSON: {error}") from None
    return _from_objects(name, list(enumerate(_document_rows(document), 1)), [])


def _document_rows(document: object) -> list[object]:
    """The rows of one JSON document: a list, an object id → row, or an object around a list."""
    if isinstance(document, list):
        return document
    if not isinstance(document, dict):
        return [document]
    values = list(document.values())
    if values and all(isinstance(value, dict) for value in values):
        return [{"id": key, **value} for key, value in document.items()]
    lists = [value for value in values if isinstance(value, list)]
    return lists[0] if len(lists) == 1 and len(values) == 1 else [document]


def _json_lines(name: str, text: str) -> Table:
    objects: list[tuple[int, object]] = []
    refused: list[tuple[str, int, str | None, str, str | None]] = []
    row = 0
    for line in text.split("\n"):
        if not line.strip():
            continue
        row += 1
        value = _object(line)
        if value is None:
            refused.append((name, row, None, "not a JSON object", line[:200]))
        else:
            objects.append((row, value))
    return _from_objects(name, objects, refused)


def _object(line: str) -> object | None:
    """A JSON object, or a printed Python dict as in older Amazon files; None if it is neither."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        try:
            value = ast.literal_eval(line.strip()) if line.lstrip().startswith("{'") else None
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            value = None
    return value if isinstance(value, dict) else None


def _from_objects(
    name: str,
    objects: list[tuple[int, object]],
    refused: list[tuple[str, int, str | None, str, str | None]],
) -> Table:
    columns: dict[str, None] = {}
    good: list[tuple[int, dict[str, object]]] = []
    for row, value in objects:
        if isinstance(value, dict):
            columns.update(dict.fromkeys(value))
            good.append((row, value))
        else:
            refused.append((name, row, None, "not a JSON object", str(value)[:200]))
    names = [column for column in columns if column != ROW]
    series = [pl.Series(ROW, [row for row, _ in good], pl.Int64)]
    for column in names:
        values = [_as_text(value.get(column)) for _, value in good]
        series.append(pl.Series(_encodable(column), values, pl.String))
    return Table(name, pl.DataFrame(series), rejects_frame(refused))


def _as_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value if value is None else _encodable(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return (
        str(value)
        if isinstance(value, int | float) and not isinstance(value, bool)
        else (_encodable(json.dumps(value, ensure_ascii=False)))
    )


def _encodable(text: str) -> str:
    """Text without lone surrogates, which JSON allows and UTF-8 does not."""
    return text if text.isascii() else text.encode("utf-8", "ignore").decode("utf-8")


def _parquet(name: str, content: bytes) -> Table:
    try:
        frame = pl.read_parquet(io.BytesIO(content))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(f"{name} is a damaged Parquet file: {error}") from None
    columns = [_column_as_text(frame[column]) for column in frame.columns if column != ROW]
    rows = pl.Series(ROW, range(1, len(frame) + 1), pl.Int64)
    return Table(name, pl.DataFrame([rows, *columns]), rejects_frame([]))


def _column_as_text(column: pl.Series) -> pl.Series:
    dtype = column.dtype
    if dtype.is_nested() or dtype == pl.Binary or dtype == pl.Object:
        values = [_as_text(_plain(value)) for value in column.to_list()]
        return pl.Series(column.name, values, pl.String)
    if isinstance(dtype, pl.Datetime):
        return column.dt.to_string("iso:strict")
    if dtype.is_float():
        whole = column.fill_nan(None).drop_nulls()
        if (whole == whole.round()).all() and (whole.abs() < 2**53).all():
            return column.fill_nan(None).cast(pl.Int64).cast(pl.String)
    return column.cast(pl.String)


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    if isinstance(value, dict):
        return {str(key): _plain(member) for key, member in value.items()}
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _checked(table: Table) -> Table:
    """Refuse rows with an oversized field. No rows at all is an error."""
    if not table.rows_read:
        raise DataError(f"{table.name} holds no rows")
    frame, refused = table.frame, []
    for column in table.columns:
        too_long = frame.filter(pl.col(column).str.len_chars() > MAX_FIELD)
        reason = f"a field of more than {MAX_FIELD:,} characters"
        refused += [(table.name, row, column, reason, None) for row in too_long[ROW]]
        frame = frame.filter(~(pl.col(column).str.len_chars() > MAX_FIELD).fill_null(False))
    rejects = pl.concat([table.rejects, rejects_frame(refused)])
    return Table(table.name, frame, rejects, table.notes)


def _unique(columns: list[str]) -> list[str]:
    """Column names made distinct: an empty or repeated one is called after its place."""
    names: list[str] = []
    for place, column in enumerate(columns, 1):
        name = _encodable(column)
        names.append(name if name and name not in names and name != ROW else f"column_{place}")
    return names
