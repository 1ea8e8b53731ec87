"""JSON lines and JSON documents to a `FileTable`; an invalid line is rejected, not the file."""

import ast
import json

import polars as pl

from shelftalker.data.files.table import ROW, FileTable, Reject, as_text, encodable, rejects_frame
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
    lists = [v for v in values if isinstance(v, list) and v and isinstance(v[0], dict)]
    described = _FIELDS & {name.casefold() for name in document}
    return lists[0] if len(lists) == 1 and not described else [document]


_FIELDS = frozenset({"id", "title", "name", "sku", "event_name", "user_id", "item_id"})
"""An object with one of these is a row itself, and no wrapper of a list of rows."""


def _json_lines(name: str, text: str) -> FileTable:
    objects: list[tuple[int, object]] = []
    rejected: list[Reject] = []
    row = 0
    for line in text.split("\n"):
        if not line.strip():
            continue
        row += 1
        value = json_object(line)
        if value is None:
            rejected.append((name, row, None, "not a JSON object", line[:200]))
        else:
            objects.append((row, value))
    return _from_objects(name, objects, rejected)


def json_object(line: str) -> dict[str, object] | None:
    """A JSON object, or a printed Python dict as in older Amazon files; None for other text."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        try:
            value = ast.literal_eval(line.strip()) if line.lstrip().startswith("{'") else None
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            value = None
    return value if isinstance(value, dict) else None


def _from_objects(
    name: str, objects: list[tuple[int, object]], rejected: list[Reject]
) -> FileTable:
    columns: dict[str, None] = {}
    good: list[tuple[int, dict[str, object]]] = []
    for row, value in objects:
        if isinstance(value, dict):
            columns.update(dict.fromkeys(value))
            good.append((row, value))
        else:
            rejected.append((name, row, None, "not a JSON object", str(value)[:200]))
    names = [column for column in columns if column != ROW]
    series = [pl.Series(ROW, [row for row, _ in good], pl.Int64)]
    for column in names:
        values = [as_text(value.get(column)) for _, value in good]
        series.append(pl.Series(encodable(column), values, pl.String))
    return FileTable(name, pl.DataFrame(series), rejects_frame(rejected))
