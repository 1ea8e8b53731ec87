"""The promotion gate: pytest tests/unit/adapters/test_gate.py"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shelftalker.adapters import summary
from shelftalker.adapters.gate.report import GateReport
from shelftalker.adapters.recipe import Gate
from shelftalker.adapters.registry import AdapterVersions
from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.engine.base import Floats, Prompt
from shelftalker.errors import AdapterError
from shelftalker.ranking.pick_fitting import PickFit
from shelftalker.ranking.pick_weights import PickWeights
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.store.adapter_card import MeasuredMetric
from shelftalker.store.adapter_parts import version_parts
from shelftalker.store.workspace import Workspace
from tests.support.fakes import FakeEngine
from tests.unit.adapters import test_registry
from tests.unit.adapters.test_pick_data import CATALOG, log, shop_at
from tests.unit.adapters.training_runs import with_model

trained = test_registry.trained
QUICK = Gate(examples=200, turned=20, descriptions=0)
UNTIL = sorted(event.time for event in log())[280]
TITLES = {item.id: item.title for item in CATALOG}


class Oracle(FakeEngine):
    """With an adapter of `knowing`, it knows the next item; `first` prefers the list's first."""

    def __init__(self, *knowing: str, first: bool = False) -> None:
        super().__init__(["This sentence is not about anything known."])
        self.knowing, self.first = knowing, first
        self.next: dict[tuple[str, ...], str] = {}
        walks: dict[str, list[str]] = {}
        for event in log():
            walk = walks.setdefault(event.user, [])
            self.next[tuple(walk[::-1])] = TITLES[event.item]
            walk.append(TITLES[event.item])

    async def likelihood(
        self, prefix: Prompt, continuations: Sequence[str], adapter: str | None = None
    ) -> Floats:
        self.pickers.add(adapter)
        lines = "\n".join(message["content"] for message in prefix).splitlines()
        history = tuple(line[2:] for line in lines if line.startswith("- "))
        if self.first and history:
            return -np.arange(len(continuations), dtype=float)
        known = self.next.get(history) if adapter in self.knowing else None
        return np.array([0.0 if text == known else -5.0 for text in continuations])


FITTED: dict[tuple[Event, ...], TwoTowerScorer] = {}


@pytest.fixture(autouse=True)
def each_scorer_is_fitted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    fit = TwoTowerScorer.fit

    def fitted(catalog: Catalog, events: Sequence[Event], *rest: Any, **how: Any) -> TwoTowerScorer:
        if (known := tuple(events)) not in FITTED:
            FITTED[known] = fit(catalog, events, *rest, **how)
        return FITTED[known]

    monkeypatch.setattr(TwoTowerScorer, "fit", fitted)


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return shop_at(tmp_path / "ws")


def version(shop: Workspace, trained: Path, llm: float = 0.5, until: float | None = UNTIL) -> str:
    facts = {"data": {"since": 0.0, "until": until}, "prompts": ["pick.en", "describe.en"]}
    pick = PickFit(PickWeights(1.0, llm, 0.0), users=9, hits=9)
    return AdapterVersions(shop, "shop").register(trained, facts, pick=pick)


def test_an_adapter_that_knows_the_next_item_passes_and_is_promoted(
    shop: Workspace, trained: Path
) -> None:
    version(shop, trained)
    report = AdapterVersions(shop, "shop").gate("v1", QUICK, engine=Oracle("shop@v1"))
    assert report.passed
    assert report.examples == sum(
        event.time > UNTIL and place > 2
        for event, place in zip(log(), [*range(10)] * 40, strict=True)
    )
    assert report.ndcg["shop@v1"].value > report.ndcg["the scorer's order"].value
    newer = {event.user for event in log() if event.time > UNTIL}
    assert report.contests[0].difference.n == len(newer) < report.examples  # users, not events
    assert report.flip_rate == 0
    line = summary.gate_table(report)["gate pick"]
    earned = r"earns a visitor NDCG@10 \+0\.\d+ \[.*\] on \d+ beside the scorer's order"
    assert re.search(rf"{earned} and costs a request [\d.e-]+ s$", line)
    assert AdapterVersions(shop, "shop").promote("v1").adapter == "v1"


