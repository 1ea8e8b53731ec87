"""Rejection sampling of describe targets: the best true text of the composed one and several that
the current adapter writes.

If the composed text gives the user's own history as a reason, only texts that do so too can replace
it: the most likely ones would leave it out. The best text has the lowest mean rank by: similarity
to the user's history less that to other users' (packaged encoder), share of the evidence stated,
log-likelihood per word under the base model, and nearness to `TARGET_WORDS` words.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy.stats import rankdata

from shelftalker.adapters.data.text_example import TextExample
from shelftalker.data.progress import Progress
from shelftalker.data.values import display_title
from shelftalker.engine.base import Engine
from shelftalker.engine.concurrency import bounded_gather
from shelftalker.language.sentences import sentences_of
from shelftalker.language.stems import stems_of
from shelftalker.prompts import PromptSet
from shelftalker.scorer.base import Encoder, Floats
from shelftalker.types import Evidence
from shelftalker.writing.describe import RETRYING
from shelftalker.writing.verifier.grounds import Grounds

TARGET_WORDS = 35
MAX_SENTENCES = 3
"""Most sentences of a target."""
MAX_CONCURRENT = 8


@dataclass(frozen=True)
class Draft:
    """An example with its composed text, and what another text may be based on."""

    example: TextExample
    title: str
    evidence: Sequence[Evidence]
    grounds: Grounds
    names: Sequence[str]
    history: str

    def true(self, text: str) -> bool:
        """Whether all sentences pass the verifier, and one states a fact; at most
        `MAX_SENTENCES`."""
        verdicts = [self.grounds.check(sentence) for sentence in sentences_of(text, self.names)]
        return (
            0 < len(verdicts) <= MAX_SENTENCES and all(verdicts) and any(v.states for v in verdicts)
        )

    def covered(self, text: str) -> float:
        """Share of the evidence of which the text holds a word."""
        words = set(stems_of(text))
        stated = [bool(words & set(stems_of(piece.value))) for piece in self.evidence]
        return float(np.mean(stated)) if stated else 0.0


def gives_reason(text: str, title: str, evidence: Sequence[Evidence]) -> bool:
    """Whether a text about the item of that title names a history item of the evidence."""
    rest = text.replace(title, "")
    past = (display_title(piece.value) for piece in evidence if piece.source == "history")
    return any(name in rest for name in past)


class Sampler:
    """Asks an engine for `samples` texts per example. `adapter` None: the base model."""

    def __init__(
        self,
        engine: Engine,
        encoder: Encoder,
        samples: int,
        *,
        adapter: str | None = None,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> None:
        self._engine, self._encoder, self._samples = engine, encoder, samples
        self._adapter, self._seed, self._progress = adapter, seed, progress

    async def best(self, drafts: Sequence[Draft]) -> list[TextExample]:
        """The examples, each with its best text."""
        texts = await bounded_gather(
            self._true_texts, drafts, MAX_CONCURRENT, self._progress, "sampling texts"
        )
        histories = self._encoder.encode([draft.history for draft in drafts])
        return [
            replace(draft.example, text=await self._best(draft, own, at, histories))
            for at, (draft, own) in enumerate(zip(drafts, texts, strict=True))
        ]

    async def _true_texts(self, draft: Draft) -> list[str]:
        """The composed text, then the distinct true texts of the LLM that may replace it."""
        prompt = draft.example.prompt()
        seeds = range(self._seed, self._seed + self._samples)
        written = await asyncio.gather(
            *(
                self._engine.write([prompt], replace(RETRYING, seed=seed), self._adapter)
                for seed in seeds
            )
        )
        composed = draft.example.text
        true = filter(draft.true, (text.strip() for (text,) in written))
        with_reason = partial(gives_reason, title=draft.title, evidence=draft.evidence)
        texts = filter(with_reason, true) if with_reason(composed) else true
        return list(dict.fromkeys([composed, *texts]))

    async def _best(self, draft: Draft, texts: list[str], at: int, histories: Floats) -> str:
        if len(texts) == 1:
            return texts[0]
        about = PromptSet().render("about", title=draft.title)
        likely = await self._engine.likelihood(about, texts)
        words = np.array([max(len(stems_of(text)), 1) for text in texts])
        alike = self._encoder.encode(texts) @ histories.T
        others = np.delete(alike, at, axis=1)
        criteria = [
            alike[:, at] - (others.mean(axis=1) if others.size else 0),
            np.array([draft.covered(text) for text in texts]),
            likely / words,
            -np.abs(words - TARGET_WORDS),
        ]
        ranks = np.mean([rankdata(-values) for values in criteria], axis=0)
        return texts[int(np.argmin(ranks))]
