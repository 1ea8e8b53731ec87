"""How true the texts are that a system writes: the check's verdict on each of its sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from shelftalker.adapters.dataset import PickExample
from shelftalker.adapters.verdict import Texts
from shelftalker.describe import Describer
from shelftalker.domain import Domain
from shelftalker.engine.base import Engine
from shelftalker.events import Event
from shelftalker.gathering import gathered
from shelftalker.profile import Profile
from shelftalker.request import Request
from shelftalker.scorer.base import Progress

Floats = npt.NDArray[np.float64]
AT_ONCE = 8
"""Texts that are written beside each other."""


@dataclass(frozen=True)
class Told:
    """The model's sentences, a card each: how many passed, how many were refused, and whether
    composed ones had to fill in."""

    passed: list[int]
    refused: list[int]
    composed: list[bool]

    def shares(self) -> Floats:
        """Passed sentences by written ones, a card; a card without any counts 0."""
        passed, refused = np.array(self.passed, float), np.array(self.refused, float)
        found: Floats = passed / np.maximum(passed + refused, 1)
        return found

    def summary(self) -> Texts:
        """All cards together."""
        written = sum(self.passed) + sum(self.refused)
        return Texts(
            cards=len(self.passed),
            sentences=written,
            passed=sum(self.passed) / max(written, 1),
            composed=float(np.mean(self.composed)),
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
) -> Told:
    """Write a text for each picked item, as its user was at the example's moment."""
    describer = Describer(engine, folders=folders)

    async def tell(pick: tuple[PickExample, str]) -> tuple[int, int, bool]:
        example, item_id = pick
        item, known = domain.catalog[item_id], profile_at(events, example)
        past = domain.past(known)
        (reasons,) = domain.reasons(known, Request(), [item])
        evidence = domain.evidence(item, past, Request(), reasons)
        refused: list[tuple[str, str]] = []
        shown = [
            checked.source
            async for checked in describer.astream(
                item, evidence, history=past, adapter=adapter, seed=seed, refused=refused
            )
        ]
        return sum(source != "template" for source in shown), len(refused), "template" in shown

    whose = f"texts of {adapter or 'the base model'}"
    found = await gathered(tell, picks, AT_ONCE, progress, whose)
    passed, refused, composed = map(list, zip(*found, strict=True))
    return Told(passed, refused, composed)


def profile_at(events: Sequence[Event], example: PickExample) -> Profile:
    """What was known of an example's user at its moment."""
    own = [e for e in events if e.user == example.user and e.time < example.moment]
    return Profile.of(example.user, own)
