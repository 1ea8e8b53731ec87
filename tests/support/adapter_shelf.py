"""A workspace with two adapter versions, and a copy of it that a test may change."""

import shutil
from pathlib import Path

import pytest

from shelftalker.adapters.registry import AdapterVersions
from shelftalker.store.workspace import Workspace
from tests.unit.adapters import test_registry


@pytest.fixture(scope="session")
def shelf(world: Path, trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two versions, neither of which serves."""
    path = tmp_path_factory.mktemp("shelf") / "ws"
    shutil.copytree(world, path)
    with Workspace.open(path) as workspace:
        for _ in range(2):
            AdapterVersions(workspace, "films").register(trained, test_registry.FACTS)
    return path


@pytest.fixture
def place(shelf: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    shutil.copytree(shelf, tmp_path / "ws")
    return tmp_path


def version(place: Path, name: str) -> Path:
    return place / "ws" / "domains" / "films" / "adapters" / name
