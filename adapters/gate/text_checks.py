"""How true the texts are that a system writes: the check's verdict on each of its sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from shelftalker.adapters.data.pick import PickExample
from shelftalker.adapters.gate.report import Texts
from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.data.profile import Profile
from shelftalker.data.progress import Progress
from shelftalker.engine.base import Engine
from shelftalker.engine.concurrency import gathered
from shelftalker.serving.domain import Domain
from shelftalker.types import Evidence, Request
from shelftalker.writing.accepted_text import RefusedSentences
from shelftalker.writing.describe import Describer
from shelftalker.writing.text_request import TextRequest
from shelftalker.writing.verifier.tokenizer import Past

Floats = npt.NDArray[np.float64]
AT_ONCE = 8
"""Texts that are written beside each other."""


@dataclass(frozen=True)
class Written:
    """One card as it was shown, and how many sentences of the model's passed and were refused."""

    text: str
    passed: int
    refused: int
    composed: bool


@dataclass(frozen=True)
class SystemTexts:
    """The cards of one system."""

    cards: Sequence[Written]

    def shares(self) -> Floats:
        """Passed sentences by written ones, a card; a card without any counts 0."""
        passed = np.array([card.passed for card in self.cards], float)
        refused = np.array([card.refused for card in self.cards], float)
        found: Floats = passed / np.maximum(passed + refused, 1)
        return found

    def summary(self) -> Texts:
        """All cards together."""
        passed = sum(card.passed for card in self.cards)
        sentences = passed + sum(card.refused for card in self.cards)
        return Texts(
            cards=len(self.cards),
            sentences=sentences,
            passed=passed / max(sentences, 1),
            composed=float(np.mean([card.composed for card in self.cards])),
        )


async def write_card(
    describer: Describer,
    item: Item,
    evidence: Sequence[Evidence],
    past: Sequence[Past],
    *,
    adapter: str | None,
    seed: int = 0,
) -> Written:
    """Write one card and count the check's verdicts."""
    refused = RefusedSentences()
    shown = [
        checked
        async for checked in describer.astream(
            TextRequest(item, evidence, past, adapter=adapter, seed=seed), refused
        )
    ]
    return Written(
        text=" ".join(checked.text for checked in shown),
        passed=sum(checked.source != "template" for checked in shown),
        refused=len(refused.pairs),
        composed=any(checked.source == "template" for checked in shown),
    )


async def told(
    engine: Engine,
    domain: Domain,
    events: Sequence[Event],
    picks: Sequence[tuple[PickExample, str]],
    *,
    adapter: str | None,
    folders: Sequence[Path],
    seed: int = 0,
    progress: Progress | None = None,
) -> SystemTexts:
    """Write a text for each picked item, as its user was at the example's moment."""
    describer = Describer(engine, folders=folders)

    async def tell(pick: tuple[PickExample, str]) -> Written:
        example, item_id = pick
        item, known = domain.catalog[item_id], profile_at(events, example)
        past = domain.past(known)
        (reasons,) = domain.reasons(known, Request(), [item])
        evidence = domain.evidence(item, past, Request(), reasons)
        return await write_card(describer, item, evidence, past, adapter=adapter, seed=seed)

    whose = f"texts of {adapter or 'the base model'}"
    return SystemTexts(await gathered(tell, picks, AT_ONCE, progress, whose))


def profile_at(events: Sequence[Event], example: PickExample) -> Profile:
    """What was known of an example's user at its moment."""
    own = [e for e in events if e.user == example.user and e.time < example.moment]
    return Profile.of(example.user, own)
