"""The promotion gate: a candidate meets what serves and the bare scorer on the newest events.

Every example is newer than all that the adapters compared and their pick weights rest on, and the
scorer that makes the shortlists is fitted on what is older. Orders are compared by NDCG@10 over the
same examples, misses counting 0, each user's mean, with a paired bootstrap over users; beside it
how often the first pick changes when the list is turned around, how popular the picks are, and,
where another adapter writes, how many of the model's sentences pass the check.
"""

import asyncio
import time
from dataclasses import dataclass, replace

import numpy as np

from shelftalker.adapters.data.pick import PickExample, newer_examples
from shelftalker.adapters.data.text import plain_domain
from shelftalker.adapters.gate.ranking_trials import SCORER, RankingTrials, System
from shelftalker.adapters.gate.report import Contest, GateReport, Texts
from shelftalker.adapters.gate.text_checks import SystemTexts, told
from shelftalker.adapters.recipe import Gate
from shelftalker.adapters.registry import AdapterVersions
from shelftalker.data.events import Event
from shelftalker.data.progress import Progress
from shelftalker.engine import open_engine
from shelftalker.engine.base import Engine
from shelftalker.errors import AdapterError
from shelftalker.eval.metrics.statistics import Difference, Estimate, by_user, compare, estimate
from shelftalker.ranking.pick_weights import weights_of
from shelftalker.scorer.encoder import open_encoder
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.store.adapter_card import MeasuredMetric
from shelftalker.store.adapter_parts import folder_of, parts_of
from shelftalker.store.workspace import Workspace

LEAST_HITS = 30


