"""Which adapter a request holds, on a scripted engine; on the real ones see test_engine.py."""

import asyncio
import json
import logging
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from shelftalker import Recommender
from shelftalker.adapters.registry import AdapterVersions
from shelftalker.errors import AdapterError, EngineError
from shelftalker.ranking.pick_fitting import PickFit
from shelftalker.ranking.pick_weights import PickWeights
from shelftalker.serving import adapter_leases as leases
from shelftalker.serving.adapter_leases import AdapterService
from shelftalker.serving.domain_store import DomainStore
from shelftalker.store.workspace import Workspace
from tests.support.fakes import FakeEngine
from tests.unit.adapters.test_registry import random_lora


@dataclass(frozen=True)
class Served:
    """What a request saw when it began."""

    adapter: str | None
    name: str = "films"
    weights: PickWeights = field(default_factory=lambda: PickWeights(llm=0.3))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return random_lora(tmp_path_factory.mktemp("trained"))


@pytest.fixture
def workspace(place: Path, trained: Path) -> Workspace:
    """Two versions, of which the first serves and has weights of its own."""
    workspace = Workspace.open(place)
    for _ in range(2):
        AdapterVersions(workspace, "films").add(trained)
    weights = AdapterVersions(workspace, "films").folder("v1") / "pick.json"
    weights.write_text(json.dumps({"weights": {"llm": 0.4}}))
    AdapterVersions(workspace, "films").promote("v1", force=True)
    return workspace


async def test_the_old_version_leaves_with_its_last_request(workspace: Workspace) -> None:
    service, engine = AdapterService(workspace), FakeEngine()
    async with service.lease(engine, Served("v1")) as first:
        async with service.lease(engine, Served("v1")) as second:
            assert first.name == second.name == "films@v1"
            AdapterVersions(workspace, "films").promote("v2", force=True)
            async with service.lease(engine, Served("v2")) as third:
                assert third.name == "films@v2"
                assert engine.adapters == {"films@v1", "films@v2"}
        assert engine.adapters == {"films@v1", "films@v2"}
    assert engine.adapters == {"films@v2"}


@pytest.mark.parametrize(
    ("prompts", "writer"),
    [
        (("names.en",), "films@v1"),  # what serves goes on writing
        (("names.en", "describe.en"), "films@v3"),
        ((), "films@v3"),  # from outside: nobody knows
    ],
)
def test_texts_are_written_by_an_adapter_that_learned_to(
    workspace: Workspace, trained: Path, prompts: tuple[str, ...], writer: str | None
) -> None:
    AdapterVersions(workspace, "films").register(trained, {"prompts": prompts})
    engine = FakeEngine(["It is a thriller."])
    with Recommender(workspace, engine=engine) as recommender:
        answer = recommender.generate("u0", adapter="films@v3")
    assert (answer.adapter, engine.writers) == ("films@v3", {writer})


def test_one_picks_and_another_writes(workspace: Workspace, trained: Path) -> None:
    """What serves goes on writing beside a version that learned to pick."""
    pick = PickFit(PickWeights(llm=0.3), users=9, hits=9)
    AdapterVersions(workspace, "films").register(trained, {"prompts": ["pick.en"]}, pick=pick)
    AdapterVersions(workspace, "films").promote("v3", force=True)
    knowing = {"likelihoods": {"Cold Harbour": -1.0}, "history_mark": "Night Ferry"}
    engine = FakeEngine(["It is a thriller."], **knowing)  # type: ignore[arg-type]
    with Recommender(workspace, engine=engine) as recommender:
        answer = recommender.generate("u0")
        assert (answer.adapter, answer.pick) == ("films@v3", "fused")
        assert engine.pickers == {"films@v3", None}  # titles are corrected by the base model
        assert engine.writers == {"films@v1"}
        AdapterVersions(workspace, "films").rollback()
        assert recommender.generate("u0").adapter == "films@v1"
    assert engine.adapters == {"films@v1"}


