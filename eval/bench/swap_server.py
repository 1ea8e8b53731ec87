"""One shared server under load: `shelftalker llm`, many processes, promotions while requests run.

shelftalker llm DIR                                          (in another terminal)
python -m shelftalker.eval.bench.swap_server --url http://127.0.0.1:8001

Requests go to random domains, each with an adapter that outputs its own letter (`letter_adapters`),
so that every answer identifies its adapter. After that, rounds of requests for one adapter go
in turns to the server and to vLLM in this process: the ratio is what the server costs.
"""

import asyncio
import multiprocessing
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import typer

from shelftalker.adapters.registry import AdapterVersions
from shelftalker.engine import open_engine
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
HISTORY, TEXT = 3, Sampling(max_tokens=12)
"""Titles in a prompt; how a text is written."""
Letters = dict[str, str]
"""The letter of each version, such as `domain1@v2`."""


class DomainSnapshot(NamedTuple):
    """The domain as a request sees it at its start."""

    name: str
    adapter: str | None
    weights: PickWeights = PickWeights()


class SwapRequest(NamedTuple):
    """One request: how long it took; None where it failed."""

    seconds: float | None
    wrong: bool = False


@dataclass
class SwapTally:
    """The requests of one kind, and the seconds of each round of them."""

    requests: list[SwapRequest] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        """Counts, requests per second, and latency."""
        waits = [one.seconds for one in self.requests if one.seconds is not None]
        return {
            "requests": len(self.requests),
            "failed": len(self.requests) - len(waits),
            "from the wrong adapter": sum(one.wrong for one in self.requests),
            "requests/s": round(len(self.requests) / sum(self.seconds), 3),
            **harness.quantiles(waits, {"median seconds": 0.5, "p95 seconds": 0.95}),
        }


class Visitors:
    """Visitors of one workspace; each requests a choice of a letter, then a short text."""

    def __init__(self, workspace: Workspace, engine: Engine, letters: Letters, seed: int) -> None:
        self.workspace, self.engine, self.letters = workspace, engine, letters
        self._random = np.random.default_rng(seed)
        self._service = AdapterService(workspace)

    async def ask(self, domain: str) -> SwapRequest:
        """One request: a letter is chosen and a short text written."""
        prompt = title_prompt([" ".join(self._random.choice(WORDS, 3)) for _ in range(HISTORY)])
        begun = time.perf_counter()
        served = DomainSnapshot(domain, self.workspace.current(domain).adapter)
        letter = self.letters[f"{domain}@{served.adapter}"]
        try:
            async with self._service.lease(self.engine, served) as lent:  # type: ignore[arg-type]
                [row] = await self.engine.choose([prompt], LETTERS, lent.name)
                [text] = await self.engine.write([prompt], TEXT, lent.name)
        except ShelftalkerError as error:
            print(f"failed: {error}", flush=True)
            return SwapRequest(None)
        wrong = LETTERS[int(row.argmax())] != letter or set(text) != {letter}
        return SwapRequest(time.perf_counter() - begun, wrong)


def prepare(
    workspace: Workspace, names: Sequence[str], rounds: int
) -> tuple[Letters, Iterator[tuple[str, str]]]:
    """Register and promote a first version in every domain, and register a later one for each
    round; returns the letter of each version, and the later promotions in order."""
    marker, letters = LetterAdapterWriter(), {}
    later = list(islice(cycle(names), rounds))
    for number, domain in enumerate([SINGLE_DOMAIN, *names, *later]):
        workspace.add_domain(domain)
        letter = LETTERS[number % len(LETTERS)]
        folder = marker.write(workspace.path / "marked" / str(number), letter, number)
        version = AdapterVersions(workspace, domain).add(folder)
        letters[f"{domain}@{version}"] = letter
    for domain in (SINGLE_DOMAIN, *names):
        AdapterVersions(workspace, domain).promote("v1", force=True)
    return letters, ((name, f"v{2 + at // len(names)}") for at, name in enumerate(later))


