"""Catalogues that are no plain file: folders, spreadsheets, object stores, databases."""

import sqlite3
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fsspec
import polars as pl
import pytest
import sqlalchemy as sa

from shelftalker.data.files import KnownItems, read_events, read_items
from shelftalker.data.files.addresses import local_files
from shelftalker.errors import DataError, InputError
from tests.support.postgres import new_database

OFFICE = "http://schemas.openxmlformats.org"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{OFFICE}/package/2006/content-types"><Default '
    'Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{OFFICE}/package/2006/relationships"><Relationship '
    f'Id="r" Type="{OFFICE}/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{OFFICE}/spreadsheetml/2006/main" xmlns:r="{OFFICE}/'
    'officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="r"/></sheets>'
    "</workbook>",
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{OFFICE}/package/2006/relationships">'
    f'<Relationship Id="r" Type="{OFFICE}/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>',
}


def spreadsheet(path: Path, rows: list[list[str | float]]) -> Path:
    """A file of Excel with one sheet."""

    def cell(column: int, row: int, value: str | float) -> str:
        place = f'r="{"ABCDEF"[column]}{row}"'
        if isinstance(value, str):
            return f'<c {place} t="inlineStr"><is><t>{value}</t></is></c>'
        return f"<c {place}><v>{value}</v></c>"

    lines = [
        f'<row r="{row}">' + "".join(cell(c, row, v) for c, v in enumerate(cells)) + "</row>"
        for row, cells in enumerate(rows, 1)
    ]
    sheet = f'<worksheet xmlns="{OFFICE}/spreadsheetml/2006/main"><sheetData>{"".join(lines)}'
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in PARTS.items():
            archive.writestr(name, text)
        archive.writestr("xl/worksheets/sheet1.xml", f"{sheet}</sheetData></worksheet>")
    return path


def test_a_spreadsheet_is_read_below_its_title(tmp_path: Path) -> None:
    rows: list[list[str | float]] = [
        ["Bericht 2025"],
        ["Artikelnr", "Bezeichnung", "Preis", "Verfügbar"],
        ["0017", "Lampe", 1299.5, "ja"],
        ["0018", "Stuhl", 49, "nein"],
    ]
    read = read_items(spreadsheet(tmp_path / "a.xlsx", rows))
    found = [(i.id, i.title, i.price, i.available) for i in read.catalog]
    assert found == [("0017", "Lampe", 1299.5, True), ("0018", "Stuhl", 49.0, False)]
    assert "1 lines above the names of the columns are left out" in read.summary.notes


def test_a_query_on_a_database_is_read(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as db:
        db.execute("CREATE TABLE p (sku TEXT, name TEXT, price REAL, secret TEXT)")
        db.execute("INSERT INTO p VALUES ('007', 'Mug', 2.5, 'x'), ('8', 'Tin', 3, 'y')")
    query = "SELECT sku, name, price FROM p ORDER BY sku"
    [file] = local_files([f"sqlite:///{tmp_path}/shop.db"], [query], tmp_path)
    found = [(i.id, i.title, i.price) for i in read_items(file).catalog]
    assert found == [("007", "Mug", 2.5), ("8", "Tin", 3.0)]


def test_a_failed_query_says_why_and_not_the_password(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such table: nowhere"):
        local_files([f"sqlite:///{tmp_path}/a.db"], ["SELECT * FROM nowhere"], tmp_path)
    with pytest.raises(DataError) as refused:
        local_files(["postgresql://me:secret@localhost:1/x"], ["SELECT 1"], tmp_path)
    assert "secret" not in str(refused.value)
    with pytest.raises(InputError, match="--query"):
        local_files(["sqlite:///a.db"], [], tmp_path)


def test_files_of_an_object_store_are_copied(tmp_path: Path) -> None:
    store = fsspec.filesystem("memory")
    store.pipe({"/shop/feed.csv": b"id,title\n1,A\n", "/shop/parts/p-2.csv": b"id,title\n2,B\n"})
    for address, names in (
        ("memory://shop/feed.csv", ["feed.csv"]),
        ("memory://shop/parts/*.csv", ["p-2.csv"]),
        ("memory://shop/parts", ["p-2.csv"]),
    ):
        files = local_files([address], [], tmp_path)
        assert [file.name for file in files] == names
        assert all(len(read_items(file).catalog) == 1 for file in files)
    with pytest.raises(DataError, match="cannot be read"):
        local_files(["memory://shop/none.csv"], [], tmp_path)


def test_a_folder_stands_for_the_files_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "feed"
    (folder / "day=1").mkdir(parents=True)
    pl.DataFrame({"id": ["1"], "title": ["A"]}).write_parquet(folder / "day=1" / "p.parquet")
    (folder / "_SUCCESS").write_text("")
    assert local_files([folder], [], tmp_path) == [folder / "day=1" / "p.parquet"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="without files"):
        local_files([tmp_path / "empty"], [], tmp_path)


TABLES = """
CREATE TABLE p (
    sku text, name text, price numeric(9,2), colors text[], extra jsonb, available boolean);
INSERT INTO p VALUES
    ('007', 'Mug', 12.50, '{red,blue}', '{"glaze": "ash"}', true),
    ('8', 'Tin', 3, NULL, NULL, false);
CREATE TABLE o (buyer bigint, sku text, at timestamptz);
INSERT INTO o VALUES (7, '007', '2026-03-04 12:00:00+02'), (8, '8', '2026-03-05 01:00Z');
"""


def test_rows_of_postgresql_keep_their_types(postgres: Any, tmp_path: Path) -> None:
    """Exact numbers, times with zones, lists, JSON and flags, as a shop's tables have them."""
    address = new_database(postgres)
    engine = sa.create_engine(sa.make_url(address).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.exec_driver_sql(TABLES)
    engine.dispose()
    [items] = local_files([address], ["SELECT * FROM p ORDER BY sku"], tmp_path)
    mug, tin = read_items(items).catalog
    assert (mug.id, mug.price, mug.available) == ("007", 12.5, True)
    assert (tin.price, tin.available) == (3.0, False)
    assert mug.facts()["colors"] == ("red", "blue")
    [log] = local_files([address], ["SELECT buyer, sku, at FROM o ORDER BY at"], tmp_path)
    frame = read_events([log], KnownItems(["007", "8"])).frame
    assert frame.select("user", "item").rows() == [("7", "007"), ("8", "8")]
    assert frame["time"][0] == datetime(2026, 3, 4, 10, tzinfo=UTC).timestamp()
