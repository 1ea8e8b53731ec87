"""Exports of well-known shops and services, read without `--map`. All rows are made up."""

from pathlib import Path

import pytest
import yaml

from shelftalker.data.catalog import Item
from shelftalker.data.files import (
    ItemsRead,
    KnownItems,
    ReadOptions,
    RowsRead,
    read_events,
    read_items,
)
from shelftalker.data.files.layouts import FOLDER, layouts

EXPORTS = {
    name: export
    for file in sorted(Path(__file__).parent.glob("exports*.yaml"))
    for name, export in yaml.safe_load(file.read_text(encoding="utf-8")).items()
}


def read(folder: Path, name: str) -> tuple[ItemsRead | None, RowsRead | None]:
    """The items and events of an export, as its entry in `exports.yaml` asks for them."""
    export = EXPORTS[name]
    path = folder / export.get("file", "export.csv")
    path.write_text(export["text"], encoding=export.get("encoding", "utf-8"))
    items = read_items(path) if "items" in export else None
    if "events" not in export:
        return items, None
    known = KnownItems([row[1] for row in export["events"]])
    if items:
        known = KnownItems(items.catalog.ids, items.aliases, [items.catalog])
    return items, read_events([path], known, ReadOptions(user=export.get("user", "")))


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_is_read_as_it_is(tmp_path: Path, name: str) -> None:
    export = EXPORTS[name]
    items, events = read(tmp_path, name)
    if items:
        assert [shown(item) for item in items.catalog] == export["items"]
        assert items.rejects.is_empty()
    if events:
        rows = [[*row[:4]] for row in events.frame.rows()]
        assert rows == export["events"]
        assert events.rejects.is_empty()
    for word in export.get("notes", []):
        notes = (items.summary.notes if items else []) + (events.summary.notes if events else [])
        assert any(word in note for note in notes), notes


def shown(item: Item) -> dict[str, object]:
    """What an item holds, as `exports.yaml` writes it."""
    fields = {"id": item.id, "title": item.title, "text": item.text, "price": item.price,
              "available": item.available, "group": item.group}  # fmt: skip
    plain = {n: list(v) if isinstance(v, tuple) else v for n, v in item.attributes.items()}
    defaults = {"text": "", "price": None, "available": True, "group": None}
    return {n: v for n, v in fields.items() if n not in defaults or v != defaults[n]} | (
        {"attributes": plain} if plain else {}
    )


def test_every_layout_is_told_from_all_others_by_its_columns() -> None:
    assert len(layouts()) == len(list(FOLDER.glob("*.yaml"))) > 20
    for layout in layouts():
        own = [*layout.columns, *layout.any_of]
        assert next(other.name for other in layouts() if other.fits(own)) == layout.name