def test_an_adapter_without_a_gain_is_refused_with_the_figures(
    shop: Workspace, trained: Path
) -> None:
    version(shop, trained)
    report = AdapterVersions(shop, "shop").gate("v1", QUICK, engine=Oracle())
    assert report.contests[0].difference.value == 0
    assert "no sure gain" in report.pick_sentence
    with pytest.raises(AdapterError, match=r"not surely better: \+0\.0000 \[.*the scorer's order"):
        AdapterVersions(shop, "shop").promote("v1")
    assert shop.current("shop").adapter is None
    assert AdapterVersions(shop, "shop").promote("v1", force=True).adapter == "v1"


def test_an_adapter_with_weight_0_is_refused(shop: Workspace, trained: Path) -> None:
    version(shop, trained, llm=0.0)
    report = AdapterVersions(shop, "shop").gate("v1", QUICK, engine=Oracle("shop@v1"))
    assert "changes no order" in report.sentence
    assert report.pick_sentence.endswith("earns nothing and costs nothing")


def test_the_version_in_service_must_be_beaten_too(shop: Workspace, trained: Path) -> None:
    version(shop, trained, until=UNTIL + 86400)
    version(shop, trained)
    AdapterVersions(shop, "shop").promote("v1", force=True)
    report = AdapterVersions(shop, "shop").gate("v2", QUICK, engine=Oracle("shop@v1", "shop@v2"))
    assert report.since == UNTIL + 86400  # nothing that either was trained on
    assert [contest.won for contest in report.contests] == [True, False]
    assert report.contests[1].against == "shop@v1"
    report = AdapterVersions(shop, "shop").gate("v2", QUICK, engine=Oracle("shop@v2"))
    assert report.passed


def test_a_verdict_is_stale_when_another_version_is_in_service(
    shop: Workspace, trained: Path
) -> None:
    for _ in range(2):
        version(shop, trained)
    assert AdapterVersions(shop, "shop").gate("v2", QUICK, engine=Oracle("shop@v2")).passed
    AdapterVersions(shop, "shop").promote("v1", force=True)
    with pytest.raises(AdapterError, match="gated while no adapter served, but now shop@v1 does"):
        AdapterVersions(shop, "shop").promote("v2")


def test_an_adapter_with_position_bias_is_refused(shop: Workspace, trained: Path) -> None:
    version(shop, trained, llm=5.0)
    report = AdapterVersions(shop, "shop").gate("v1", QUICK, engine=Oracle(first=True))
    assert report.flip_rate is not None
    assert report.flip_rate > 0.5
    assert any("with the list's order" in one for one in report.objections)


def verdict(**values: Any) -> GateReport:
    facts = {"adapter": "a@v1", "serving": None, "since": 1.0, "examples": 9, "hits": 9, "ndcg": {}}
    return GateReport.model_validate(
        facts | {"engine": "fake", "seconds": 1.0, "created": ""} | values
    )


BETTER = {"value": 0.2, "low": 0.1, "high": 0.3, "n": 24}
WORSE = {"value": -0.2, "low": -0.3, "high": -0.1, "n": 24}
SAME = {"value": 0.0, "low": 0.0, "high": 0.0, "n": 24}


def against(difference: dict[str, float]) -> dict[str, Any]:
    return {"against": "the scorer's order", "difference": difference}


def test_texts_that_are_less_often_true_are_an_objection() -> None:
    report = verdict(contests=[against(BETTER)], llm_weight=0.3, texts_change=WORSE)
    assert not report.passed
    assert "pass the check less often: -0.2000 [-0.3000, -0.1000] on 24" in report.sentence


def test_an_adapter_that_only_writes_may_pass_by_its_texts() -> None:
    report = verdict(contests=[against(SAME)], llm_weight=0, texts_change=BETTER)
    assert report.passed
    assert "more true sentences, share a card: +0.2000 [0.1000, 0.3000] on 24" in report.sentence


@pytest.mark.parametrize(
    ("order", "texts", "message"),
    [
        (SAME, SAME, "do not surely pass the check more often: +0.0000 [0.0000, 0.0000] on 24"),
        (SAME, None, "no texts were compared"),
        (WORSE, BETTER, "surely worse: -0.2000 [-0.3000, -0.1000] on 24 against the scorer's"),
    ],
)
def test_an_adapter_that_only_writes_is_refused(order: Any, texts: Any, message: str) -> None:
    report = verdict(contests=[against(order)], llm_weight=0, texts_change=texts)
    assert not report.passed
    assert message in report.sentence