async def test_a_partner_stays_while_its_version_serves(
    workspace: Workspace, trained: Path
) -> None:
    service, engine = AdapterService(workspace), FakeEngine()
    AdapterVersions(workspace, "films").register(trained, {"prompts": ["pick.en"]})
    async with service.lease(engine, Served("v1")):
        AdapterVersions(workspace, "films").promote("v3", force=True)
        async with service.lease(engine, Served("v3")) as lease:
            assert lease.parts[:2] == ("films@v3", "films@v1")
    assert engine.adapters == {"films@v3", "films@v1"}
    async with service.lease(engine, Served(None), "films@v2"):
        AdapterVersions(workspace, "films").promote("v2", force=True)
    assert engine.adapters == {"films@v2"}


async def test_a_version_whose_partner_does_not_fit_is_not_used(
    workspace: Workspace, trained: Path
) -> None:
    AdapterVersions(workspace, "films").register(trained, {"prompts": ["pick.en"]})
    AdapterVersions(workspace, "films").promote("v3", force=True)
    card = AdapterVersions(workspace, "films").folder("v1") / "card.json"
    values = json.loads(card.read_text())
    values["base"]["weights"] = "0123456789abcdef"
    card.write_text(json.dumps(values))
    async with AdapterService(workspace).lease(FakeEngine(), Served("v3")) as lease:
        assert lease.name is None
        assert "films@v3 is not used: this adapter of 'films' was trained on" in lease.notice
    with pytest.raises(AdapterError, match="was trained on the base model"):
        AdapterVersions(workspace, "films").verify("v3")
    shutil.rmtree(card.parent)
    with pytest.raises(AdapterError, match=r"films@v3 needs its partner films@v1, which is gone"):
        AdapterVersions(workspace, "films").verify("v3")
    async with AdapterService(workspace).lease(FakeEngine(), Served("v3")) as lease:
        assert (
            "films@v3 is not used: films@v3 needs its partner films@v1, which is gone"
            in lease.notice
        )
    facts = {"prompts": ["pick.en"]}
    assert AdapterVersions(workspace, "films").register(trained, facts) == "v4"  # the way out
    assert AdapterVersions(workspace, "films").promote("v4", force=True).adapter == "v4"


async def test_a_request_that_is_cancelled_lets_go(workspace: Workspace) -> None:
    service, engine = AdapterService(workspace), FakeEngine()

    async def held() -> None:
        async with service.lease(engine, Served("v2")):
            await asyncio.Event().wait()

    task = asyncio.create_task(held())
    while not engine.adapters:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert engine.adapters == set()


async def test_a_named_version_brings_its_own_weights(workspace: Workspace) -> None:
    service, engine = AdapterService(workspace), FakeEngine()
    async with service.lease(engine, Served(None), "films@v1") as lease:
        assert (lease.name, lease.weights.llm) == ("films@v1", 0.4)
    async with service.lease(engine, Served(None), "v2") as lease:  # its domain goes without saying
        assert (lease.name, lease.weights.llm) == ("films@v2", 0)  # none were fitted with it
    with pytest.raises(AdapterError, match="allowed here: films@v1, films@v2"):
        async with service.lease(engine, Served(None), "films@v9"):
            pass


async def test_one_that_does_not_fit_leaves_the_base_model_to_serve(workspace: Workspace) -> None:
    card = AdapterVersions(workspace, "films").folder("v1") / "card.json"
    values = json.loads(card.read_text())
    values["base"]["weights"] = "0123456789abcdef"
    card.write_text(json.dumps(values))
    service, engine = AdapterService(workspace), FakeEngine()
    async with service.lease(engine, Served("v1")) as lease:
        assert lease.name is None
        assert lease.weights.llm == 0
        assert "films@v1 is not used: this adapter of 'films' was trained on" in lease.notice
    with pytest.raises(AdapterError, match="was trained on the base model"):
        async with service.lease(engine, Served(None), "films@v1"):
            pass


