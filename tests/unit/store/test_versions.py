"""Versions of scorers and adapters, and which are in service.

Run: pytest tests/unit/store/test_versions.py
"""

import json
from pathlib import Path

import pytest

from shelftalker.errors import WorkspaceError
from shelftalker.store.versions import CurrentVersions
from shelftalker.store.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "shop", default_domain="films")


def test_a_version_appears_when_it_is_complete(workspace: Workspace) -> None:
    workspace.add_domain("films")
    for text in ("one", "two"):
        with workspace.new_version("films", "scorer") as version:
            (version.folder / "card.json").write_text(text, encoding="utf-8")
            assert text == "one" or workspace.versions("films", "scorer") == ["v1"]
    assert workspace.versions("films", "scorer") == ["v1", "v2"]
    workspace.set_current("films", scorer="v2")
    path = workspace.scorer_path("films")
    assert path
    assert (path / "card.json").read_text(encoding="utf-8") == "two"


def test_a_failed_one_leaves_nothing(workspace: Workspace) -> None:
    workspace.add_domain("films")

    def fail() -> None:
        with workspace.new_version("films", "scorer") as version:
            (version.folder / "half").touch()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert workspace.versions("films", "scorer") == []
    assert list((workspace.domain_path("films") / "scorer").iterdir()) == []


def test_two_at_once_get_two_numbers(workspace: Workspace) -> None:
    workspace.add_domain("films")
    with (
        workspace.new_version("films", "adapters") as first,
        workspace.new_version("films", "adapters") as second,
    ):
        (first.folder / "a").touch()
        (second.folder / "b").touch()
    assert (second.name, first.name) == ("v1", "v2")  # the inner block ends first
    assert [one.folder.name for one in (second, first)] == ["v1", "v2"]
    assert (first.folder / "a").is_file()
    assert workspace.versions("films", "adapters") == ["v1", "v2"]


def test_a_version_has_no_number_before_it_is_complete(workspace: Workspace) -> None:
    workspace.add_domain("films")
    with workspace.new_version("films", "scorer") as version, pytest.raises(AttributeError):
        _ = version.name


def test_current(workspace: Workspace) -> None:
    workspace.add_domain("films")
    assert workspace.current("films") == CurrentVersions()
    assert workspace.scorer_path("films") is None
    with workspace.new_version("films", "scorer"), workspace.new_version("films", "adapters"):
        pass
    workspace.set_current("films", scorer="v1")
    workspace.set_current("films", adapter="v1")
    assert workspace.current("films") == CurrentVersions("v1", "v1", previous_adapters=(None,))
    assert workspace.set_current("films", adapter="") == CurrentVersions(
        scorer="v1", previous_adapters=(None, "v1")
    )
    with pytest.raises(WorkspaceError, match=r"no scorer version 'v7'; it has: v1"):
        workspace.set_current("films", scorer="v7")


def test_the_file_that_names_them_keeps_its_keys(workspace: Workspace) -> None:
    file = workspace.add_domain("films") / "CURRENT"
    file.write_text('{"scorer": "v1", "adapter": "v2", "before": [null, "v1"]}')
    read = CurrentVersions("v1", "v2", previous_adapters=(None, "v1"))
    assert workspace.current("films") == read
    assert workspace.restore_adapter("films", 2) == CurrentVersions("v1")
    assert json.loads(file.read_text()) == {"scorer": "v1", "adapter": None, "before": []}
    file.write_text('{"scorer": "v1"}')
    assert workspace.current("films") == CurrentVersions("v1")
    file.write_text('{"scorer": "v1", "adaptor": "v2"}')
    with pytest.raises(WorkspaceError, match=r"CURRENT is damaged.*adaptor.*fit"):
        workspace.current("films")


def test_ten_comes_after_nine(workspace: Workspace) -> None:
    for n in (10, 9, 2):
        (workspace.add_domain("films") / "scorer" / f"v{n}").mkdir(parents=True)
    assert workspace.versions("films", "scorer") == ["v2", "v9", "v10"]
