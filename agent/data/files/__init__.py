"""Readers of catalogue and interaction files: CSV, TSV, JSON lines, Parquet, gzipped or not.

`read_items` and `read_events` detect format, separator, header and the usual column names; a
`field_map` names other columns. A row that cannot be used is rejected with its number, field,
reason and value: every row read is kept, merged or rejected, and the counts must add up.
"""

from shelftalker.data.files.event_reader import read_events
from shelftalker.data.files.item_reader import ItemsRead, read_items
from shelftalker.data.files.known_items import KnownItems
from shelftalker.data.files.source import ReadOptions
from shelftalker.data.files.table import RowsRead

__all__ = ["ItemsRead", "KnownItems", "ReadOptions", "RowsRead", "read_events", "read_items"]
