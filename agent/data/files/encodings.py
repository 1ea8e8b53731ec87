"""Decoding of text files: UTF-8, UTF-16 with a byte order mark, and detected other encodings.

Single bytes that are not UTF-8 between ASCII letters are read as Windows-1252, which Western
European spreadsheets write. Whole words of such bytes are Chinese, Japanese, Korean, Cyrillic or
Greek; some tens of characters are needed to tell which, so a file with fewer is rejected.
"""

import codecs
import re
from contextlib import suppress
from itertools import accumulate

from charset_normalizer import from_bytes

from shelftalker.errors import DataError

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


def decoded(name: str, content: bytes) -> tuple[str, list[str]]:
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
