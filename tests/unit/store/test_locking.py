"""Several processes that change one domain at once. Run: pytest tests/unit/store/test_locking.py"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.errors import WorkspaceError
from shelftalker.learning.fit import fit
from shelftalker.store.versions import NewVersion, VersionKind
from shelftalker.store.workspace import Workspace

SET_CURRENT = """
import sys
from shelftalker.store.workspace import Workspace
workspace, field, undone = Workspace.open(sys.argv[1]), sys.argv[2], 0
print("ready", flush=True)
sys.stdin.readline()
for n in range(60):
    version = f"v{1 + n % 2}"
    workspace.set_current("films", **{field: version})
    undone += getattr(workspace.current("films"), field) != version
print(undone)
"""
ADD_ITEMS = """
import sys
from shelftalker.data.catalog import Catalog, Item
from shelftalker.store.workspace import Workspace
workspace, prefix = Workspace.open(sys.argv[1]), sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
for n in range(25):
    fresh = Catalog.of([Item(f"{prefix}{n}", f"Film {n}")])
    workspace.update_catalog("films", lambda catalog: catalog.upserted(fresh))
print("done")
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace.create(tmp_path / "shop", default_domain="films")
    folder = workspace.add_domain("films")
    for kind in ("scorer", "adapters"):
        for version in ("v1", "v2"):
            (folder / kind / version).mkdir(parents=True)
    return workspace


def run_together(code: str, workspace: Workspace, arguments: tuple[str, ...]) -> list[str]:
    """Run the code once an argument, all processes at the same time; returns their last lines."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(workspace.path), argument],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for argument in arguments
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    outputs = []
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        outputs.append(process.communicate()[0].strip())
        assert process.returncode == 0
    return outputs


def test_no_process_undoes_what_another_puts_in_service(workspace: Workspace) -> None:
    assert run_together(SET_CURRENT, workspace, ("scorer", "adapter")) == ["0", "0"]


def test_two_processes_add_items_to_one_catalogue(workspace: Workspace) -> None:
    workspace.write_catalog("films", Catalog.of([Item("0", "Heat")]))
    assert run_together(ADD_ITEMS, workspace, ("a", "b")) == ["done", "done"]
    assert len(workspace.catalog("films")) == 51


def test_the_lock_can_be_taken_again_by_its_owner(workspace: Workspace) -> None:
    other = Workspace.open(workspace.path)
    with workspace.locked("films"), other.locked("films"):
        other.set_current("films", scorer="v1")
    assert workspace.current("films").scorer == "v1"


def test_a_lock_that_stays_taken_is_an_error(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = """
import sys
from shelftalker.store.workspace import Workspace
with Workspace.open(sys.argv[1]).locked("films"):
    print("held", flush=True)
    sys.stdin.readline()
"""
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(workspace.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        monkeypatch.setattr("shelftalker.store.locking.LOCK_SECONDS", 0.2)
        with pytest.raises(WorkspaceError, match=r"\.lock .*0\.2 seconds.*repeat"):
            workspace.set_current("films", scorer="v1")
        assert workspace.current("films").scorer is None  # readers do not wait
        holder.communicate(b"\n")
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
