"""What `DomainStore` promises while something is published: nobody waits, nothing is rebuilt twice.

Run with `pytest tests/unit/serving/test_domain_store.py`.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.filters import allowed_items
from shelftalker.errors import NotFitted, WorkspaceError
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.serving import domain_store
from shelftalker.serving.domain_store import DomainStore
from shelftalker.store.workspace import CATALOG_FILE, Workspace
from tests.support.letter_world import (
    OPENERS,
    add_domain,
    add_version,
    fitted,
    open_letters,
    wait_for,
)

NEW = Catalog.of([Item("new", "Item zz")])


class Loads:
    """Stands before `load_scorer`: counts the loads of each domain, and holds or fails those of
    `shop` when told to."""

    def __init__(self, load: Any) -> None:
        self._load = load
        self.counts: dict[str, int] = {}
        self.open = threading.Event()
        self.open.set()
        self.error: Exception | None = None

    def __call__(self, workspace: Workspace, name: str, *args: Any, **options: Any) -> Any:
        self.counts[name] = self.counts.get(name, 0) + 1
        if name == "shop":
            assert self.open.wait(30)
            if self.error is not None:
                raise self.error
        return self._load(workspace, name, *args, **options)


@pytest.fixture(scope="module")
def scorers() -> tuple[TwoTowerScorer, TwoTowerScorer]:
    return fitted(0), fitted(1)


@pytest.fixture
def workspace(
    tmp_path: Path, scorers: tuple[TwoTowerScorer, TwoTowerScorer], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workspace]:
    for module in OPENERS:
        monkeypatch.setattr(f"shelftalker.{module}.open_encoder", open_letters)
    with Workspace.create(tmp_path / "ws", default_domain="shop") as workspace:
        for name in ("shop", "films"):
            add_domain(workspace, name, scorers[0])
        add_version(workspace, "shop", scorers[1])
        yield workspace


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loads]:
    loads = Loads(domain_store.load_scorer)
    monkeypatch.setattr(domain_store, "load_scorer", loads)
    yield loads
    loads.open.set()


@pytest.fixture
def store(workspace: Workspace, loads: Loads) -> DomainStore:
    store = DomainStore(workspace)
    store.get("shop")
    return store


def in_thread(call: Any) -> Any:
    """The result of a call that another thread makes; fails where it waits."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result(timeout=10)


def elsewhere(call: Any) -> None:
    """Publish as another process would: not in the context of this test."""
    thread = threading.Thread(target=call)
    thread.start()
    thread.join()


def test_requests_use_the_old_scorer_until_the_new_one_is_built(
    workspace: Workspace, store: DomainStore, loads: Loads
) -> None:
    old = store.get("shop")
    loads.open.clear()
    elsewhere(lambda: workspace.set_current("shop", scorer="v2"))
    assert [store.get("shop") for _ in range(5)] == [old] * 5
    wait_for(lambda: loads.counts["shop"] == 2)
    assert store.get("films").name == "films"  # loaded for the first time, beside the build
    loads.open.set()
    wait_for(lambda: store.get("shop").scorer_version == "v2")
    new = store.get("shop")
    assert (new.reader, new.catalog) == (old.reader, old.catalog)
    assert new.scorer.digests is old.scorer.digests
    assert loads.counts == {"shop": 2, "films": 1}


def test_a_catalogue_changed_during_the_first_build_is_in_service_afterwards(
    workspace: Workspace, loads: Loads
) -> None:
    store, file = DomainStore(workspace), workspace.domain_path("shop") / CATALOG_FILE
    before = file.stat().st_ino
    loads.open.clear()
    with ThreadPoolExecutor(2) as pool:
        warming = pool.submit(store.get, "shop")
        wait_for(lambda: loads.counts.get("shop") == 1)  # it has read the catalogue of before
        changing = pool.submit(store.replace_catalog, "shop", lambda _: NEW)
        wait_for(lambda: file.stat().st_ino != before)
        loads.open.set()
        warming.result(timeout=30)
        changing.result(timeout=30)
    assert store.get("shop").catalog.ids == NEW.ids


def test_the_refreshed_scorer_equals_one_loaded_anew(
    workspace: Workspace, store: DomainStore, scorers: tuple[TwoTowerScorer, TwoTowerScorer]
) -> None:
    workspace.set_current("shop", scorer="v2")
    histories = [workspace.events.of_user("shop", f"u{n}")[:3] for n in range(5)]
    refreshed = store.get("shop").scorer.logits(histories)
    assert refreshed == pytest.approx(scorers[1].logits(histories), rel=1e-5, abs=1e-5)
    assert refreshed != pytest.approx(scorers[0].logits(histories), abs=1e-3)


def test_a_context_that_published_gets_its_own_version(
    workspace: Workspace, store: DomainStore
) -> None:
    workspace.set_current("shop", scorer="v2")
    assert store.get("shop").scorer_version == "v2"


