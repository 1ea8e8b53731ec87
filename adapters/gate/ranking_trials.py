"""Systems that order the same shortlists: NDCG gains, order flips, popularity of the picks."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import log_softmax

from shelftalker.adapters.data.pick import PickExample
from shelftalker.data.catalog import Catalog
from shelftalker.data.progress import Progress
from shelftalker.engine.base import Engine
from shelftalker.eval.metrics.ranking import ndcg
from shelftalker.prompts import PACKAGE_PROMPTS, PromptSet
from shelftalker.ranking.pick import Floats, PickQuestion, preference
from shelftalker.ranking.pick_weights import PickWeights
from shelftalker.store.adapter_card import BASE_ONLY, AdapterParts

POPULARITY_DEPTH = 3
_MISS_RANK = 1e9


@dataclass(frozen=True)
class System:
    """Adapters that pick and write, with the weights of the pick."""

    name: str
    weights: PickWeights
    parts: AdapterParts = BASE_ONLY


SCORER = System("the scorer's order", PickWeights())


class RankingTrials:
    """The examples, with the scores of each system; the LLM is asked once for each."""

    def __init__(
        self,
        engine: Engine,
        catalog: Catalog,
        examples: Sequence[PickExample],
        *,
        prompts: PromptSet = PACKAGE_PROMPTS,
        progress: Progress | None = None,
    ) -> None:
        self._engine, self._catalog, self._examples = engine, catalog, examples
        self._prompts, self._progress = prompts, progress
        self._scores: dict[tuple[str, int], Floats] = {}
        self._seconds: dict[str, list[float]] = {}

    async def gains(self, system: System) -> Floats:
        """NDCG@10 of each example, float64 [examples]; ties count against, misses count 0."""
        ranks = np.full(len(self._examples), _MISS_RANK)
        for at, example in enumerate(self._examples):
            if example.target >= 0:
                scores = await self.scores(system, at)
                ranks[at] = (scores >= scores[example.target]).sum() - 1
            if self._progress and system.weights.llm:
                self._progress(at + 1, len(self._examples), f"picks of {system.name}")
        return ndcg(ranks, 10)

    async def flips(self, system: System, few: int) -> float | None:
        """Share of first picks that change if the list is reversed, on the first `few` examples."""
        changed = []
        for at in range(min(few, len(self._examples))):
            forward, back = await self.scores(system, at), await self._asked(system, at, -1)
            changed.append(int(np.argmax(forward)) != int(np.argmax(back)))
        return float(np.mean(changed)) if changed else None

    async def popularity(self, system: System, few: int) -> float:
        """Mean number of events of the first picks, on the first `few` examples."""
        events = []
        for at in range(min(few, len(self._examples))):
            first = np.argsort(-await self.scores(system, at), kind="stable")[:POPULARITY_DEPTH]
            events.append(np.expm1(np.array(self._examples[at].popularity)[first]).mean())
        return float(np.mean(events)) if events else 0.0

    def pick_seconds(self, system: System) -> float | None:
        """Median seconds that one pick by a system's LLM has taken; None without any."""
        return float(np.median(own)) if (own := self._seconds.get(system.name)) else None

    async def first(self, system: System, at: int) -> str:
        """The item that a system picks for an example."""
        return self._examples[at].candidates[int(np.argmax(await self.scores(system, at)))]

    async def scores(self, system: System, at: int) -> Floats:
        """Fused scores of an example's candidates, float64 [n]."""
        if (system.name, at) not in self._scores:
            self._scores[system.name, at] = await self._asked(system, at)
        return self._scores[system.name, at]

    async def _asked(self, system: System, at: int, step: int = 1) -> Floats:
        """The scores; with `step` -1 the LLM is shown the candidates in reverse."""
        example, weights = self._examples[at], system.weights
        llm = np.zeros(len(example.candidates))
        if weights.llm:
            items = [self._catalog[item_id] for item_id in example.candidates[::step]]
            begun = time.perf_counter()
            asked = await preference(
                self._engine,
                PickQuestion(items, example.history, prompts=self._prompts),
                method=weights.method,
                names=weights.names,
                adapter=system.parts.pick,
            )
            self._seconds.setdefault(system.name, []).append(time.perf_counter() - begun)
            llm = asked[::step]
        return np.asarray(
            weights.scorer * log_softmax(np.array(example.logits))
            + weights.llm * llm
            + weights.popularity * np.array(example.popularity)
        )
