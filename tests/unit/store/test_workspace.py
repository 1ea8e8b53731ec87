"""The directory that is one deployment. Run: pytest tests/test_workspace.py"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.errors import DataError, UnknownDomain, WorkspaceError
from shelftalker.store.importing import import_files
from shelftalker.store.versions import CurrentVersions
from shelftalker.store.workspace import Workspace

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


class TestOpening:
    def test_a_lost_log_is_named_once_a_scorer_rests_on_it(self, workspace: Workspace) -> None:
        workspace.add_domain("films")
        assert workspace.events.users("films") == []
        workspace.close()
        with workspace.new_version("films", "scorer") as version:
            (version.folder / "card.json").write_text("{}")
        workspace.set_current("films", scorer="v1")
        (workspace.path / "events.db").unlink()
        again = Workspace.open(workspace.path)
        with pytest.raises(WorkspaceError, match=r"events\.db is gone"):
            again.events.users("films")
        (workspace.path / "events.db").touch()
        assert again.events.users("films") == []

    def test_a_new_workspace_opens_with_its_settings(self, workspace: Workspace) -> None:
        settings = Workspace.open(workspace.path).settings
        assert settings == workspace.settings
        assert (settings.engine, settings.default_domain) == ("auto", "films")
        assert (settings.budgets.pick_seconds, settings.budgets.describe_seconds) == (10, 60)
        assert workspace.domains() == []

    def test_what_is_no_workspace(self, tmp_path: Path) -> None:
        with pytest.raises(WorkspaceError, match=r"does not exist.*shelftalker init"):
            Workspace.open(tmp_path / "none")
        with pytest.raises(WorkspaceError, match=r"has no workspace\.toml"):
            Workspace.open(tmp_path)

    def test_nothing_is_created_over_something(self, workspace: Workspace) -> None:
        with pytest.raises(WorkspaceError, match="is a workspace already"):
            Workspace.create(workspace.path)
        with pytest.raises(WorkspaceError, match="not an empty folder"):
            Workspace.create(workspace.path.parent)

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ('enginee = "vllm"', r"unknown key 'enginee'; known: engine, model, encoder"),
            ("[budgets]\nreading = 3", r"'budgets\.reading'; known: pick_seconds, describe_sec"),
            ('engine = "gpt"', r"engine = 'gpt'.*'auto', 'transformers' or 'vllm'"),
            ("shortlist_size = 0", r"shortlist_size = 0"),
            ("engine = ", "not valid TOML"),
        ],
    )
    def test_settings_that_are_wrong(self, workspace: Workspace, line: str, message: str) -> None:
        (workspace.path / "workspace.toml").write_text(line + "\n", encoding="utf-8")
        with pytest.raises(WorkspaceError, match=message):
            Workspace.open(workspace.path)

    def test_settings_that_are_set(self, workspace: Workspace) -> None:
        text = 'model = "some/model"\ndtype = "float32"\n[budgets]\npick_seconds = 2.5\n'
        (workspace.path / "workspace.toml").write_text(text, encoding="utf-8")
        settings = Workspace.open(workspace.path).settings
        assert (settings.model, settings.dtype) == ("some/model", "float32")
        assert settings.budgets.pick_seconds == 2.5


class TestDomains:
    def test_unknown_ones_are_answered_with_the_known(self, workspace: Workspace) -> None:
        workspace.add_domain("films")
        with pytest.raises(
            UnknownDomain, match=r"no domain 'film' .*its domains: films; make another"
        ):
            workspace.catalog("film")

    @pytest.mark.parametrize("name", ["", "Films", "../x", "a b", "a/b", "films\n"])
    def test_names_that_are_none(self, workspace: Workspace, name: str) -> None:
        with pytest.raises(WorkspaceError, match="cannot name a domain"):
            workspace.add_domain(name)

    def test_a_catalogue_is_replaced_as_a_whole(self, workspace: Workspace) -> None:
        workspace.add_domain("films")
        assert len(workspace.catalog("films")) == 0
        workspace.write_catalog("films", Catalog.of([Item("1", "Heat")]))
        workspace.write_catalog("films", Catalog.of([Item("2", "Antz")]))
        assert workspace.catalog("films").ids == ["2"]
        names = {path.name for path in workspace.domain_path("films").iterdir()}
        assert names == {".lock", "catalog.parquet"}

    def test_a_damaged_catalogue_is_named(self, workspace: Workspace) -> None:
        (workspace.add_domain("films") / "catalog.parquet").write_bytes(b"PAR1 no more")
        with pytest.raises(WorkspaceError, match=r"catalog\.parquet is damaged"):
            workspace.catalog("films")

    def test_prompts_are_looked_for_in_the_domain_first(self, workspace: Workspace) -> None:
        folder = workspace.add_domain("films")
        assert workspace.prompt_folders("films") == [folder / "prompts", workspace.path / "prompts"]


class TestVersions:
    def test_a_version_appears_when_it_is_complete(self, workspace: Workspace) -> None:
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

    def test_a_failed_one_leaves_nothing(self, workspace: Workspace) -> None:
        workspace.add_domain("films")

        def fail() -> None:
            with workspace.new_version("films", "scorer") as version:
                (version.folder / "half").touch()
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        assert workspace.versions("films", "scorer") == []
        assert list((workspace.domain_path("films") / "scorer").iterdir()) == []

    def test_two_at_once_get_two_numbers(self, workspace: Workspace) -> None:
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

    def test_a_version_has_no_number_before_it_is_complete(self, workspace: Workspace) -> None:
        workspace.add_domain("films")
        with workspace.new_version("films", "scorer") as version, pytest.raises(AttributeError):
            _ = version.name

    def test_current(self, workspace: Workspace) -> None:
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

    def test_the_file_that_names_them_keeps_its_keys(self, workspace: Workspace) -> None:
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

    def test_ten_comes_after_nine(self, workspace: Workspace) -> None:
        for n in (10, 9, 2):
            (workspace.add_domain("films") / "scorer" / f"v{n}").mkdir(parents=True)
        assert workspace.versions("films", "scorer") == ["v2", "v9", "v10"]


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
        code = f"""
from pathlib import Path
from shelftalker.store.importing import import_files
from shelftalker.store.workspace import Workspace
workspace = Workspace.open({str(workspace.path)!r})
n = 0
while True:
    n += 1
    import_files(workspace, f"d{{n % 3}}", [Path({str(items)!r})], [Path({str(log)!r})])
    with workspace.new_version(f"d{{n % 3}}", "scorer") as version:
        (version.folder / "card.json").write_text("{{}}" * 9999)
    workspace.set_current(f"d{{n % 3}}", scorer=version.name)
    print(n, flush=True)
"""
        for delay in (0.01, 0.05, 0.13):
            writer = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
            assert writer.stdout
            assert writer.stdout.readline() == b"1\n"
            time.sleep(delay)
            os.kill(writer.pid, signal.SIGKILL)
            writer.communicate()
            with Workspace.open(workspace.path) as opened:
                assert opened.domains()
                for domain in opened.domains():
                    assert len(opened.catalog(domain)) in (0, 500)
                    assert opened.events.count(domain) in (0, 500)
                    for version in opened.versions(domain, "scorer"):
                        card = opened.domain_path(domain) / "scorer" / version / "card.json"
                        assert card.stat().st_size == 2 * 9999
                    opened.scorer_path(domain)