def test_added_items_are_in_service_when_the_call_returns_and_others_do_not_wait(
    store: DomainStore, loads: Loads
) -> None:
    old = store.get("shop")
    loads.open.clear()
    adding = threading.Thread(
        target=lambda: store.replace_catalog("shop", lambda catalog: catalog.upserted(NEW))
    )
    adding.start()
    wait_for(lambda: loads.counts["shop"] == 2)
    assert in_thread(lambda: store.get("shop")) is not None
    assert in_thread(lambda: store.get("shop")).catalog is old.catalog
    assert in_thread(lambda: store.get("films")).name == "films"
    assert adding.is_alive()
    loads.open.set()
    adding.join()
    new = in_thread(lambda: store.get("shop"))
    assert "new" in new.catalog
    assert new.scorer.shortlist([], text="zz", n=1)[0].item_id == "new"
    assert new.scorer.weights.ids == old.scorer.weights.ids


def test_an_adapter_and_rules_reach_the_next_request_though_a_build_is_running(
    workspace: Workspace, store: DomainStore, loads: Loads
) -> None:
    old = store.get("shop")
    loads.open.clear()
    elsewhere(lambda: workspace.set_current("shop", scorer="v2"))
    store.get("shop")
    (workspace.domain_path("shop") / "adapters" / "v1").mkdir(parents=True)
    workspace.set_current("shop", adapter="v1")
    (workspace.domain_path("shop") / "rules.toml").write_text("diversity = 0.5\n")
    now = store.get("shop")
    assert (now.adapter, now.rules.diversity) == ("v1", 0.5)
    assert now.scorer is old.scorer
    loads.open.set()
    wait_for(lambda: store.get("shop").scorer_version == "v2")
    assert (store.get("shop").adapter, store.get("shop").rules.diversity) == ("v1", 0.5)


def test_withdrawn_items_are_in_no_answer_though_the_new_catalogue_is_not_built(
    workspace: Workspace, store: DomainStore, loads: Loads
) -> None:
    catalog = store.get("shop").catalog
    first, second, third = catalog.ids[:3]
    hidden = Catalog.of([replace(catalog[second], available=False)])
    loads.open.clear()
    elsewhere(
        lambda: workspace.update_catalog(
            "shop", lambda catalog: catalog.without([first]).upserted(hidden)
        )
    )
    now = store.get("shop")
    offered = allowed_items(now.catalog, [])
    assert [bool(offered[now.catalog.row(one)]) for one in (first, second, third)] == [
        False,
        False,
        True,
    ]


def test_a_build_that_fails_is_logged_and_tried_again_at_the_next_change(
    workspace: Workspace, store: DomainStore, loads: Loads, caplog: pytest.LogCaptureFixture
) -> None:
    loads.error = WorkspaceError("the scorer is damaged")
    elsewhere(lambda: workspace.set_current("shop", scorer="v2"))
    assert store.get("shop").scorer_version == "v1"

    def logged() -> bool:
        return "damaged" in caplog.text

    wait_for(logged)
    wait_for(lambda: not [t for t in threading.enumerate() if t.name == "refresh shop"])
    assert [store.get("shop").scorer_version for _ in range(3)] == ["v1"] * 3
    assert loads.counts["shop"] == 2  # not tried again for each request
    loads.error = None
    elsewhere(lambda: workspace.set_current("shop", scorer="v2"))
    store.get("shop")
    wait_for(lambda: store.get("shop").scorer_version == "v2")


def test_damaged_rules_keep_the_rules_in_service(
    workspace: Workspace, store: DomainStore, caplog: pytest.LogCaptureFixture
) -> None:
    rules = workspace.domain_path("shop") / "rules.toml"
    rules.write_text("diversity = 0.5\n")
    assert store.get("shop").rules.diversity == 0.5
    rules.write_text("diversity = \n")
    assert [store.get("shop").rules.diversity for _ in range(3)] == [0.5] * 3
    assert caplog.text.count("rules.toml") == 1


def test_callers_that_need_the_first_load_share_it(workspace: Workspace, loads: Loads) -> None:
    store = DomainStore(workspace)
    loads.open.clear()
    with ThreadPoolExecutor(4) as pool:
        domains = [pool.submit(store.get, "shop") for _ in range(4)]
        wait_for(lambda: loads.counts.get("shop") == 1)
        loads.open.set()
        assert len({id(domain.result()) for domain in domains}) == 1
    assert loads.counts["shop"] == 1


def test_a_domain_without_scorer_is_an_error_at_every_call(workspace: Workspace) -> None:
    workspace.add_domain("books")
    store = DomainStore(workspace)
    for _ in range(2):
        with pytest.raises(NotFitted):
            store.get("books")
