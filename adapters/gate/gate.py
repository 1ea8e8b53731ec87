"""Compare a candidate adapter with the one in service and with the scorer alone, on events newer
than both adapters' training data.

The scorer that makes the shortlists is fitted on the older events. Orders are compared by NDCG@10
on the same examples, a miss counting 0: each user's mean, with a paired bootstrap over users. Also
measured: how often the first pick changes when the list is reversed, how popular the picks are,
and, if the adapters that write differ, the share of the LLM's sentences that the verifier accepts.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from shelftalker.adapters.data.pick import PickExample, newer_examples
from shelftalker.adapters.data.text import plain_domain
from shelftalker.adapters.gate.ranking_trials import SCORER, RankingTrials, System
from shelftalker.adapters.gate.report import GateReport, PairedComparison, TextQuality
from shelftalker.adapters.gate.text_checks import TextTrials
from shelftalker.adapters.recipe import Gate
from shelftalker.adapters.registry import AdapterVersions
from shelftalker.data.events import Event
from shelftalker.data.progress import Progress
from shelftalker.engine.base import Engine
from shelftalker.errors import AdapterError
from shelftalker.eval.metrics.statistics import Difference, Estimate, by_user, compare, estimate
from shelftalker.prompts import PromptSet
from shelftalker.ranking.pick import Floats
from shelftalker.ranking.pick_weights import PickWeights, weights_of
from shelftalker.scorer.encoder import open_encoder
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.store.adapter_card import MeasuredMetric
from shelftalker.store.adapter_parts import adapter_folder, version_parts
from shelftalker.store.workspace import Workspace
from shelftalker.writing.describe import Describer

MIN_HITS = 30
"""Shortlists that hold the next item, below which no verdict is given."""


@dataclass(frozen=True)
class GateComparison:
    """The candidate, the system in service (`serving` is its version, None: the base model), and
    the examples newer than `since`, the newest training data of both."""

    candidate: System
    current: System
    serving: str | None
    since: float
    scorer: TwoTowerScorer
    events: list[Event]
    examples: list[PickExample]


def gate(
    workspace: Workspace,
    domain: str,
    version: str,
    settings: Gate | None = None,
    *,
    engine: Engine | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> GateReport:
    """Measure a version and keep the report beside it.

    Loads the workspace's engine, unless one is given. Raises `AdapterError` if the version does not
    fit, or the log holds too few events newer than its data.
    """
    run = _GateRun(workspace, domain, settings or Gate(), seed, progress)
    compared = run.compare_with_service(version)

    async def work() -> GateReport:
        loaded = await asyncio.to_thread(_open, workspace) if engine is None else engine
        try:
            return await run.measure(compared, loaded)
        finally:
            if engine is None:
                await loaded.close()

    report = asyncio.run(work())
    report.write(AdapterVersions(workspace, domain).folder(version))
    return report


@dataclass(frozen=True)
class _GateRun:
    workspace: Workspace
    domain: str
    settings: Gate
    seed: int
    progress: Progress | None

    def compare_with_service(self, version: str) -> GateComparison:
        """The systems to compare, with examples that neither was trained on."""
        workspace, domain = self.workspace, self.domain
        serving = workspace.current(domain).adapter
        serving = None if serving == version else serving
        candidate, current = (
            _system(workspace, domain, version),
            _system(workspace, domain, serving),
        )
        adapters = {candidate.name, *_differing_adapters(candidate, current)}
        since = max(_until(workspace, adapter) for adapter in adapters)
        events = workspace.events.all(domain)
        scorer = TwoTowerScorer.fit(
            workspace.catalog(domain),
            [event for event in events if event.time <= since],
            open_encoder(workspace.settings.encoder, workspace.path / "cache"),
            seed=self.seed,
            progress=self.progress,
        )
        size, most = workspace.settings.shortlist_size, self.settings.examples
        examples = newer_examples(events, scorer, since, shortlist=size, most=most, seed=self.seed)
        hits = sum(example.target >= 0 for example in examples)
        if hits < MIN_HITS:
            raise AdapterError(
                f"{candidate.name} cannot be judged: {hits} examples with a hit are newer than its "
                f"data, {MIN_HITS} are needed; wait for more events, or promote with --force"
            )
        return GateComparison(candidate, current, serving, since, scorer, events, examples)

    async def measure(self, compared: GateComparison, engine: Engine) -> GateReport:
        """All figures of the report."""
        begun = time.perf_counter()
        workspace, domain = self.workspace, self.domain
        candidate, current = compared.candidate, compared.current
        for adapter in {*candidate.parts.adapters, *current.parts.adapters}:
            await engine.add_adapter(adapter, adapter_folder(workspace, adapter))
        prompts = PromptSet(workspace.prompt_folders(domain))
        trials = RankingTrials(
            engine, compared.scorer.catalog, compared.examples, prompts=prompts,
            progress=self.progress,
        )  # fmt: skip
        baselines = [SCORER, *([current] if current.weights != SCORER.weights else [])]
        gains = await self._gains(trials, compared, baselines)
        texts, change = await self._texts(compared, trials, engine)
        few = self.settings.turned
        own = gains[candidate.name]
        return GateReport(
            adapter=candidate.name,
            serving=current.name if compared.serving else None,
            since=compared.since,
            examples=len(compared.examples),
            hits=sum(one.target >= 0 for one in compared.examples),
            ndcg={name: _metric(estimate(values, self.seed)) for name, values in gains.items()},
            contests=tuple(
                PairedComparison(
                    against=one.name,
                    difference=_metric(compare(own, gains[one.name], self.seed)),
                )
                for one in baselines
            ),
            llm_weight=candidate.weights.llm,
            same_pick=_pick_of(candidate) == _pick_of(current),
            flip_rate=await trials.flips(candidate, few),
            popularity={
                one.name: await trials.popularity(one, few) for one in (candidate, *baselines)
            },
            texts=texts,
            texts_change=change,
            engine=engine.name,
            seconds=round(time.perf_counter() - begun, 1),
            created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        )

    async def _gains(
        self, trials: RankingTrials, compared: GateComparison, baselines: Sequence[System]
    ) -> dict[str, Floats]:
        """NDCG@10 by system, each user's mean, float64 [users]."""
        candidate = compared.candidate
        without_llm = System(
            f"{candidate.name} without the LLM", replace(candidate.weights, llm=0.0)
        )
        users = np.array([example.user for example in compared.examples])
        return {
            one.name: by_user(await trials.gains(one), users)
            for one in (candidate, *baselines, without_llm)
        }

    async def _texts(
        self, compared: GateComparison, trials: RankingTrials, engine: Engine
    ) -> tuple[dict[str, TextQuality], MeasuredMetric | None]:
        """Texts of both systems on the candidate's first picks; none if one adapter writes both."""
        candidate, current = compared.candidate, compared.current
        examples = compared.examples[: self.settings.descriptions]
        if not examples or candidate.parts.describe == current.parts.describe:
            return {}, None
        picks = [(one, await trials.first(candidate, at)) for at, one in enumerate(examples)]
        writer = TextTrials(
            Describer(engine, folders=self.workspace.prompt_folders(self.domain), quotes=False),
            plain_domain(self.domain, compared.scorer),
            compared.events,
            self.seed,
            self.progress,
        )
        ours = await writer.write(picks, candidate.parts.describe)
        theirs = await writer.write(picks, current.parts.describe)
        change = _metric(compare(ours.shares(), theirs.shares(), self.seed))
        return {candidate.name: ours.summary(), current.name: theirs.summary()}, change


