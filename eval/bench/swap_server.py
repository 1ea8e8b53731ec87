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
from dataclasses import dataclass, field, replace
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Annotated

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

    async def round(self, domains: Sequence[str], visitors: int, tally: SwapTally) -> None:
        """Answer one request per domain, `visitors` of them concurrently."""

        async def visit(domain: str) -> None:
            tally.add(await self.ask(domain))

        start = time.perf_counter()
        await bounded_gather(visit, domains, visitors)
        tally.seconds.append(time.perf_counter() - start)

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


async def measure(
    url: Annotated[str, typer.Option(help="of shelftalker llm; its key in the environment")],
    requests: int = 1000,
    every: Annotated[int, typer.Option(help="requests between two promotions")] = 100,
    adapters: int = 8,
    clients: Annotated[int, typer.Option(help="processes that send requests")] = 4,
    visitors: Annotated[int, typer.Option(help="concurrent requests, of all processes")] = 8,
    history: Annotated[int, typer.Option(help="titles in a prompt")] = 3,
    tokens: Annotated[int, typer.Option(help="length of a text")] = 12,
    rounds: Annotated[int, typer.Option(help="of the comparison, each of --every requests")] = 6,
    dtype: str = "float32",
    seed: int = 0,
) -> harness.Report:
    """Requests of many processes with promotions; then the server beside vLLM in this process."""
    names, random = [f"domain{n}" for n in range(adapters)], np.random.default_rng(seed)
    many = SwapTally()
    with (
        tempfile.TemporaryDirectory() as folder,
        Workspace.create(Path(folder) / "ws") as workspace,
    ):
        letters, order = prepare(workspace, names, requests // every)
        given = (letters, order, history, Sampling(max_tokens=tokens), random)
        server = await asyncio.to_thread(_at, url)
        traffic = Traffic(workspace, server, *given)
        drawn = [names[at] for at in random.integers(0, adapters, requests)]
        await asyncio.to_thread(_send_all, traffic, url, drawn, every, clients, visitors, many)
        core = await asyncio.to_thread(open_engine, engine="vllm", dtype=dtype)
        compared = await _compare(traffic, core, every, visitors, rounds)
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
    by_server: Traffic, core: Engine, every: int, visitors: int, rounds: int
) -> dict[str, object]:
    """Figures of rounds that the server and `core` answer in turns; the first one warms up."""
    pair = [(by_server, SwapTally()), (replace(by_server, engine=core), SwapTally())]
    for number in range(rounds + 1):
        for traffic, tally in pair[:: -1 if number % 2 else 1]:
            kept = tally if number else SwapTally()
            await traffic.round([SINGLE_DOMAIN] * every, visitors, kept)
    server, own = (tally for _, tally in pair)
    ratios = np.array(own.seconds) / np.array(server.seconds)
    return {
        "one, by the server": server.figures(),
        "one, in this process": own.figures(),
        "throughput ratio": round(sum(own.seconds) / sum(server.seconds), 4),
        "ratios of rounds": [round(float(one), 4) for one in ratios],
    }


def _send_all(
    traffic: Traffic,
    url: str,
    drawn: Sequence[str],
    every: int,
    clients: int,
    visitors: int,
    tally: SwapTally,
) -> None:
    """Start the clients, count their answers, and promote a version in the middle of each `every`
    requests."""
    spawn = multiprocessing.get_context("spawn")
    visits: Queue[SwapRequest] = spawn.Queue()
    given = (traffic.history, traffic.sampling)
    parts = [
        Client(traffic.workspace.path, url, traffic.letters, drawn[at::clients],
               visitors // clients, *given, at)
        for at in range(clients)
    ]  # fmt: skip
    processes = [spawn.Process(target=part.run, args=(visits,)) for part in parts]
    for process in processes:
        process.start()
    start = time.perf_counter()
    for number in range(len(drawn)):
        tally.add(visits.get(timeout=900))
        if number % every == every // 2:
            traffic.promote()
        if (number + 1) % every == 0:
            harness.show(number + 1, len(drawn), f"wrong {tally.wrong}, failed {tally.failed}")
    tally.seconds.append(time.perf_counter() - start)
    for process in processes:
        process.join()


def _at(url: str) -> Engine:
    return open_engine(engine="server", url=url, workspace="swap")


@dataclass(frozen=True)
class Client:
    """The requests of one process: domains, and how many run at once."""

    folder: Path
    url: str
    letters: dict[str, str]
    domains: Sequence[str]
    visitors: int
    history: int
    sampling: Sampling
    seed: int

    def run(self, visits: "Queue[SwapRequest]") -> None:
        """Send them, and put each into the queue when it is answered."""
        asyncio.run(self._send(visits))

    async def _send(self, visits: "Queue[SwapRequest]") -> None:
        with Workspace.open(self.folder) as workspace:
            engine = await asyncio.to_thread(_at, self.url)
            random = np.random.default_rng(self.seed)
            given = (self.letters, iter(()), self.history, self.sampling, random)
            traffic = Traffic(workspace, engine, *given)

            async def visit(domain: str) -> None:
                visits.put(await traffic.ask(domain))

            await bounded_gather(visit, self.domains, self.visitors)
            await engine.close()


if __name__ == "__main__":
    harness.run(measure)
