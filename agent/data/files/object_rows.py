"""JSON lines, JSON documents and XML feeds to a `FileTable`; a line that is no object is rejected,
not the file."""

import json
from collections import Counter
from xml.etree import ElementTree

import polars as pl

from shelftalker.data.files.cleaning import parsed
from shelftalker.data.files.table import MEMBERS, FileTable, Reject, as_text, encodable
from shelftalker.errors import DataError


def json_table(name: str, text: str) -> FileTable:
    """Raises `DataError` for text without any JSON object."""
    first_line, _, rest = text.strip().partition("\n")
    if rest and json_object(first_line) is not None:
        return _json_lines(name, text)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        table = _json_lines(name, text)
        if len(table.frame):
            return table
        raise DataError(f"{name} is not valid JSON: {error}") from None
    return _from_objects(name, _document_rows(document))


def _document_rows(document: object) -> list[object]:
    """The rows of one JSON document: a list, an object id → row, or an object around a list."""
    if isinstance(document, list):
        return document
    if not isinstance(document, dict):
        return [document]
    values = list(document.values())
    if values and all(isinstance(value, dict) for value in values):
        return [{"id": key, **value} for key, value in document.items()]
    lists = [v for v in values if isinstance(v, list) and v and isinstance(v[0], dict)]
    described = _FIELDS & {name.casefold() for name in document}
    return lists[0] if len(lists) == 1 and not described else [document]


_FIELDS = frozenset({"id", "title", "name", "sku", "event_name", "user_id", "item_id"})
"""An object with one of these is a row itself, and no wrapper of a list of rows."""


def _json_lines(name: str, text: str) -> FileTable:
    lines = [line for line in text.split("\n") if line.strip()]
    read = map(json_object, lines)
    return _from_objects(name, [s if o is None else o for s, o in zip(lines, read, strict=True)])


def json_object(line: str) -> dict[str, object] | None:
    """A JSON object, or a printed Python dict; None for other text."""
    value = parsed(line)
    return value if isinstance(value, dict) else None


def _from_objects(name: str, rows: list[object]) -> FileTable:
    good = {row: one for row, one in enumerate(rows, 1) if isinstance(one, dict)}
    rejected: list[Reject] = [
        (name, row, None, "not a JSON object", str(one)[:200])
        for row, one in enumerate(rows, 1)
        if row not in good
    ]
    series = [
        pl.Series(encodable(c), [as_text(one.get(c)) for one in good.values()], pl.String)
        for c in dict.fromkeys(column for one in good.values() for column in one)
    ]
    return FileTable.of(name, series, list(good), rejected)


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
    series = [pl.Series(c, [row.get(c) for row in rows], pl.String) for c in columns]
    return FileTable.of(name, series, range(1, len(rows) + 1))


def _cells(element: ElementTree.Element) -> dict[str, str]:
    cells = dict(element.attrib)
    for child in element:
        text = "".join(child.itertext()).strip() or child.get("href", "")
        local = child.tag.rpartition("}")[2]
        cells[local] = f"{cells[local]}{MEMBERS}{text}" if local in cells else text
    return cells
