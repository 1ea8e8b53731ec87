"""One shared server under load: `shelftalker llm`, many processes, promotions while requests run.

shelftalker llm DIR                                          (in another terminal)
python -m shelftalker.eval.bench.swap_server --url http://127.0.0.1:8001

Every answer identifies its adapter (`traffic`). After that, rounds of requests for one adapter go
in turns to the server and to vLLM in this process: the ratio is what the server costs.
"""

import asyncio
import multiprocessing
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from shelftalker.engine import open_engine
from shelftalker.engine.base import Engine, Sampling
from shelftalker.engine.concurrency import bounded_gather
from shelftalker.eval.bench import harness
from shelftalker.eval.bench.traffic import SINGLE_DOMAIN, SwapRequest, SwapTally, Traffic, prepare
from shelftalker.store.workspace import Workspace


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