@dataclass(frozen=True)
class GateSetup:
    """What a candidate is measured on, and against: `other` is what serves, the version `serving`
    or none."""

    candidate: System
    other: System
    serving: str | None
    since: float
    events: list[Event]
    scorer: TwoTowerScorer
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

    Loads the workspace's engine, unless one is given. Raises `AdapterError` where the version does
    not fit, or the log holds too little that is newer than its data.
    """
    settings = settings or Gate()
    field = _prepare(workspace, domain, version, settings, seed, progress)

    async def work() -> GateReport:
        loaded = await asyncio.to_thread(_open, workspace) if engine is None else engine
        try:
            return await _measure(workspace, domain, field, settings, loaded, seed, progress)
        finally:
            if engine is None:
                await loaded.close()

    report = asyncio.run(work())
    report.write(AdapterVersions(workspace, domain).folder(version))
    return report


def _prepare(
    workspace: Workspace,
    domain: str,
    version: str,
    settings: Gate,
    seed: int,
    progress: Progress | None,
) -> GateSetup:
    serving = workspace.current(domain).adapter
    serving = None if serving == version else serving
    candidate, other = _system(workspace, domain, version), _system(workspace, domain, serving)
    compared = {candidate.name, *_compared(candidate, other)}
    since = max(_until(workspace, adapter) for adapter in compared)
    events = workspace.events.all(domain)
    scorer = TwoTowerScorer.fit(
        workspace.catalog(domain),
        [event for event in events if event.time <= since],
        open_encoder(workspace.settings.encoder, workspace.path / "cache"),
        seed=seed,
        progress=progress,
    )
    size = workspace.settings.shortlist_size
    examples = newer_examples(
        events, scorer, since, shortlist=size, wanted=settings.examples, seed=seed
    )
    hits = sum(example.target >= 0 for example in examples)
    if hits < LEAST_HITS:
        raise AdapterError(
            f"{candidate.name} cannot be judged: {hits} examples with a hit are newer than its "
            f"data, {LEAST_HITS} are needed; wait for more events, or promote with --force"
        )
    return GateSetup(candidate, other, serving, since, events, scorer, examples)


async def _measure(
    workspace: Workspace,
    domain: str,
    field: GateSetup,
    settings: Gate,
    engine: Engine,
    seed: int,
    progress: Progress | None,
) -> GateReport:
    begun = time.perf_counter()
    candidate, other = field.candidate, field.other
    for adapter in {*candidate.parts.adapters, *other.parts.adapters}:
        await engine.add_adapter(adapter, folder_of(workspace, adapter))
    folders = workspace.prompt_folders(domain)
    arena = RankingTrials(
        engine, field.scorer.catalog, field.examples, folders=folders, progress=progress
    )
    users = np.array([example.user for example in field.examples])
    rivals = [SCORER, *([other] if other.weights != SCORER.weights else [])]
    unheard = System(f"{candidate.name} without the LLM", replace(candidate.weights, llm=0.0))
    gains = {
        one.name: by_user(await arena.gains(one), users) for one in (candidate, *rivals, unheard)
    }
    few = settings.turned
    texts, change = await _texts(workspace, domain, field, arena, engine, settings, seed, progress)
    return GateReport(
        adapter=candidate.name,
        serving=other.name if field.serving else None,
        since=field.since,
        examples=len(field.examples),
        hits=sum(one.target >= 0 for one in field.examples),
        ndcg={name: _metric(estimate(values, seed)) for name, values in gains.items()},
        contests=tuple(
            Contest(
                against=one.name,
                difference=_metric(compare(gains[candidate.name], gains[one.name], seed)),
            )
            for one in rivals
        ),
        llm_weight=candidate.weights.llm,
        same_pick=(candidate.parts.pick, candidate.weights) == (other.parts.pick, other.weights),
        flip_rate=await arena.flips(candidate, few),
        popularity={one.name: await arena.popularity(one, few) for one in (candidate, *rivals)},
        texts=texts,
        texts_change=change,
        engine=engine.name,
        seconds=round(time.perf_counter() - begun, 1),
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    )


async def _texts(
    workspace: Workspace,
    domain: str,
    field: GateSetup,
    arena: RankingTrials,
    engine: Engine,
    settings: Gate,
    seed: int,
    progress: Progress | None,
) -> tuple[dict[str, Texts], MeasuredMetric | None]:
    """What candidate and serving system write of the candidate's first picks, if not the same."""
    examples = field.examples[: settings.descriptions]
    if not examples or field.candidate.parts.describe == field.other.parts.describe:
        return {}, None
    picks = [(one, await arena.first(field.candidate, at)) for at, one in enumerate(examples)]
    live = plain_domain(domain, field.scorer)
    folders = workspace.prompt_folders(domain)

    async def texts_of(one: System) -> SystemTexts:
        return await told(
            engine, live, field.events, picks,
            adapter=one.parts.describe, folders=folders, seed=seed, progress=progress,
        )  # fmt: skip

    ours, theirs = await texts_of(field.candidate), await texts_of(field.other)
    change = _metric(compare(ours.shares(), theirs.shares(), seed))
    return {field.candidate.name: ours.summary(), field.other.name: theirs.summary()}, change


def _system(workspace: Workspace, domain: str, version: str | None) -> System:
    if version is not None:
        AdapterVersions(workspace, domain).verify(version)
    return System(
        f"{domain}@{version}" if version else "the base model",
        weights_of(workspace, domain, version),
        parts_of(workspace, domain, version),
    )


def _compared(*systems: System) -> set[str]:
    """Adapters by which the systems differ: of those that pick, the ones that are heard, and of
    those that write, none where it is the same for all."""
    heard = {one.parts.pick for one in systems if one.weights.llm}
    writers = {one.parts.describe for one in systems}
    return {adapter for adapter in heard | (writers if len(writers) > 1 else set()) if adapter}


def _until(workspace: Workspace, adapter: str) -> float:
    domain, _, version = adapter.partition("@")
    until = AdapterVersions(workspace, domain).verify(version).training.data.until
    if until is None:
        raise AdapterError(
            f"nobody knows what data {adapter} was trained on, so nothing is known to be newer "
            "and it cannot be judged; promote with --force, or train one"
        )
    return until


def _open(workspace: Workspace) -> Engine:
    settings = workspace.settings
    return open_engine(settings.model, settings.engine, dtype=settings.dtype)


def _metric(found: Estimate | Difference) -> MeasuredMetric:
    return MeasuredMetric(value=found.mean, low=found.low, high=found.high, n=found.n)
