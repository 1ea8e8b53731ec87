"""Speed: latency of a request, throughput of a machine, and the limits of its hardware.

Times to the milestones of a streamed request, requests per second with concurrent visitors, tokens
per second of the engine alone, and the scorer's latency by catalogue size beside the time that
reading its item vectors once takes on this machine.
"""

import asyncio
import time
from collections.abc import Sequence

import numpy as np

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.data.progress import Progress
from shelftalker.engine.base import Engine, Reuse, Sampling
from shelftalker.eval.hardware_limits import HardwareLimits, measure_limits, median_ms
from shelftalker.eval.metrics.statistics import estimates
from shelftalker.eval.result import Curve, Result, ResultRow
from shelftalker.eval.task import SpeedTask
from shelftalker.eval.task_setup import TaskSetup
from shelftalker.prompts import PromptSet
from shelftalker.recommender import Recommender
from shelftalker.scorer.base import Floats
from shelftalker.scorer.index import top_k
from shelftalker.scorer.settings import Training
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.store.workspace import Workspace
from shelftalker.types import Checked, Shortlisted, Token

MILESTONES = ("first card", "first sentence", "first card complete", "all")
RAW_SAMPLING = Sampling(max_tokens=64)


async def run(task: SpeedTask, setup: TaskSetup) -> Result:
    """Measures wall-clock time: run it without other load."""
    start = time.perf_counter()
    limits = await asyncio.to_thread(measure_limits)
    engine = await setup.engine()
    users = setup.split().sample(task.requests, task.seed).users
    rows = [
        ResultRow(
            system="machine",
            values={"memory read GB/s": limits.read_gb_s, "matrix GFLOP/s": limits.gflops},
        ),
        await _raw(engine),
    ]
    facts = await setup.engine_facts()
    await setup.close()  # the recommender loads its own
    served, rate = await _served(task, setup, users)
    scaling = [await asyncio.to_thread(_scorer_times, n, limits) for n in task.sizes]
    sizes = [float(n) for n in task.sizes]
    curves = [
        Curve(kind="scaling", name=name, x=sizes, y=[row.values[name] for row in scaling])
        for name in ("shortlist ms", "floor ms", "fit seconds")
    ]
    return Result.of(
        task,
        task.requests,
        time.perf_counter() - start,
        {
            "data": setup.data_name,
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
        await _request(recommender, users[0], setup.domain, seed=-1)  # warms everything up
        before = recommender.reuse()
        busy = recommender.busy()
        waits = [await _request(recommender, user, setup.domain) for user in users]
        busy = recommender.busy() - busy
        reused = _prefix_reuse(before, recommender.reuse(), len(users))
        rates = [await _rate(recommender, users, n, setup.domain) for n in task.concurrency]
    times = {f"{name} (s)": np.array([w[name] for w in waits]) for name in MILESTONES}
    at_once = {f"{n} at once": r for n, r in zip(task.concurrency, rates, strict=True)}
    rows = [
        ResultRow(system="one request, three cards", metrics=estimates(times)),
        ResultRow(
            system="beside the engine",
            values={"share of its time": sum(w["all"] for w in waits) / busy - 1},
        ),
        ResultRow(system="requests a second", values=at_once),
        reused,
    ]
    many = [float(n) for n in task.concurrency]
    return rows, Curve(kind="requests a second", name="shelftalker", x=many, y=rates)


async def _request(
    recommender: Recommender, user: str, domain: str, seed: int = 0
) -> dict[str, float]:
    """Seconds to each milestone of one streamed request. A new seed bypasses the text cache."""
    start = time.perf_counter()
    reached: dict[str, float] = {}
    async for update in recommender.astream(user, domain=domain, k=3, seed=seed):
        now = time.perf_counter() - start
        reached["all"] = now
        for kind, name in (
            (Shortlisted, "first card"),
            (Token, "first sentence"),
            (Checked, "first card complete"),
        ):
            if isinstance(update, kind):
                reached.setdefault(name, now)
    return {name: reached.get(name, float("nan")) for name in MILESTONES}


def _prefix_reuse(before: Reuse, after: Reuse, requests: int) -> ResultRow:
    """Prompt tokens of picks and descriptions, and the share read from the prefix cache."""
    tokens, reused = after.asked - before.asked, after.reused - before.reused
    values = {"prompt tokens a request": tokens / requests, "share reused": reused / max(tokens, 1)}
    return ResultRow(system="prefix cache", values=values)


async def _rate(recommender: Recommender, users: Sequence[str], at_once: int, domain: str) -> float:
    """Requests per second with a constant number of concurrent visitors."""
    waiting = list(users)

    async def visitor() -> None:
        while waiting:
            await _request(recommender, waiting.pop(), domain, seed=at_once)

    start = time.perf_counter()
    await asyncio.gather(*(visitor() for _ in range(at_once)))
    return len(users) / (time.perf_counter() - start)


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


def _scorer_times(items: int, limits: HardwareLimits) -> ResultRow:
    """Fit time on a small log, and shortlist latency over a catalogue of `items` items."""
    draw = np.random.default_rng(0)
    catalog = Catalog.of(Item(f"i{n}", f"item {n}") for n in range(items))
    encoder = _RandomVectors()
    taken = draw.integers(0, items, 4000)
    events = [
        Event(f"u{n % 200}", f"i{item}", "like", time=float(n)) for n, item in enumerate(taken)
    ]
    start = time.perf_counter()
    scorer = TwoTowerScorer.fit(catalog, events, encoder, settings=Training(epochs=2))
    fitted = time.perf_counter() - start
    history = [event for event in events if event.user == "u0"]
    megabytes = items * encoder.dim * 4 / 1e6
    return ResultRow(
        system=f"scorer, {items:,} items",
        values={
            "shortlist ms": median_ms(lambda: scorer.shortlist(history, n=20), 5),
            "top-20 alone ms": median_ms(lambda: top_k(draw.random(items, np.float32), 20), 5),
            "floor ms": limits.read_ms(megabytes),
            "fit seconds": fitted,
        },
    )


class _RandomVectors:
    """Stands for a text encoder where only the number of items matters."""

    dim = 384
    name = "random"

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        vectors = np.random.default_rng(len(texts)).standard_normal((len(texts), self.dim))
        unit: Floats = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        return unit
