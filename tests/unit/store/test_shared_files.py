"""The files of a workspace at an address. Run: pytest tests/unit/store/test_shared_files.py"""

import shutil
from pathlib import Path

import fsspec
import pytest

from shelftalker import Recommender
from shelftalker.errors import InputError, WorkspaceError
from shelftalker.store.shared_files import LIST, SharedFiles
from shelftalker.store.workspace import Workspace


@pytest.fixture(params=["memory://shelf/shop", "file://{}/elsewhere"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    fsspec.filesystem("memory").store.clear()
    return str(request.param).format(tmp_path)


def test_another_machine_serves_what_was_pushed(place: Path, address: str, tmp_path: Path) -> None:
    (place / "domains/films/rejects.jsonl").write_text('{"user": "somebody"}\n')
    with Workspace.open(place) as here, Workspace.create(tmp_path / "there", "films") as there:
        assert SharedFiles(there, address).pull() == 0
        first = SharedFiles(here, address).push()
        assert first > 2
        assert SharedFiles(here, address).push() == 0
        assert SharedFiles(there, address).pull() == first
        assert SharedFiles(there, address).pull() == 0
        assert not (there.path / "domains/films/rejects.jsonl").exists()
        with Recommender.open(place, "none") as one, Recommender.open(there.path, "none") as two:
            ids = [[s.item_id for s in r.shortlist("new", "a thriller")] for r in (one, two)]
        assert ids[0] == ids[1]

        scorers = place / "domains/films/scorer"
        shutil.copytree(scorers / "v1", scorers / "v2")
        (place / "domains/films/rules.toml").write_text("log_shown = true\n")
        here.set_current("films", scorer="v2")
        SharedFiles(here, address).push()
        SharedFiles(there, address).pull()
        assert there.current("films").scorer == "v2"
        assert there.versions("films", "scorer") == ["v1", "v2"]
        (place / "domains/films/rules.toml").unlink()
        SharedFiles(here, address).push()
        SharedFiles(there, address).pull()
        assert not (there.path / "domains/films/rules.toml").exists()


def test_what_is_half_pushed_is_not_taken(place: Path, tmp_path: Path) -> None:
    address = f"file://{tmp_path}/elsewhere"
    with Workspace.open(place) as here, Workspace.create(tmp_path / "there", "films") as there:
        SharedFiles(here, address).push()
        (tmp_path / "elsewhere/domains/films/CURRENT").write_text("another")
        with pytest.raises(WorkspaceError, match="is being changed; pull again"):
            SharedFiles(there, address).pull()
        assert there.current("films").scorer is None
        assert not (there.path / "cache" / LIST).exists()


def test_an_address_is_needed(place: Path) -> None:
    with Workspace.open(place) as workspace:
        with pytest.raises(InputError, match="give an address"):
            SharedFiles(workspace)
        with pytest.raises(InputError, match="cannot be opened"):
            SharedFiles(workspace, "nothing-known://x")
