"""Adapter swaps under load: many adapters in few slots, promotions while requests run, on vLLM.

python -m shelftalker.eval.bench.swap --out eval/results

Requests go to random domains, each with an adapter that outputs its own letter (`letter_adapters`),
so that every answer identifies its adapter. Each round promotes a version during traffic. Rounds
alternate with rounds of as many requests for one fixed adapter: the ratio of the two is the cost of
swapping.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from shelftalker.adapters.registry import AdapterVersions
from shelftalker.engine import ENGINES, open_engine
from shelftalker.engine.base import Engine, Sampling
from shelftalker.errors import ShelftalkerError
from shelftalker.eval.bench.letter_adapters import LETTERS, LetterAdapterWriter
from shelftalker.eval.bench.options import publish, script_parser, show
from shelftalker.ranking.pick import title_prompt
from shelftalker.ranking.pick_weights import PickWeights
from shelftalker.serving.adapter_leases import AdapterService
from shelftalker.store.workspace import Workspace

BackgroundTask = Callable[[], Coroutine[None, None, None]]
SINGLE_DOMAIN = "one"
WORDS = ("Night", "Harbour", "Glass", "Winter", "Silent", "Orbit", "Goat", "Ferry", "Knife", "Moon")


@dataclass(frozen=True, slots=True)
class DomainSnapshot:
    """The domain as a request sees it at its start."""

    name: str
    adapter: str | None
    weights: PickWeights = field(default_factory=PickWeights)


@dataclass
class SwapTally:
    """Counts and times of the requests of one kind."""

    answered: int = 0
    wrong: int = 0
    failed: int = 0
    seconds: list[float] = field(default_factory=list)  # a round
    waits: list[float] = field(default_factory=list)  # a request

    def figures(self) -> dict[str, float]:
        """Counts, requests per second, and latency."""
        done = self.answered + self.failed
        return {
            "requests": done,
            "failed": self.failed,
            "from the wrong adapter": self.wrong,
            "requests/s": round(done / sum(self.seconds), 3),
            "median seconds": round(float(np.median(self.waits)), 3),
            "p95 seconds": round(float(np.percentile(self.waits, 95)), 3),
        }


class Traffic:
    """Visitors of one workspace; each requests a choice of a letter, then a short text."""

    def __init__(
        self,
        workspace: Workspace,
        engine: Engine,
        letters: dict[str, str],
        options: argparse.Namespace,
    ) -> None:
        self._workspace, self._engine, self._letters = workspace, engine, letters
        self._history = options.history
        self._service = AdapterService(workspace)
        self._sampling = Sampling(max_tokens=options.tokens)
        self._random = np.random.default_rng(options.seed)

    async def round(
        self,
        domains: Sequence[str],
        visitors: int,
        tally: SwapTally,
        at_half: BackgroundTask,
    ) -> None:
        """Answer one request per domain with `visitors` concurrent ones; `at_half` starts
        halfway."""
        waiting = list(domains)
        background: list[asyncio.Task[None]] = []

        async def visitor() -> None:
            while waiting:
                if len(waiting) == len(domains) // 2:
                    background.append(asyncio.create_task(at_half()))
                await self._ask(waiting.pop(), tally)

        start = time.perf_counter()
        await asyncio.gather(*(visitor() for _ in range(visitors)))
        tally.seconds.append(time.perf_counter() - start)
        await asyncio.gather(*background)

    async def _ask(self, domain: str, tally: SwapTally) -> None:
        history = [" ".join(self._random.choice(WORDS, 3)) for _ in range(self._history)]
        prompt = title_prompt(history)
        begun = time.perf_counter()
        served = DomainSnapshot(domain, self._workspace.current(domain).adapter)
        letter = self._letters[f"{domain}@{served.adapter}"]
        try:
            async with self._service.lease(self._engine, served) as lent:
                [row] = await self._engine.choose([prompt], LETTERS, lent.name)
                [text] = await self._engine.write([prompt], self._sampling, lent.name)
        except ShelftalkerError as error:
            print(f"failed: {error}", flush=True)
            tally.failed += 1
            return
        tally.answered += 1
        tally.waits.append(time.perf_counter() - begun)
        tally.wrong += LETTERS[int(row.argmax())] != letter or set(text) != {letter}


async def measure(options: argparse.Namespace, workspace: Workspace) -> dict[str, object]:
    """Alternate rounds: many adapters, one adapter, one, many, …"""
    names = [f"domain{n}" for n in range(options.adapters)]
    rounds = options.requests // options.every
    letters, order = _prepare(workspace, names, rounds)
    engine = await asyncio.to_thread(open_engine, engine=options.engine, slots=options.slots)
    traffic = Traffic(workspace, engine, letters, options)
    random = np.random.default_rng(options.seed)
    many, one, promotions = SwapTally(), SwapTally(), 0

    async def do_nothing() -> None:
        pass

    async def promote() -> None:
        domain, version = next(order)
        versions = AdapterVersions(workspace, domain)
        await asyncio.to_thread(versions.promote, version, force=True)

    try:
        warm = SwapTally()
        await traffic.round([SINGLE_DOMAIN, *names], options.visitors, warm, do_nothing)
        for number in range(rounds):
            drawn = [names[at] for at in random.integers(0, len(names), options.every)]
            turns = [(drawn, many, promote), ([SINGLE_DOMAIN] * options.every, one, do_nothing)]
            for domains, tally, at_half in turns[:: 1 if number % 2 == 0 else -1]:
                await traffic.round(domains, options.visitors, tally, at_half)
            promotions += 1
            line = f"many {many.seconds[-1]:.1f} s, one {one.seconds[-1]:.1f} s"
            show(number + 1, rounds, f"{line}; wrong {many.wrong}, failed {many.failed}")
    finally:
        await engine.close()
    ratios = np.array(one.seconds) / np.array(many.seconds)
    return {
        "adapters": options.adapters,
        "slots": options.slots,
        "visitors at once": options.visitors,
        "titles in a prompt": options.history,
        "tokens of a text": options.tokens,
        "promotions": promotions,
        "many": many.figures(),
        "one": one.figures(),
        "throughput ratio": round(sum(one.seconds) / sum(many.seconds), 4),
        "median ratio of a round": round(float(np.median(ratios)), 4),
    }


def _prepare(
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
    order = ((name, f"v{2 + at // len(names)}") for at, name in enumerate(later))
    return letters, order


def main() -> None:
    """Print one JSON object."""
    options = _options()
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as name, Workspace.create(Path(name) / "ws") as workspace:
        figures = asyncio.run(measure(options, workspace))
        model = workspace.settings.model
    facts = {"data": "invented histories", "split": "none", "seed": options.seed}
    facts |= {"model": model, "engine": options.engine}
    publish(f"swap-{options.slots}", figures, facts, time.perf_counter() - begun, options.out)


def _options() -> argparse.Namespace:
    parser = script_parser(__doc__)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--every", type=int, default=100, help="requests between two promotions")
    parser.add_argument("--adapters", type=int, default=8)
    parser.add_argument("--slots", type=int, default=4, help="adapters loaded at the same time")
    parser.add_argument("--visitors", type=int, default=8, help="concurrent requests")
    parser.add_argument("--history", type=int, default=3, help="titles in a prompt")
    parser.add_argument("--tokens", type=int, default=12, help="length of a text")
    parser.add_argument("--engine", choices=list(ENGINES), default="vllm")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="write swap-SLOTS.json into this folder")
    return parser.parse_args()


if __name__ == "__main__":
    main()
