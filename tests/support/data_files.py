"""Small catalogue and interaction files, written and read again; the development data sets."""

from pathlib import Path

import polars as pl
import pytest

from shelftalker.data.catalog import Item
from shelftalker.data.files import (
    ItemsRead,
    KnownItems,
    ReadOptions,
    RowsRead,
    read_events,
    read_items,
)
from tests.support import ROOT

DATA = next((p / "shared" / "data" for p in ROOT.parents if (p / "shared" / "data").is_dir()), None)
NUMBERED = KnownItems([str(n) for n in range(250)])
real_data = pytest.mark.skipif(DATA is None, reason="the development data sets are not here")


def items_from(tmp_path: Path, text: str, name: str = "items.csv", **field_map: str) -> ItemsRead:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_items(path, ReadOptions(field_map))


def only_item(tmp_path: Path, text: str, name: str = "items.csv") -> Item:
    (item,) = items_from(tmp_path, text, name).catalog
    return item


def events_from(
    tmp_path: Path, text: str, known: KnownItems = NUMBERED, **field_map: str
) -> RowsRead:
    path = tmp_path / "events.csv"
    path.write_text(text, encoding="utf-8")
    return read_events([path], known, ReadOptions(field_map))


def reasons(rejects: pl.DataFrame) -> list[tuple[int, str | None, str]]:
    return [(row, field, reason) for _, row, field, reason, _ in rejects.rows()]
