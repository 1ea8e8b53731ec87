"""`read_table`: a file of any supported format to a table of text.

The format is detected from the content, not from the name. Every value is returned as text, with a
row number for later messages. Rows that cannot be split into fields are rejected here.

Text is UTF-8, UTF-16 with a byte order mark, or another encoding that is detected. Single bytes
that are not UTF-8 between ASCII letters are read as Windows-1252, which Western European
spreadsheets write. Whole words of such bytes are Chinese, Japanese, Korean, Cyrillic or Greek; some
tens of characters are needed to tell which, so a file with fewer is rejected.
"""

import codecs
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from itertools import accumulate
from pathlib import Path

import polars as pl
from charset_normalizer import from_bytes

from shelftalker.data.files.delimited import delimited_table
from shelftalker.data.files.object_rows import json_table, xml_table
from shelftalker.data.files.table import FileTable, as_text
from shelftalker.errors import DataError, MissingExtra

MAX_FIELD_LENGTH = 1_000_000
"""Characters in one field; a row with a longer one is rejected."""
MIN_CHARACTERS = 40
"""Characters beyond ASCII needed to tell `_ENCODINGS` apart: none of 60 random samples of
titles in each encoding was misread with so many."""
SAMPLE_BYTES = 50_000
"""Size of the sample for that."""
_ENCODINGS = {
    "gb18030": "GB18030 (GBK)",
    "big5": "Big5",
    "cp932": "Shift-JIS",
    "euc_jp": "EUC-JP",
    "cp949": "EUC-KR",
    "cp1251": "Windows-1251",
    "koi8_r": "KOI8-R",
    "cp1253": "Windows-1253",
}


def read_table(path: Path, field_map: Mapping[str, str]) -> FileTable:
    """Read a file: delimited text, JSON, XML, Parquet or a spreadsheet, gzipped, zipped or not.
    Raises `DataError` for a file without anything usable."""
    table = _parsed(path, _bytes(path), field_map)
    if not table.rows_read:
        raise DataError(f"{table.name} holds no rows")
    reason = f"a field of more than {MAX_FIELD_LENGTH:,} characters"
    for column in table.columns:
        too_long = pl.col(column).str.len_chars() > MAX_FIELD_LENGTH
        table.refuse(too_long, column, reason, pl.lit(None))
    return table


def _parsed(path: Path, content: bytes, field_map: Mapping[str, str]) -> FileTable:
    name = path.name
    if _is_spreadsheet(content):
        return _spreadsheet(name, content, field_map)
    if content.startswith(b"PAR1"):
        return _parquet(name, content)
    _check_text(name, content)
    if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"<?xml", b"<rss", b"<feed")):
        return xml_table(name, content.lstrip())
    text, notes = _decoded(name, content)
    is_json = text.lstrip()[:1] in ("{", "[") and not name.removesuffix(".gz").endswith(".csv")
    # One that was decompressed without being renamed is accepted if it is a table.
    unpacked = name.endswith(".gz") and path.read_bytes()[:2] != b"\x1f\x8b"
    misnamed = unpacked or name.endswith(".parquet")
    try:
        table = json_table(name, text) if is_json else delimited_table(name, text, field_map)
    except DataError:
        if misnamed:
            raise DataError(_binary(name)) from None
        raise
    if misnamed and len(table.columns) < 2:
        raise DataError(_binary(name))
    table.notes.extend(notes)
    return table


