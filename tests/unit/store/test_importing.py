"""Import of catalogue and interaction files. Run: pytest tests/unit/store/test_importing.py"""

import time
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path

import polars as pl
import pytest

from shelftalker.errors import DataError
from shelftalker.store.importing import import_files
from shelftalker.store.workspace import Workspace
from tests.support.forked import forked

ITEMS = "id,title,genre\n1,Heat,Crime\n2,Antz,Comedy\n3,,Drama\n"
EVENTS = "user,item,rating,time\nu,1,5,100\nu,2,3,200\nv,9,4,300\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "shop", default_domain="films")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "items.csv").write_text(ITEMS, encoding="utf-8")
    (tmp_path / "events.csv").write_text(EVENTS, encoding="utf-8")
    return tmp_path / "items.csv", tmp_path / "events.csv"


def import_for_ever(end: Connection, path: Path, items: Path, log: Path) -> None:
    workspace = Workspace.open(path)
    for n in count(1):
        domain = f"d{n % 3}"
        import_files(workspace, domain, [items], [log])
        with workspace.new_version(domain, "scorer") as version:
            (version.folder / "card.json").write_text("{}" * 9999)
        workspace.set_current(domain, scorer=version.name)
        end.send(n)


class TestImport:
    def test_counts_and_contents(self, workspace: Workspace, files: tuple[Path, Path]) -> None:
        summary = import_files(workspace, "films", [files[0]], [files[1]])
        assert (summary.items_added, summary.items_updated, summary.items_unchanged) == (2, 0, 0)
        assert (summary.events_added, summary.events_known, summary.rejected) == (2, 0, 2)
        assert workspace.catalog("films")["1"].attributes == {"genre": ("Crime",)}
        assert [e.item for e in workspace.events.of_user("films", "u")] == ["1", "2"]
        assert summary.rejects_file
        rejects = pl.read_ndjson(summary.rejects_file)
        assert rejects.select("file", "row", "field").rows() == [
            ("items.csv", 3, "title"),
            ("events.csv", 3, "item"),
        ]

    def test_a_column_of_one_kind_of_file_alone_is_named_so(
        self, workspace: Workspace, files: tuple[Path, Path]
    ) -> None:
        files[0].write_text("code,label,title\n1,Heat,x\n2,Antz,y\n", encoding="utf-8")
        files[1].write_text("user,title\nu,Antz\n", encoding="utf-8")
        named = {"id": "code", "items:title": "label"}
        import_files(workspace, "films", [files[0]], [files[1]], named)
        assert workspace.catalog("films")["1"].title == "Heat"
        assert [e.item for e in workspace.events.of_user("films", "u")] == ["2"]
        with pytest.raises(DataError, match=r"items:title=label or events:title=label"):
            import_files(workspace, "films", [files[0]], [files[1]], {"title": "label"})
        with pytest.raises(DataError, match="no such files are given; allowed: items:title"):
            import_files(workspace, "films", [files[0]], [], {"events:title": "label"})

    def test_once_more_changes_nothing(
        self, workspace: Workspace, files: tuple[Path, Path]
    ) -> None:
        import_files(workspace, "films", [files[0]], [files[1]])
        again = import_files(workspace, "films", [files[0]], [files[1]])
        assert (again.items_added, again.items_updated, again.items_unchanged) == (0, 0, 2)
        assert (again.events_added, again.events_known) == (0, 2)
        assert workspace.events.count("films") == 2
        assert again.rejects_file
        assert len(pl.read_ndjson(again.rejects_file)) == 2

    def test_items_are_upserted_and_events_appended(
        self, workspace: Workspace, files: tuple[Path, Path]
    ) -> None:
        import_files(workspace, "films", [files[0]], [files[1]])
        files[0].write_text("id,title,genre\n9,Big,Comedy\n2,Antz!,Comedy\n", encoding="utf-8")
        summary = import_files(workspace, "films", [files[0]], [files[1]])
        assert (summary.items_added, summary.items_updated, summary.items_unchanged) == (1, 1, 1)
        assert [item.title for item in workspace.catalog("films")] == ["Heat", "Antz!", "Big"]
        assert (summary.events_added, summary.events_known) == (1, 2)

    def test_a_bad_file_changes_nothing(
        self, workspace: Workspace, files: tuple[Path, Path]
    ) -> None:
        files[1].write_bytes(b"")
        with pytest.raises(DataError, match="is empty"):
            import_files(workspace, "films", [files[0]], [files[1]])
        assert workspace.domains() == []

    def test_events_need_items(self, workspace: Workspace, files: tuple[Path, Path]) -> None:
        with pytest.raises(DataError, match=r"has no items yet; give --items"):
            import_files(workspace, "films", events=[files[1]])

    def test_a_kill_at_any_moment_leaves_a_workspace_that_opens(
        self, workspace: Workspace, tmp_path: Path
    ) -> None:
        """Imports and version writes run in a loop in another process, which is killed thrice."""
        items = tmp_path / "many.csv"
        items.write_text("id,title\n" + "".join(f"{n},Item {n}\n" for n in range(500)))
        log = tmp_path / "log.csv"
        log.write_text("user,item,time\n" + "".join(f"u,{n},{n}\n" for n in range(500)))
        for delay in (0.01, 0.05, 0.13):
            with forked(import_for_ever, workspace.path, items, log) as (_, end):
                assert end.recv() == 1
                time.sleep(delay)
            with Workspace.open(workspace.path) as opened:
                assert opened.domains()
                for domain in opened.domains():
                    assert len(opened.catalog(domain)) in (0, 500)
                    assert opened.events.count(domain) in (0, 500)
                    for version in opened.versions(domain, "scorer"):
                        card = opened.domain_path(domain) / "scorer" / version / "card.json"
                        assert card.stat().st_size == 2 * 9999
                    opened.scorer_path(domain)