async def test_adapters_are_loaded_again_into_a_new_engine(workspace: Workspace) -> None:
    service, dying, fresh = AdapterService(workspace), FakeEngine(), FakeEngine()
    async with service.lease(dying, Served("v1")):
        dying.dead = True
        async with service.lease(fresh, Served("v1")):
            assert fresh.adapters == {"films@v1"}
    assert fresh.adapters == {"films@v1"}


async def test_an_engine_that_died_costs_a_notice_not_the_answer(workspace: Workspace) -> None:
    class Dead(FakeEngine):
        async def add_adapter(self, name: str, path: Path) -> None:
            raise EngineError("the scripted engine is down")

    engine = Dead()
    engine.dead = True
    service = AdapterService(workspace)
    for named in (None, "films@v1"):
        async with service.lease(engine, Served("v1"), named) as lease:
            assert lease.name is None
            assert "the scripted engine is down" in lease.notice


def test_another_process_promotes_and_the_next_request_knows(workspace: Workspace) -> None:
    """Without loading the scorer again, which takes the longest."""
    store = DomainStore(workspace)
    first = store.get("films")
    assert (first.adapter, first.weights.llm) == ("v1", 0.4)
    AdapterVersions(Workspace.open(workspace.path), "films").promote("v2", force=True)
    second = store.get("films")
    assert (second.adapter, second.weights.llm) == ("v2", 0)
    assert second.scorer is first.scorer
    AdapterVersions(workspace, "films").rollback()
    assert store.get("films").weights.llm == 0.4


def test_an_answer_says_which_version_wrote_it(workspace: Workspace) -> None:
    engine = FakeEngine(["It is a thriller."])
    with Recommender(workspace, engine=engine) as recommender:
        assert recommender.generate("u0").adapter == "films@v1"
        AdapterVersions(workspace, "films").promote("v2", force=True)
        assert recommender.generate("u0").adapter == "films@v2"
        assert engine.adapters == {"films@v2"}
        assert recommender.generate("u0", adapter="films@v1").adapter == "films@v1"


async def test_leases_log_what_is_loaded_unloaded_and_refused(
    workspace: Workspace,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="shelftalker.serving.adapter_leases")
    service, engine = AdapterService(workspace), FakeEngine()
    async with service.lease(engine, Served(None), "films@v2"):
        pass
    card = workspace.domain_path("films") / "adapters" / "v1" / "card.json"
    values = json.loads(card.read_text())
    values["base"]["weights"] = "0123456789abcdef"
    card.write_text(json.dumps(values))
    with pytest.raises(AdapterError):
        async with service.lease(engine, Served("v1"), "films@v1"):
            pass
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [
        ("INFO", "adapter loaded"),
        ("INFO", "adapter unloaded"),
        ("INFO", "adapter refused"),
    ]
    assert [vars(record)["adapter"] for record in caplog.records] == [
        "films@v2", "films@v2", "films@v1",
    ]  # fmt: skip


async def test_hooks_are_written_by_the_packaged_writer_where_it_fits(
    workspace: Workspace, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = {"prompts": ("hook.en",)}
    version = AdapterVersions(workspace, "films").register(trained, facts)
    service, engine = AdapterService(workspace), FakeEngine()
    async with service.hook_writer(engine, Served(version)) as own:
        assert own == f"films@{version}"
    monkeypatch.setattr(leases, "_PACKAGED", AdapterVersions(workspace, "films").folder(version))
    async with service.hook_writer(engine, Served(None)) as packaged:
        assert packaged in engine.adapters
    assert packaged not in engine.adapters
    monkeypatch.setattr(leases, "_PACKAGED", tmp_path)  # no card: nobody knows what it fits
    async with service.hook_writer(engine, Served(None)) as none:
        assert none is None
