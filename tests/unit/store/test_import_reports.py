"""What an import says and keeps: reasons, plans, other ids, deleted users."""

import re
from pathlib import Path

import polars as pl
import pytest
import yaml

from shelftalker.data.files import ReadOptions
from shelftalker.store.importing import import_files
from shelftalker.store.personal_data import erase
from shelftalker.store.workspace import Workspace
from tests.support import ROOT

EXPORTS = yaml.safe_load((ROOT / "tests/unit/data/exports.yaml").read_text(encoding="utf-8"))
PRIVATE = [name for name in EXPORTS if "private" in EXPORTS[name]]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "workspace")


def file(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_refusals_are_grouped_with_a_cure(workspace: Workspace, tmp_path: Path) -> None:
    items = file(tmp_path, "items.csv", "id,title\n1,Mug\n")
    log = file(tmp_path, "log.csv", "user,item\nu,1\nu,77\nu,78\n")
    summary = import_files(workspace, "shop", [items], [log])
    [refusal] = summary.refusals
    assert (refusal.count, refusal.row, refusal.example) == (2, 2, "77")
    assert "--map item=COLUMN" in str(refusal)
    assert summary.too_many_refused


def test_ids_that_lost_their_zeros_are_found_and_told(workspace: Workspace, tmp_path: Path) -> None:
    items = file(tmp_path, "items.csv", "id,title\n0017,Mug\n0018,Cup\n")
    log = file(tmp_path, "log.csv", "user,item\nu,17\nu,18\n")
    summary = import_files(workspace, "shop", [items], [log])
    assert [event.item for event in workspace.events.all("shop")] == ["0017", "0018"]
    assert any("leading zeros" in note for note in summary.reads["events"].notes)


def test_events_of_a_variant_count_for_its_product_in_a_later_import(
    workspace: Workspace, tmp_path: Path
) -> None:
    rows = "p,v1,Tee,S,9\np,v2,Tee,M,8\n"
    items = file(tmp_path, "items.csv", f"product_id,variant_id,title,size,price\n{rows}")
    import_files(workspace, "shop", [items])
    import_files(workspace, "shop", events=[file(tmp_path, "log.csv", "user,variant_id\nu,v2\n")])
    [item] = workspace.catalog("shop")
    assert (item.id, item.price, item.attributes["size"]) == ("p", 8, ("S", "M"))
    assert [event.item for event in workspace.events.all("shop")] == ["p"]


def test_a_dry_run_writes_nothing_and_shows_the_plan(workspace: Workspace, tmp_path: Path) -> None:
    items = file(tmp_path, "items.csv", "id,title,stock\n1,Mug,4\n")
    summary = import_files(workspace, "shop", [items], dry_run=True)
    assert workspace.domains() == []
    assert summary.reads[str(items)].columns["stock"] == "left out: inner"


def test_the_owner_changes_what_a_column_is_in_one_file(
    workspace: Workspace, tmp_path: Path
) -> None:
    items = file(tmp_path, "items.csv", "id,title,stock,colour\n1,Mug,4,red\n")
    import_files(workspace, "shop", [items], options=ReadOptions(dates="dmy"))
    plan = workspace.domain_path("shop") / "columns.yaml"
    [entry] = yaml.safe_load(plan.read_text(encoding="utf-8"))
    assert (entry["dates"], entry["columns"]["stock"]) == ("dmy", "left out: inner")
    entry["columns"] |= {"stock": "attribute stock", "colour": "left out: inner"}
    plan.write_text(yaml.safe_dump([entry]), encoding="utf-8")
    import_files(workspace, "shop", [items])
    [item] = workspace.catalog("shop")
    assert item.attributes == {"stock": 4}
    [entry] = yaml.safe_load(plan.read_text(encoding="utf-8"))
    assert (entry["dates"], entry["columns"]["stock"]) == ("dmy", "attribute stock")


def test_who_was_deleted_does_not_come_back_with_the_same_file(
    workspace: Workspace, tmp_path: Path
) -> None:
    items = file(tmp_path, "items.csv", "id,title\n1,Mug\n")
    log = file(tmp_path, "log.csv", "user,item,time\nann-7,1,100\nbob,1,100\nann-7,1,x,broken\n")
    import_files(workspace, "shop", [items], [log])
    assert erase(workspace, "ann-7") == 1
    files = [path for path in workspace.path.rglob("*") if path.is_file()]
    assert [path.name for path in files if b"ann-7" in path.read_bytes()] == []
    log.write_text("user,item,time\nann-7,1,100\nbob,1,100\n", encoding="utf-8")
    summary = import_files(workspace, "shop", events=[log])
    assert (summary.events_added, summary.events_known, summary.events_erased) == (0, 1, 1)
    assert workspace.events.users("shop") == ["bob"]


@pytest.mark.parametrize("name", PRIVATE)
def test_no_value_about_a_person_reaches_the_catalogue_or_a_log_record(
    workspace: Workspace, tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Texts and prompts are written from the catalogue, so what it lacks they lack, too."""
    export = EXPORTS[name]
    path = file(tmp_path, export.get("file", "export.csv"), export["text"])
    caplog.set_level("INFO")
    options = ReadOptions(user=export.get("user", ""))
    log = [path] if "events" in export else []
    summary = import_files(workspace, "shop", [path], log, options=options)
    folder = workspace.domain_path("shop")
    assert summary.items_added
    assert bool(summary.events_added) == bool(log)
    kept = workspace.catalog("shop").frame.write_ndjson() + repr(summary.reads) + caplog.text
    kept += (folder / "columns.yaml").read_text(encoding="utf-8")
    kept += pl.read_parquet(folder / "aliases.parquet").write_ndjson()
    assert [
        value for value in export["private"] if re.search(rf"(?<!\w){re.escape(value)}(?!\w)", kept)
    ] == []