def _system(workspace: Workspace, domain: str, version: str | None) -> System:
    if version is not None:
        AdapterVersions(workspace, domain).verify(version)
    return System(
        f"{domain}@{version}" if version else "the base model",
        weights_of(workspace, domain, version),
        version_parts(workspace, domain, version),
    )


def _differing_adapters(*systems: System) -> set[str]:
    """Adapters by which the systems differ: pickers with a weight above 0, and writers unless all
    systems have the same."""
    pickers = {one.parts.pick for one in systems if one.weights.llm}
    writers = {one.parts.describe for one in systems}
    return {adapter for adapter in pickers | (writers if len(writers) > 1 else set()) if adapter}


def _until(workspace: Workspace, adapter: str) -> float:
    domain, _, version = adapter.partition("@")
    until = AdapterVersions(workspace, domain).verify(version).training.data.until
    if until is None:
        raise AdapterError(
            f"the training data of {adapter} are unknown, so no event is known to be newer and it "
            "cannot be judged; promote with --force, or train an adapter here"
        )
    return until


def _open(workspace: Workspace) -> Engine:
    return workspace.settings.open_engine()


def _pick_of(system: System) -> tuple[str | None, PickWeights]:
    return system.parts.pick, system.weights


def _metric(value: Estimate | Difference) -> MeasuredMetric:
    return MeasuredMetric(value=value.mean, low=value.low, high=value.high, n=value.n)
