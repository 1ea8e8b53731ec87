"""A disk that fills up while something is written: what served before still serves.

A limit on the size of a file stands for the full disk: writes fail in the same places.
"""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shelftalker import Recommender
from shelftalker.data.catalog import Catalog, Item
from shelftalker.errors import WorkspaceError
from shelftalker.learning.fit import fit
from shelftalker.store.importing import import_files
from shelftalker.store.workspace import Workspace


@contextmanager
def full_disk(free: int) -> Iterator[None]:
    """No file may grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def state(place: Path) -> tuple[object, ...]:
    with Workspace.open(place) as workspace:
        return (
            workspace.catalog("films").ids,
            workspace.events.all("films"),
            workspace.versions("films", "scorer"),
            workspace.current("films"),
            sorted(path.name for path in place.rglob("*.tmp*")),
        )


def serves(place: Path) -> None:
    with Recommender.open(place, engine="none") as recommender:
        assert len(recommender.generate("u0").cards) == 3


def test_a_catalogue_that_does_not_fit(place: Path) -> None:
    before = state(place)
    many = Catalog.of(Item(f"n{n}", f"Title {n * 7919}", "text " * 9) for n in range(5000))
    with (
        Workspace.open(place) as workspace,
        full_disk(2000),
        pytest.raises(WorkspaceError, match=r"what served before still serves.*large"),
    ):
        workspace.write_catalog("films", many)
    assert state(place) == before
    serves(place)


def test_events_that_do_not_fit_take_their_items_back_too(place: Path, tmp_path: Path) -> None:
    items, events = tmp_path / "items.csv", tmp_path / "events.csv"
    items.write_text("id,title\nn1,Harbour of Knives\n")
    rows = "".join(f"user{n},n1,{n}\n" for n in range(60_000))
    events.write_text("user,item,time\n" + rows)
    before = state(place)
    with Workspace.open(place) as workspace:
        workspace.events.count("films")
        with full_disk(500_000), pytest.raises(WorkspaceError, match="nothing of this was stored"):
            import_files(workspace, "films", [items], [events])
        assert workspace.events.count("films") == len(before[1])  # type: ignore[arg-type]
    assert state(place) == before
    serves(place)


def test_a_scorer_that_does_not_fit(place: Path) -> None:
    before = state(place)
    with Workspace.open(place) as workspace:
        workspace.events.count("films")
        with (
            full_disk(40_000),
            pytest.raises(WorkspaceError, match="what served before still serves"),
        ):
            fit(workspace, "films")
    assert state(place) == before
    serves(place)