def test_without_newer_events_or_a_known_time_window_there_is_no_verdict(
    shop: Workspace, trained: Path
) -> None:
    version(shop, trained, until=max(event.time for event in log()))
    version(shop, trained, until=None)
    with pytest.raises(AdapterError, match="0 examples with a hit are newer"):
        AdapterVersions(shop, "shop").gate("v1", QUICK, engine=Oracle())
    with pytest.raises(AdapterError, match="the training data of shop@v2 are unknown"):
        AdapterVersions(shop, "shop").gate("v2", QUICK, engine=Oracle())
    with pytest.raises(AdapterError, match="never gated"):
        AdapterVersions(shop, "shop").promote("v2")


def taught(shop: Workspace, trained: Path, prompt: str, **options: Any) -> str:
    facts = {"data": {"since": 0.0, "until": options.pop("until", UNTIL)}, "prompts": [prompt]}
    return AdapterVersions(shop, "shop").register(trained, facts, **options)


PICKS = PickFit(PickWeights(1.0, 0.5, 0.0), users=9, hits=9)
TEXTS = Gate(examples=200, turned=2, descriptions=2)


@pytest.mark.parametrize(
    ("prompt", "writers"),
    [("names.en", set()), ("describe.en", {None, "shop@v1"})],  # the base model, for both
)
def test_texts_are_compared_if_the_writer_changes(
    prompt: str, writers: set[str | None], shop: Workspace, trained: Path
) -> None:
    taught(shop, trained, prompt)
    AdapterVersions(shop, "shop").gate("v1", TEXTS, engine=(engine := Oracle()))
    assert engine.writers == writers


def test_a_picker_with_the_same_writer_is_judged_by_its_order_alone(
    shop: Workspace, trained: Path
) -> None:
    taught(shop, trained, "describe.en", until=UNTIL + 10 * 86400)
    AdapterVersions(shop, "shop").promote("v1", force=True)
    taught(shop, trained, "pick.en", pick=PICKS)
    report = AdapterVersions(shop, "shop").gate("v2", TEXTS, engine=(engine := Oracle("shop@v2")))
    assert report.passed
    assert report.since == UNTIL  # how new the writer's data are is of no matter
    assert (report.texts, engine.writers) == ({}, set())
    assert engine.adapters == {"shop@v1", "shop@v2"}
    AdapterVersions(shop, "shop").promote("v2")
    assert version_parts(shop, "shop", "v2")[:2] == ("shop@v2", "shop@v1")


def test_a_writer_with_the_same_picker_is_judged_by_its_texts(
    shop: Workspace, trained: Path
) -> None:
    taught(shop, trained, "pick.en", pick=PICKS)
    AdapterVersions(shop, "shop").promote("v1", force=True)
    taught(shop, trained, "describe.en")
    report = AdapterVersions(shop, "shop").gate("v2", TEXTS, engine=(engine := Oracle("shop@v1")))
    assert engine.pickers == {"shop@v1", None}
    assert engine.writers == {"shop@v2", None}
    assert (report.same_pick, report.llm_weight) == (True, 0.5)
    assert [contest.against for contest in report.contests] == ["the scorer's order", "shop@v1"]
    assert report.contests[1].difference.value == 0
    assert "picks as what serves does, and its sentences do not surely pass" in report.sentence
    better = report.model_copy(update={"texts_change": MeasuredMetric.model_validate(BETTER)})
    assert better.passed


def test_a_real_engine_is_gated_with_its_texts(
    shop: Workspace, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shelftalker.adapters.gate.gate.MIN_HITS", 3)
    shop = with_model(shop, tiny_model)
    version(shop, test_registry.random_lora(tmp_path / "lora", model=tiny_model))
    report = AdapterVersions(shop, "shop").gate("v1", Gate(examples=5, turned=2, descriptions=1))
    assert report.engine == "openvino"
    assert report.flip_rate == 0
    assert report.popularity.keys() == {"shop@v1", "the scorer's order"}
    assert [texts.cards for texts in report.texts.values()] == [1, 1]
    versions = AdapterVersions(shop, "shop")
    assert GateReport.read(versions.folder("v1")) == report
    lines = summary.details_table(summary.details(versions, "v1"))
    assert lines["gate"].endswith(report.sentence)
    assert lines["gate NDCG@10, shop@v1 without the LLM"].endswith("on 5")
    assert "1 cards needed composed ones" in lines["gate texts, shop@v1"]
    verdict = "passed" if report.passed else "not passed"
    assert f"gate: {verdict}" in summary.summary_line(summary.summaries(versions)[0])
