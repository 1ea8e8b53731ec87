"""How true the texts are that a system writes: the check's verdict on each of its sentences."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from shelftalker.adapters.dataset import PickExample
from shelftalker.adapters.verdict import Texts
from shelftalker.describe import Describer
from shelftalker.domain import Domain
from shelftalker.engine.base import Engine
from shelftalker.events import Event
from shelftalker.profile import Profile
from shelftalker.request import Request

Floats = npt.NDArray[np.float64]


@dataclass
class Told:
    """The model's sentences, a card each: how many passed, how many were refused, and whether
    composed ones had to fill in."""

    passed: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    composed: list[bool] = field(default_factory=list)

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
) -> Told:
    """Write a text for each picked item, as its user was at the example's moment."""
    found = Told()
    describer = Describer(engine, folders=folders)
    for example, item_id in picks:
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
        found.passed.append(sum(source != "template" for source in shown))
        found.refused.append(len(refused))
        found.composed.append("template" in shown)
    return found


def profile_at(events: Sequence[Event], example: PickExample) -> Profile:
    """What was known of an example's user at its moment."""
    own = [e for e in events if e.user == example.user and e.time < example.moment]
    return Profile.of(example.user, own)