def _bytes(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
        elif content.startswith(b"PK\x03\x04") and not _is_spreadsheet(content):
            content = _unzipped(path.name, content)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise DataError(f"{path.name} is a damaged gzip file; pack it again") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from None
    if not content.strip():
        raise DataError(f"{path.name} is empty; give a file with a header and at least one row")
    return content


def _is_spreadsheet(content: bytes) -> bool:
    """Whether a file is one of Excel (new or old) or OpenDocument."""
    if not content.startswith(b"PK\x03\x04"):
        return content.startswith(b"\xd0\xcf\x11\xe0")
    return b"xl/workbook" in content or b"opendocument.spreadsheet" in content[:200]


def _spreadsheet(name: str, content: bytes, field_map: Mapping[str, str]) -> FileTable:
    """The first sheet with two rows or more, as if it had been saved as CSV."""
    try:
        import fastexcel
    except ImportError:
        raise MissingExtra("fastexcel", "sources") from None
    try:
        book = fastexcel.read_excel(content)
        sheets = [
            book.load_sheet(sheet, header_row=None, dtypes="string").to_polars()
            for sheet in book.sheet_names
        ]
    except fastexcel.FastExcelError as error:
        raise DataError(f"{name} is a damaged spreadsheet: {error}") from None
    filled = [sheet for sheet in sheets if len(sheet) > 1]
    if not filled:
        raise DataError(f"{name} holds no rows")
    table = delimited_table(name, filled[0].write_csv(include_header=False), field_map)
    if len(filled) > 1:
        table.notes.append(f"read is its first sheet with rows; it has {len(filled)}")
    return table


def _unzipped(name: str, content: bytes) -> bytes:
    """The one file in a zip archive; the content as it is where that is no archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            files = [one for one in archive.infolist() if not one.is_dir()]
            if len(files) == 1:
                return archive.read(files[0])
            names = ", ".join(one.filename for one in files[:5])
    except zipfile.BadZipFile:
        return content
    raise DataError(
        f"{name} is a zip archive with {len(files)} files ({names}); unpack it and name the one to "
        "read"
    )


def _check_text(name: str, content: bytes) -> None:
    """Raise `DataError` for a file that is not text."""
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return
    head = content[:65536]
    control = sum(head.count(byte) for byte in range(32) if byte not in b"\t\n\r\f\x1b")
    if control > 0.05 * len(head) or head.startswith((b"PK\x03\x04", b"%PDF", b"\x89PNG")):
        raise DataError(_binary(name))


def _binary(name: str) -> str:
    for ending, kind in ((".gz", "gzip"), (".parquet", "Parquet")):
        if name.endswith(ending):
            return f"{name} is a damaged {kind} file, or none at all; write it again"
    return f"{name} is a binary file; give CSV, TSV, JSON lines or Parquet (gzip is fine)"


def _parquet(name: str, content: bytes) -> FileTable:
    try:
        frame = pl.read_parquet(io.BytesIO(content))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(f"{name} is a damaged Parquet file: {error}") from None
    return FileTable.of(name, [_column_as_text(column) for column in frame.iter_columns()])


def _column_as_text(column: pl.Series) -> pl.Series:
    dtype = column.dtype
    if dtype.is_nested() or dtype == pl.Binary:
        return pl.Series(column.name, [as_text(value) for value in column.to_list()], pl.String)
    if isinstance(dtype, pl.Datetime):
        return column.dt.to_string("iso:strict")
    if dtype.is_float():
        whole = column.fill_nan(None).drop_nulls()
        if (whole == whole.round()).all() and (whole.abs() < 2**53).all():
            return column.fill_nan(None).cast(pl.Int64).cast(pl.String)
    return column.cast(pl.String)


def _decoded(name: str, content: bytes) -> tuple[str, list[str]]:
    """The text, and notes on how it was read. Raises `DataError` if the encoding is not certain."""
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return content.decode("utf-16", errors="replace"), ["read as UTF-16"]
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        lines = content.split(b"\n")
    odd = [line for line in lines if line.decode("utf-8", "ignore").encode() != line]
    if _are_single_letters(odd):
        text = "\n".join(map(_decoded_line, lines)).removeprefix("\ufeff")
        return text, [f"{len(odd)} places were not UTF-8 and were read as Windows-1252"]
    encoding = _encoding_of(name, odd)
    text = content.decode(encoding, errors="replace")
    lost = text.count("\ufffd")
    note = f"read as {_ENCODINGS[encoding]}, for it is not UTF-8"
    return text, [note + (f"; {lost} characters could not be read" if lost else "")]


def _encoding_of(name: str, odd: list[bytes]) -> str:
    """The encoding of lines that are not UTF-8. Raises `DataError` if it is not certain."""
    ends = accumulate(map(len, odd))
    first = [line for line, end in zip(odd, ends, strict=True) if end < SAMPLE_BYTES] or odd[:1]
    sample = b"\n".join(first)
    best = from_bytes(sample, cp_isolation=list(_ENCODINGS)).best()
    if best is None or sum(not char.isascii() for char in str(best)) < MIN_CHARACTERS:
        raise DataError(
            f"{name} is not UTF-8, and what it is in cannot be told for sure; convert it, from "
            f"GB18030 for example with: iconv -f GB18030 -t UTF-8 {name} > utf8-{name}"
        )
    return best.encoding


def _are_single_letters(lines: list[bytes]) -> bool:
    """Whether most bytes beyond ASCII have ASCII neighbours, as in `Amélie`."""
    runs = [len(run) for line in lines for run in re.findall(rb"[\x80-\xff]+", line)]
    return 2 * sum(run for run in runs if run > 1) <= sum(runs)


def _decoded_line(line: bytes) -> str:
    """A line as UTF-8 if it is valid, else as Windows-1252, else as Latin-1."""
    for encoding in ("utf-8", "cp1252"):
        with suppress(UnicodeDecodeError):
            return line.decode(encoding)
    return line.decode("latin-1")