async def measure(
    url: Annotated[str, typer.Option(help="of shelftalker llm; its key in the environment")],
    requests: int = 1000,
    every: Annotated[int, typer.Option(help="requests between two promotions")] = 100,
    adapters: int = 8,
    clients: Annotated[int, typer.Option(help="processes that send requests")] = 4,
    visitors: Annotated[int, typer.Option(help="concurrent requests, of all processes")] = 8,
    rounds: Annotated[int, typer.Option(help="of the comparison, each of --every requests")] = 6,
    dtype: str = "float32",
    seed: int = 0,
) -> harness.Report:
    """Requests of many processes with promotions; then the server beside vLLM in this process."""
    names, random = [f"domain{n}" for n in range(adapters)], np.random.default_rng(seed)
    with (
        tempfile.TemporaryDirectory() as folder,
        Workspace.create(Path(folder) / "ws") as workspace,
    ):
        letters, promotions = prepare(workspace, names, requests // every)
        drawn = [names[at] for at in random.integers(0, adapters, requests)]
        given = (workspace.path, url, letters, visitors // clients)
        parts = [(*given, drawn[at::clients], at) for at in range(clients)]
        many = await asyncio.to_thread(_send_all, workspace, parts, requests, every, promotions)
        server = await asyncio.to_thread(_at, url)
        core = await asyncio.to_thread(open_engine, engine="vllm", dtype=dtype)
        pair = [Visitors(workspace, engine, letters, seed) for engine in (server, core)]
        compared = await _compare(pair, every, visitors, rounds)
        await server.close()
        await core.close()
    figures = {
        "adapters": adapters,
        "clients": clients,
        "visitors at once": visitors,
        "promotions": requests // every,
        "many": many.figures(),
        **compared,
    }
    facts = {"data": "invented histories", "seed": seed, "model": core.model, "engine": "server"}
    return harness.Report("swap-server", "swap-server", figures, facts)


async def _compare(
    pair: Sequence[Visitors], every: int, visitors: int, rounds: int
) -> dict[str, object]:
    """Figures of rounds that the server and vLLM answer in turns; the first one warms up."""
    server, own = tallies = (SwapTally(), SwapTally())
    for number in range(rounds + 1):
        for traffic, tally in list(zip(pair, tallies, strict=True))[:: -1 if number % 2 else 1]:
            start = time.perf_counter()
            answered = await bounded_gather(traffic.ask, [SINGLE_DOMAIN] * every, visitors)
            if number:
                tally.requests += answered
                tally.seconds.append(time.perf_counter() - start)
    ratios = np.array(own.seconds) / np.array(server.seconds)
    return {
        "one, by the server": server.figures(),
        "one, in this process": own.figures(),
        "throughput ratio": round(sum(own.seconds) / sum(server.seconds), 4),
        "ratios of rounds": [round(float(one), 4) for one in ratios],
    }


def _send_all(
    workspace: Workspace,
    parts: Sequence[tuple[Path, str, Letters, int, Sequence[str], int]],
    requests: int,
    every: int,
    promotions: Iterator[tuple[str, str]],
) -> SwapTally:
    """Start a client for each part, count their answers, and promote a version in the middle of
    each `every` requests."""
    spawn = multiprocessing.get_context("spawn")
    answered: Queue[SwapRequest] = spawn.Queue()
    processes = [spawn.Process(target=send, args=(*part, answered)) for part in parts]
    for process in processes:
        process.start()
    tally, start = SwapTally(), time.perf_counter()
    for number in range(requests):
        tally.requests.append(answered.get(timeout=900))
        if number % every == every // 2:
            domain, version = next(promotions)
            AdapterVersions(workspace, domain).promote(version, force=True)
        if (number + 1) % every == 0:
            failed = sum(one.seconds is None for one in tally.requests)
            wrong = sum(one.wrong for one in tally.requests)
            harness.show(number + 1, requests, f"wrong {wrong}, failed {failed}")
    tally.seconds.append(time.perf_counter() - start)
    for process in processes:
        process.join()
    return tally


def _at(url: str) -> Engine:
    return open_engine(engine="server", url=url, workspace="swap")


def send(
    folder: Path,
    url: str,
    letters: Letters,
    visitors: int,
    domains: Sequence[str],
    seed: int,
    answered: "Queue[SwapRequest]",
) -> None:
    """Send requests from this process, and put each into the queue when it is answered."""

    async def work() -> None:
        with Workspace.open(folder) as workspace:
            engine = await asyncio.to_thread(_at, url)
            traffic = Visitors(workspace, engine, letters, seed)

            async def visit(domain: str) -> None:
                answered.put(await traffic.ask(domain))

            await bounded_gather(visit, domains, visitors)
            await engine.close()

    asyncio.run(work())


if __name__ == "__main__":
    harness.run(measure)
