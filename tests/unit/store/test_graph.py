"""A knowledge graph beside a catalogue. Run: pytest tests/unit/store/test_graph.py"""

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from shelftalker.cli import app
from shelftalker.errors import DataError
from shelftalker.store.importing import import_files
from shelftalker.store.workspace import Workspace

ITEMS = "id,title,genre\n1,Alien,Horror\n2,Aliens,Action\n3,Heat,Crime\n"
GRAPH = (
    "head,relation,tail\n2,sequelOf,1\n3,themes,heist\n3,themes,Los Angeles\n3,label,4711\n"
    "9,themes,space\n"
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "items.csv").write_text(ITEMS, encoding="utf-8")
    (tmp_path / "graph.csv").write_text(GRAPH, encoding="utf-8")
    made = Workspace.create(tmp_path / "shop", default_domain="films")
    import_files(made, "films", [tmp_path / "items.csv"])
    return made


def test_triples_become_attributes_and_ids_titles(workspace: Workspace, tmp_path: Path) -> None:
    summary = import_files(workspace, "films", graph=[tmp_path / "graph.csv"])
    assert (summary.triples, summary.rejected) == (3, 1)
    catalog = workspace.catalog("films")
    assert catalog["2"].attributes == {"genre": ("Action",), "sequel_of": ("Alien",)}
    assert catalog["3"].attributes["themes"] == ("heist", "Los Angeles")
    assert "label" not in catalog.fields
    assert summary.rejects_file
    assert pl.read_ndjson(summary.rejects_file)["value"].to_list() == ["9"]


def test_it_stays_when_the_items_are_imported_again(workspace: Workspace, tmp_path: Path) -> None:
    import_files(workspace, "films", graph=[tmp_path / "graph.csv"])
    again = import_files(workspace, "films", [tmp_path / "items.csv"])
    assert again.triples == 3
    assert workspace.catalog("films")["2"].attributes["sequel_of"] == ("Alien",)


def test_a_dry_run_writes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    summary = import_files(workspace, "films", graph=[tmp_path / "graph.csv"], dry_run=True)
    assert summary.triples == 3
    assert "sequel_of" not in workspace.catalog("films").fields


def test_columns_of_other_names(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "odd.csv").write_text("film,how,what\n3,theme,heist\n", encoding="utf-8")
    with pytest.raises(DataError, match="--map item=COLUMN"):
        import_files(workspace, "films", graph=[tmp_path / "odd.csv"])
    names = {"item": "film", "relation": "how", "entity": "what"}
    import_files(workspace, "films", graph=[tmp_path / "odd.csv"], field_map=names)
    assert workspace.catalog("films")["3"].attributes["theme"] == ("heist",)


def test_from_the_command_line(workspace: Workspace, tmp_path: Path) -> None:
    asked = ["import", str(workspace.path), "--domain", "films", "--graph"]
    run = CliRunner().invoke(app, [*asked, str(tmp_path / "graph.csv"), "--lenient", "--json"])
    assert json.loads(run.stdout)["triples"] == 3
