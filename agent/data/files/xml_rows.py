"""XML feeds (RSS, Atom, lists of products) to a `FileTable`: an element that repeats is a row."""

from collections import Counter
from xml.etree import ElementTree

import polars as pl

from shelftalker.data.files.shaping import MEMBERS
from shelftalker.data.files.table import ROW, FileTable, rejects_frame
from shelftalker.errors import DataError


def xml_table(name: str, content: bytes) -> FileTable:
    """The rows are the children of the element with the most children of one tag. Columns are the
    local names of their children and attributes; repeated ones are lists. Raises `DataError` for
    XML that is damaged or declares entities, which can make a small file huge."""
    if b"<!ENTITY" in content:
        raise DataError(f"{name} declares XML entities; write it again without them")
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        raise DataError(f"{name} is not valid XML: {error}; export it again") from None
    counts = [(parent, Counter(child.tag for child in parent)) for parent in root.iter()]
    parent, tags = max(counts, key=lambda pair: max(pair[1].values(), default=0))
    if not tags:
        raise DataError(f"{name} holds no rows")
    tag = tags.most_common(1)[0][0]
    rows = [_cells(element) for element in parent if element.tag == tag]
    columns = dict.fromkeys(column for row in rows for column in row)
    series = [pl.Series(c, [row.get(c) for row in rows], pl.String) for c in columns if c != ROW]
    numbers = pl.Series(ROW, range(1, len(rows) + 1), pl.Int64)
    return FileTable(name, pl.DataFrame([numbers, *series]), rejects_frame([]))


def _cells(element: ElementTree.Element) -> dict[str, str]:
    cells = dict(element.attrib)
    for child in element:
        text = "".join(child.itertext()).strip() or child.get("href", "")
        local = child.tag.rpartition("}")[2]
        cells[local] = f"{cells[local]}{MEMBERS}{text}" if local in cells else text
    return cells
