"""Requests to random domains, each with an adapter that outputs its own letter (`letter_adapters`),
so that every answer identifies its adapter; versions are promoted while requests run.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shelftalker.adapters.registry import AdapterVersions
from shelftalker.engine.base import Engine, Sampling
from shelftalker.engine.concurrency import bounded_gather
from shelftalker.errors import ShelftalkerError
from shelftalker.eval.bench import harness
from shelftalker.eval.bench.letter_adapters import LETTERS, LetterAdapterWriter
from shelftalker.ranking.pick import title_prompt
from shelftalker.ranking.pick_weights import PickWeights
from shelftalker.serving.adapter_leases import AdapterService
from shelftalker.store.workspace import Workspace

SINGLE_DOMAIN = "one"
WORDS = ("Night", "Harbour", "Glass", "Winter", "Silent", "Orbit", "Goat", "Ferry", "Knife", "Moon")


@dataclass(frozen=True, slots=True)
class DomainSnapshot:
    """The domain as a request sees it at its start."""

    name: str
    adapter: str | None
    weights: PickWeights = field(default_factory=PickWeights)


@dataclass(frozen=True)
class SwapRequest:
    """One request: how long it took; None where it failed."""

    seconds: float | None
    wrong: bool = False


@dataclass
class SwapTally:
    """Counts and times of the requests of one kind."""

    wrong: int = 0
    failed: int = 0
    seconds: list[float] = field(default_factory=list)  # a round
    waits: list[float] = field(default_factory=list)  # an answered request

    def add(self, visit: SwapRequest) -> None:
        """Count a request."""
        if visit.seconds is None:
            self.failed += 1
        else:
            self.waits.append(visit.seconds)
            self.wrong += visit.wrong

    def figures(self) -> dict[str, float]:
        """Counts, requests per second, and latency."""
        done = len(self.waits) + self.failed
        return {
            "requests": done,
            "failed": self.failed,
            "from the wrong adapter": self.wrong,
            "requests/s": round(done / sum(self.seconds), 3),
            **harness.quantiles(self.waits, {"median seconds": 0.5, "p95 seconds": 0.95}),
        }


@dataclass
class Traffic:
    """Visitors of one workspace; each requests a choice of a letter, then a short text. `letters`:
    of each version; `promotions`: domains and versions that come into service, one a round."""

    workspace: Workspace
    engine: Engine
    letters: dict[str, str]
    promotions: Iterator[tuple[str, str]]
    history: int
    sampling: Sampling
    random: np.random.Generator

    def __post_init__(self) -> None:
        self._service = AdapterService(self.workspace)

    async def round(
        self, domains: Sequence[str], visitors: int, tally: SwapTally, *, promote: bool = False
    ) -> None:
        """Answer one request per domain, `visitors` of them concurrently; halfway a version is
        promoted where `promote` says so."""
        background: list[asyncio.Task[Any]] = []

        async def visit(case: tuple[int, str]) -> None:
            number, domain = case
            if promote and number == len(domains) // 2:
                background.append(asyncio.create_task(asyncio.to_thread(self.promote)))
            tally.add(await self.ask(domain))

        start = time.perf_counter()
        await bounded_gather(visit, list(enumerate(domains)), visitors)
        tally.seconds.append(time.perf_counter() - start)
        await asyncio.gather(*background)

    def promote(self) -> None:
        """Put the next version into service."""
        domain, version = next(self.promotions)
        AdapterVersions(self.workspace, domain).promote(version, force=True)

    async def ask(self, domain: str) -> SwapRequest:
        """One request: a letter is chosen and a short text written."""
        history = [" ".join(self.random.choice(WORDS, 3)) for _ in range(self.history)]
        prompt = title_prompt(history)
        begun = time.perf_counter()
        served = DomainSnapshot(domain, self.workspace.current(domain).adapter)
        letter = self.letters[f"{domain}@{served.adapter}"]
        try:
            async with self._service.lease(self.engine, served) as lent:
                [row] = await self.engine.choose([prompt], LETTERS, lent.name)
                [text] = await self.engine.write([prompt], self.sampling, lent.name)
        except ShelftalkerError as error:
            print(f"failed: {error}", flush=True)
            return SwapRequest(None)
        wrong = LETTERS[int(row.argmax())] != letter or set(text) != {letter}
        return SwapRequest(time.perf_counter() - begun, wrong)


def prepare(
    workspace: Workspace, names: Sequence[str], rounds: int
) -> tuple[dict[str, str], Iterator[tuple[str, str]]]:
    """Register and promote a first version in every domain, and register a later one for each
    round; returns the letter of each version, and the order of the later promotions."""
    marker, letters = LetterAdapterWriter(), {}
    later = [names[at % len(names)] for at in range(rounds)]
    for number, domain in enumerate([SINGLE_DOMAIN, *names, *later]):
        workspace.add_domain(domain)
        letter = LETTERS[number % len(LETTERS)]
        folder = marker.write(workspace.path / "marked" / str(number), letter, number)
        version = AdapterVersions(workspace, domain).add(folder)
        letters[f"{domain}@{version}"] = letter
    for domain in (SINGLE_DOMAIN, *names):
        AdapterVersions(workspace, domain).promote("v1", force=True)
    return letters, ((name, f"v{2 + at // len(names)}") for at, name in enumerate(later))
