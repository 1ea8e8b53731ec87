"""Compare a candidate adapter with the one in service and with the scorer alone, on events newer
than both adapters' training data.

The scorer that makes the shortlists is fitted on the older events. Orders are compared by NDCG@10
on the same examples, a miss counting 0: each user's mean, with a paired bootstrap over users. Also
measured: how often the first pick changes when the list is reversed, how popular the picks are,
what was shown says of both (`second_opinion`), and, if the adapters that write differ, the share of
the LLM's sentences that the verifier accepts.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from shelftalker.adapters.data.pick import PickExample, newer_examples
from shelftalker.adapters.data.text import plain_domain
from shelftalker.adapters.gate.ranking_trials import SCORER, RankingTrials, System
from shelftalker.adapters.gate.report import GateReport, PairedComparison, TextQuality
from shelftalker.adapters.gate.second_opinion import second_opinion
from shelftalker.adapters.recipe import Gate
from shelftalker.adapters.registry import AdapterVersions
from shelftalker.data.profile import Profile
from shelftalker.data.progress import Progress
from shelftalker.engine.base import Engine
from shelftalker.engine.concurrency import bounded_gather
from shelftalker.errors import AdapterError
from shelftalker.eval.metrics.statistics import Difference, Estimate, by_user, compare, estimate
from shelftalker.prompts import PromptSet
from shelftalker.ranking.pick import Floats
from shelftalker.ranking.pick_weights import weights_of
from shelftalker.scorer.encoder import open_encoder
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.serving.domain import Domain
from shelftalker.store.adapter_card import MeasuredMetric
from shelftalker.store.adapter_parts import adapter_folder, version_parts
from shelftalker.types import Request
from shelftalker.writing.accepted_text import RefusedSentences
from shelftalker.writing.describe import Describer
from shelftalker.writing.evidence import choose_evidence
from shelftalker.writing.ready import beside_model
from shelftalker.writing.text_request import TextRequest
from shelftalker.writing.verifier.grounds import Grounds

MIN_HITS = 30
"""Shortlists that hold the next item, below which no verdict is given."""
MAX_CONCURRENT = 8
"""Texts that are written concurrently."""


class GateRun:
    """The candidate and the system in service (`serving` is its version, None: the base model), on
    examples newer than `since`, the newest training data of both. Raises `AdapterError` if the
    version does not fit, or the log holds too few events newer than its data."""

    def __init__(
        self,
        versions: AdapterVersions,
        version: str,
        settings: Gate,
        seed: int,
        progress: Progress | None,
    ) -> None:
        workspace, domain = versions.workspace, versions.domain
        self.workspace, self.domain, self.settings = workspace, domain, settings
        self.seed, self.progress = seed, progress
        serving = workspace.current(domain).adapter
        self.serving = None if serving == version else serving
        self.candidate = _system(versions, version)
        self.current = _system(versions, self.serving)
        adapters = {self.candidate.name, *_differing_adapters(self.candidate, self.current)}
        self.since = max(_until(versions, adapter) for adapter in adapters)
        self.events = workspace.events.all(domain)
        self.scorer = TwoTowerScorer.fit(
            workspace.catalog(domain),
            [event for event in self.events if event.time <= self.since],
            open_encoder(workspace.settings.encoder, workspace.path / "cache"),
            seed=seed,
            progress=progress,
        )
        self.examples = newer_examples(
            self.events, self.scorer, self.since,
            shortlist=workspace.settings.shortlist_size, most=settings.examples, seed=seed,
        )  # fmt: skip
        self.hits = sum(example.target >= 0 for example in self.examples)
        if self.hits < MIN_HITS:
            raise AdapterError(
                f"{self.candidate.name} cannot be judged: {self.hits} examples with a hit are "
                f"newer than its data, {MIN_HITS} are needed; wait for more events, or promote "
                "with --force"
            )

    async def report(self, engine: Engine | None) -> GateReport:
        """All figures. Loads the workspace's engine, unless one is given."""
        if engine is not None:
            return await self._measured(engine)
        opened = await asyncio.to_thread(self.workspace.settings.open_engine)
        try:
            return await self._measured(opened)
        finally:
            await opened.close()

    async def _measured(self, engine: Engine) -> GateReport:
        begun = time.perf_counter()
        candidate, current, few = self.candidate, self.current, self.settings.turned
        for adapter in {*candidate.parts.adapters, *current.parts.adapters}:
            await engine.add_adapter(adapter, adapter_folder(self.workspace, adapter))
        trials_of = partial(
            RankingTrials, engine, self.scorer.catalog,
            prompts=PromptSet(self.workspace.prompt_folders(self.domain)), progress=self.progress,
        )  # fmt: skip
        trials = trials_of(self.examples)
        same = (candidate.parts.pick, candidate.weights) == (current.parts.pick, current.weights)
        baselines = [SCORER, *([current] if current.weights != SCORER.weights else [])]
        gains = await self._gains(trials, baselines)
        texts, change = await self._texts(trials, engine)
        earned, why = (None, "") if same else await second_opinion(
            self.workspace, self.domain, (candidate, current), trials_of,
            since=self.since, most=self.settings.examples,
        )  # fmt: skip
        return GateReport(
            adapter=candidate.name,
            serving=current.name if self.serving else None,
            since=self.since,
            examples=len(self.examples),
            hits=self.hits,
            ndcg={name: _metric(estimate(values, self.seed)) for name, values in gains.items()},
            contests=tuple(
                PairedComparison(
                    against=one.name,
                    difference=_metric(compare(gains[candidate.name], gains[one.name], self.seed)),
                )
                for one in baselines
            ),
            llm_weight=candidate.weights.llm,
            pick_seconds=trials.pick_seconds(candidate),
            same_pick=same,
            off_policy=earned,
            no_off_policy=why,
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

    async def _gains(self, trials: RankingTrials, baselines: Sequence[System]) -> dict[str, Floats]:
        """NDCG@10 by system, each user's mean, float64 [users]."""
        without_llm = System(
            f"{self.candidate.name} without the LLM", replace(self.candidate.weights, llm=0.0)
        )
        users = np.array([example.user for example in self.examples])
        return {
            one.name: by_user(await trials.gains(one), users)
            for one in (self.candidate, *baselines, without_llm)
        }

    async def _texts(
        self, trials: RankingTrials, engine: Engine
    ) -> tuple[dict[str, TextQuality], MeasuredMetric | None]:
        """Texts of both systems on the candidate's first picks; none if one adapter writes both."""
        examples = self.examples[: self.settings.descriptions]
        systems = (self.candidate, self.current)
        if not examples or self.candidate.parts.describe == self.current.parts.describe:
            return {}, None
        picks = [(one, await trials.first(self.candidate, at)) for at, one in enumerate(examples)]
        folders = self.workspace.prompt_folders(self.domain)
        describer = Describer(engine, folders=folders)
        domain = plain_domain(self.domain, self.scorer)
        counts = [
            await self._sentence_counts(describer, domain, picks, system.parts.describe)
            for system in systems
        ]
        if not len(counts[0]):
            return {}, None
        ours, theirs = map(_passed_shares, counts)
        texts = {one.name: _text_quality(own) for one, own in zip(systems, counts, strict=True)}
        return texts, _metric(compare(ours, theirs, self.seed))

    async def _sentence_counts(
        self,
        describer: Describer,
        domain: Domain,
        picks: Sequence[tuple[PickExample, str]],
        adapter: str | None,
    ) -> Floats:
        """Write a card for each example and item id, by one adapter (None: the base model), with
        each user as of the example's moment, as in serving. Counts by card, [cards, 3]: sentences
        of the LLM that passed the check, those that were refused, and 1 where composed ones stand
        in place of its own. Cards of which nothing is left for an LLM to tell are not among them.
        """

        async def write(pick: tuple[PickExample, str]) -> tuple[int, int, int] | None:
            example, item_id = pick
            own = [e for e in self.events if e.user == example.user and e.time < example.moment]
            item, profile = domain.catalog[item_id], Profile.of(example.user, own)
            past = domain.past(profile)
            (reasons,) = domain.reasons(profile, Request(), [item])
            evidence = tuple(choose_evidence(item, reasons, past, Request()))
            request = TextRequest(item, evidence, past, adapter=adapter, seed=self.seed)
            if beside_model(request, Grounds(evidence, item, past)).whole:
                return None
            refused = RefusedSentences()
            written = describer.astream(request, refused)
            composed = [one.source == "template" async for one in written]
            return composed.count(False), len(refused.pairs), int(all(composed))

        label = f"texts of {adapter or 'the base model'}"
        made = await bounded_gather(write, picks, MAX_CONCURRENT, self.progress, label)
        return np.array([row for row in made if row is not None], float).reshape(-1, 3)


def _system(versions: AdapterVersions, version: str | None) -> System:
    workspace, domain = versions.workspace, versions.domain
    if version is not None:
        versions.verify(version)
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


def _until(versions: AdapterVersions, adapter: str) -> float:
    until = versions.verify(adapter.partition("@")[2]).training.data.until
    if until is None:
        raise AdapterError(
            f"the training data of {adapter} are unknown, so no event is known to be newer and it "
            "cannot be judged; promote with --force, or train an adapter here"
        )
    return until


def _metric(value: Estimate | Difference) -> MeasuredMetric:
    return MeasuredMetric(value=value.mean, low=value.low, high=value.high, n=value.n)


def _passed_shares(counts: Floats) -> Floats:
    """Share of the LLM's sentences that passed, float64 [cards]; 0 for a card without any."""
    return np.asarray(counts[:, 0] / np.maximum(counts[:, :2].sum(1), 1))


def _text_quality(counts: Floats) -> TextQuality:
    """All cards together."""
    passed, refused, _ = counts.sum(0).tolist()
    return TextQuality(
        cards=len(counts),
        sentences=int(passed + refused),
        passed=passed / max(passed + refused, 1),
        composed=float((counts[:, 2] > 0).mean()),
    )
