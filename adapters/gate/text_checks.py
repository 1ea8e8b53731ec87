"""The verifier's verdicts on every sentence that a system writes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shelftalker.adapters.data.pick import PickExample
from shelftalker.adapters.gate.report import TextQuality
from shelftalker.data.events import Event
from shelftalker.data.profile import Profile
from shelftalker.data.progress import Progress
from shelftalker.engine.concurrency import bounded_gather
from shelftalker.serving.domain import Domain
from shelftalker.types import Request
from shelftalker.writing.accepted_text import RefusedSentences
from shelftalker.writing.describe import Describer
from shelftalker.writing.text_request import TextRequest

Floats = npt.NDArray[np.float64]
MAX_CONCURRENT = 8
"""Texts that are written concurrently."""


@dataclass(frozen=True)
class Written:
    """One card: the LLM's sentences that passed and that were refused."""

    passed: int
    refused: int
    composed: bool


@dataclass(frozen=True)
class SystemTexts:
    """The cards of one system."""

    cards: Sequence[Written]

    def shares(self) -> Floats:
        """Share of the LLM's sentences that passed, float64 [cards]; 0 for a card without any."""
        passed = np.array([card.passed for card in self.cards], float)
        refused = np.array([card.refused for card in self.cards], float)
        shares: Floats = passed / np.maximum(passed + refused, 1)
        return shares

    def summary(self) -> TextQuality:
        """All cards together."""
        passed = sum(card.passed for card in self.cards)
        sentences = passed + sum(card.refused for card in self.cards)
        return TextQuality(
            cards=len(self.cards),
            sentences=sentences,
            passed=passed / max(sentences, 1),
            composed=float(np.mean([card.composed for card in self.cards])),
        )


@dataclass(frozen=True)
class TextTrials:
    """Writes texts about picked items, with each user as of the example's moment."""

    describer: Describer
    domain: Domain
    events: Sequence[Event]
    seed: int
    progress: Progress | None

    async def write(
        self, picks: Sequence[tuple[PickExample, str]], adapter: str | None
    ) -> SystemTexts:
        """One card for each example and item id, by one adapter (None: the base model)."""

        async def write_one(pick: tuple[PickExample, str]) -> Written:
            example, item_id = pick
            domain, refused = self.domain, RefusedSentences()
            own = [e for e in self.events if e.user == example.user and e.time < example.moment]
            item, profile = domain.catalog[item_id], Profile.of(example.user, own)
            past = domain.past(profile)
            (reasons,) = domain.reasons(profile, Request(), [item])
            evidence = domain.evidence(item, past, Request(), reasons)
            request = TextRequest(item, evidence, past, adapter=adapter, seed=self.seed)
            shown = [one async for one in self.describer.astream(request, refused)]
            composed = [one.source == "template" for one in shown]
            return Written(composed.count(False), len(refused.pairs), any(composed))

        label = f"texts of {adapter or 'the base model'}"
        return SystemTexts(
            await bounded_gather(write_one, picks, MAX_CONCURRENT, self.progress, label)
        )
