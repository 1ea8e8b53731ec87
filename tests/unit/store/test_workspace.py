"""The directory that is one deployment. Run: pytest tests/unit/store/test_workspace.py"""

from pathlib import Path

import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.errors import UnknownDomain, WorkspaceError
from shelftalker.store.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "shop", default_domain="films")


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
            ('engine = "gpt"', r"engine = 'gpt'.*'transformers', 'vllm', 'server' or 'openai'"),
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
