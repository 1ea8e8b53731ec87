"""Speed: latency of a request, throughput of a machine, and the limits of its hardware.

Times to the milestones of a streamed request, requests per second with concurrent visitors, tokens
per second of the engine alone, and the scorer's latency by catalogue size beside the time that
reading its item vectors once takes on this machine.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.engine.base import Engine, Sampling
from shelftalker.engine.concurrency import bounded_gather
from shelftalker.eval.made_up import RandomVectors
from shelftalker.eval.metrics.statistics import estimates
from shelftalker.eval.result import Curve, Figures, ResultRow
from shelftalker.eval.task import SpeedTask
from shelftalker.eval.task_setup import TaskSetup
from shelftalker.prompts import PromptSet
from shelftalker.recommender import Recommender
from shelftalker.scorer.index import top_k
from shelftalker.scorer.settings import Training
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.store.workspace import Workspace
from shelftalker.types import Checked, Shortlisted, Token

MILESTONES = ("first card", "first sentence", "first card complete", "all")
RAW_SAMPLING = Sampling(max_tokens=64)


async def run(task: SpeedTask, setup: TaskSetup) -> Figures:
    """Measures wall-clock time: run it without other load."""
    read, product = await asyncio.to_thread(hardware_limits)
    users = setup.split().sample(task.requests, task.seed).users
    rows = [
        ResultRow(system="machine", values={"memory read GB/s": read, "matrix GFLOP/s": product}),
        await _raw(await setup.engine()),
    ]
    facts = await setup.engine_facts()
    await setup.close()  # the recommender loads its own
    served, rate = await _served(task, setup, users)
    scaling = [await asyncio.to_thread(_scorer_times, n, read) for n in task.sizes]
    sizes = [float(n) for n in task.sizes]
    curves = [
        Curve(kind="scaling", name=name, x=sizes, y=[row.values[name] for row in scaling])
        for name in ("shortlist ms", "floor ms", "fit seconds")
    ]
    return Figures(
        n=task.requests,
        facts={
            "split": "none: the serving scorer, real users",
            "scorer": str(setup.workspace.current(setup.domain).scorer),
            **facts,
        },
        rows=[*rows, *served, *scaling],
        curves=[rate, *curves],
    )


async def _served(
    task: SpeedTask, setup: TaskSetup, users: Sequence[str]
) -> tuple[list[ResultRow], Curve]:
    """Latency of single requests, and requests per second by number of concurrent visitors."""
    own = Workspace.open(setup.workspace.path)  # closed with the recommender
    with Recommender(own, engine=setup.engine_wanted) as recommender:

        async def ask(user: str, seed: int = 0) -> dict[str, float]:
            return await milestones(recommender, user, setup.domain, seed)

        await ask(users[0], seed=-1)  # warms everything up
        before, busy = recommender.reuse(), recommender.busy()
        waits = [await ask(user) for user in users]
        busy, after = recommender.busy() - busy, recommender.reuse()
        rates = []
        for at_once in task.concurrency:  # the seed bypasses the text cache
            start = time.perf_counter()
            await bounded_gather(partial(ask, seed=at_once), users, at_once)
            rates.append(len(users) / (time.perf_counter() - start))
    times = {f"{name} (s)": np.array([w[name] for w in waits]) for name in MILESTONES}
    tokens, reused = after.asked - before.asked, after.reused - before.reused
    values = {
        "beside the engine": {"share of its time": sum(w["all"] for w in waits) / busy - 1},
        "requests a second": {
            f"{n} at once": rate for n, rate in zip(task.concurrency, rates, strict=True)
        },
        "prefix cache": {  # of the prompts of picks and descriptions
            "prompt tokens a request": tokens / len(users),
            "share reused": reused / max(tokens, 1),
        },
    }
    rows = [ResultRow(system="one request, three cards", metrics=estimates(times))]
    rows += [ResultRow(system=system, values=own) for system, own in values.items()]
    many = [float(n) for n in task.concurrency]
    return rows, Curve(kind="requests a second", name="shelftalker", x=many, y=rates)


async def milestones(
    recommender: Recommender, user: str, domain: str | None = None, seed: int = 0
) -> dict[str, float]:
    """Seconds to each milestone of one streamed request for three cards, NaN for those that it did
    not pass. A new seed bypasses the text cache."""
    kinds = {Shortlisted: "first card", Token: "first sentence", Checked: "first card complete"}
    reached = dict.fromkeys(MILESTONES, float("nan"))
    start = time.perf_counter()
    async for update in recommender.astream(user, domain=domain, k=3, seed=seed):
        reached["all"] = time.perf_counter() - start
        name = next((name for kind, name in kinds.items() if isinstance(update, kind)), "all")
        if np.isnan(reached[name]):
            reached[name] = reached["all"]
    return reached


async def _raw(engine: Engine) -> ResultRow:
    """Tokens per second of the engine alone: one stream, and eight concurrently."""
    prompt = PromptSet().render("about", title="Blade Runner")

    async def pieces() -> int:
        return sum([1 async for _ in engine.stream(prompt, RAW_SAMPLING)])  # a piece is a token

    rates = {}
    for at_once in (1, 8):
        start = time.perf_counter()
        counted = sum(await asyncio.gather(*(pieces() for _ in range(at_once))))
        rates[f"tokens/s, {at_once} at once"] = counted / (time.perf_counter() - start)
    return ResultRow(system="engine alone", values=rates)


def _scorer_times(items: int, read: float) -> ResultRow:
    """Fit time on a small log, and shortlist latency over a catalogue of `items` items. `read`: of
    memory, in GB/s."""
    draw = np.random.default_rng(0)
    catalog = Catalog.of(Item(f"i{n}", f"item {n}") for n in range(items))
    encoder = RandomVectors()
    taken = draw.integers(0, items, 4000)
    events = [
        Event(f"u{n % 200}", f"i{item}", "like", time=float(n)) for n, item in enumerate(taken)
    ]
    start = time.perf_counter()
    scorer = TwoTowerScorer.fit(catalog, events, encoder, settings=Training(epochs=2))
    fitted = time.perf_counter() - start
    history = [event for event in events if event.user == "u0"]

    def median_ms(call: Callable[[], object]) -> float:
        return 1000 * float(np.median(_seconds(call)))

    return ResultRow(
        system=f"scorer, {items:,} items",
        values={
            "shortlist ms": median_ms(lambda: scorer.shortlist(history, n=20)),
            "top-20 alone ms": median_ms(lambda: top_k(draw.random(items, np.float32), 20)),
            "floor ms": items * encoder.dim * 4 / 1e6 / read,
            "fit seconds": fitted,
        },
    )


def hardware_limits() -> tuple[float, float]:
    """The best rates of this machine, with torch's number of threads: GB/s of memory reads, and
    GFLOP/s of float32 matrix products."""
    block, matrix = torch.ones(64_000_000), torch.ones(1024, 1024)
    reading, product = min(_seconds(block.sum)), min(_seconds(lambda: matrix @ matrix))
    return block.nbytes / 1e9 / reading, 2 * 1024**3 / product / 1e9


def _seconds(call: Callable[[], object], repeats: int = 5) -> list[float]:
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return taken
