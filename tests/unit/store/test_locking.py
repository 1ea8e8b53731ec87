"""Several processes that change one domain at once. Run: pytest tests/unit/store/test_locking.py"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.errors import WorkspaceError
from shelftalker.learning.fit import fit
from shelftalker.store.versions import NewVersion, VersionKind
from shelftalker.store.workspace import Workspace
from tests.support.forked import forked


def set_current(end: Connection, path: Path, field: str) -> None:
    workspace, undone = Workspace.open(path), 0
    begun_together(end)
    for n in range(60):
        version = f"v{1 + n % 2}"
        workspace.set_current("films", **{field: version})
        undone += getattr(workspace.current("films"), field) != version
    end.send(undone)


def add_items(end: Connection, path: Path, prefix: str) -> None:
    workspace = Workspace.open(path)
    begun_together(end)
    for n in range(25):
        add_item(workspace, Item(f"{prefix}{n}", f"Film {n}"))
    end.send("done")


def add_item(workspace: Workspace, item: Item) -> None:
    workspace.update_catalog("films", lambda catalog: catalog.upserted(Catalog.of([item])))


def hold(end: Connection, path: Path) -> None:
    with Workspace.open(path).locked("films"):
        begun_together(end)


def begun_together(end: Connection) -> None:
    end.send("ready")
    end.recv()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace.create(tmp_path / "shop", default_domain="films")
    folder = workspace.add_domain("films")
    for kind in ("scorer", "adapters"):
        for version in ("v1", "v2"):
            (folder / kind / version).mkdir(parents=True)
    return workspace


def run_together(
    work: Callable[..., None], workspace: Workspace, arguments: tuple[str, ...]
) -> list[object]:
    """Do the work once an argument, all processes at the same time; returns what each sends."""
    with ExitStack() as processes:
        ends = [
            processes.enter_context(forked(work, workspace.path, argument))[1]
            for argument in arguments
        ]
        assert [end.recv() for end in ends] == ["ready"] * len(ends)
        for end in ends:
            end.send("go")
        return [end.recv() for end in ends]


def test_no_process_undoes_what_another_puts_in_service(workspace: Workspace) -> None:
    assert run_together(set_current, workspace, ("scorer", "adapter")) == [0, 0]


def test_two_processes_add_items_to_one_catalogue(workspace: Workspace) -> None:
    workspace.write_catalog("films", Catalog.of([Item("0", "Heat")]))
    assert run_together(add_items, workspace, ("a", "b")) == ["done", "done"]
    assert len(workspace.catalog("films")) == 51


def test_the_lock_can_be_taken_again_by_its_owner(workspace: Workspace) -> None:
    other = Workspace.open(workspace.path)
    with workspace.locked("films"), other.locked("films"):
        other.set_current("films", scorer="v1")
    assert workspace.current("films").scorer == "v1"


def test_a_lock_that_stays_taken_is_an_error(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with forked(hold, workspace.path) as (holder, end):
        assert end.recv() == "ready"
        monkeypatch.setattr("shelftalker.store.atomic.LOCK_SECONDS", 0.2)
        with pytest.raises(WorkspaceError, match=r"\.lock .*0\.2 seconds.*repeat"):
            workspace.set_current("films", scorer="v1")
        assert workspace.current("films").scorer is None  # readers do not wait
        end.send("go")
        holder.join(60)
    assert workspace.set_current("films", scorer="v1").scorer == "v1"


def test_a_fit_puts_its_own_version_in_service(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Workspace.new_version

    @contextmanager
    def raced(self: Workspace, domain: str, kind: VersionKind) -> Iterator[NewVersion]:
        """A version of another process appears right after the caller's."""
        with original(self, domain, kind) as version:
            yield version
        with original(self, domain, kind):
            pass

    monkeypatch.setattr(Workspace, "new_version", raced)
    with Workspace.open(place) as workspace:
        last = int(workspace.versions("films", "scorer")[-1][1:])
        version, _ = fit(workspace, "films")
        assert version == workspace.current("films").scorer == f"v{last + 1}"
        assert workspace.versions("films", "scorer")[-1] == f"v{last + 2}"
