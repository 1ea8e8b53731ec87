"""What the HTTP service adds to a shortlist: overhead over a bare FastAPI route, throughput against
the same call in-process, and the memory of a second worker. Besides, a feedback event in-process.

python -m shelftalker.eval.bench.service --items 10000 --out service.json

The catalogue, the log and the text vectors are made up. The service runs in processes of its own,
as `serve` starts them; the client is Python's plain `http.client`, which costs little beside what
is measured. The ways take turns, so that load of the machine falls on all of them: the shortlist
over HTTP, the same call in this process, the scorer's stage of it for a visitor without a message,
and a bare route that returns as many bytes. After them comes, in this process, a like with the
shortlist that knows of it: in turn with the others, the service would read each like from the log
first. `cpu_ms` is processor time, of the service or of this process, which load changes little;
memory is the proportional set size (PSS) of all processes of a service.
"""

import asyncio
import gc
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
from fastapi import FastAPI

from shelftalker import Recommender
from shelftalker.errors import EvaluationError
from shelftalker.eval.bench import harness
from shelftalker.eval.bench.harness import SHOP
from shelftalker.service.app import create_app
from shelftalker.service.keys import create_key
from shelftalker.service.running import ServeOptions
from shelftalker.serving.shared_parts import SharedParts
from shelftalker.store.service_db import ServiceDb
from shelftalker.types import Request

SHORTLIST = {"user": "u7", "domain": SHOP, "n": 20}
USERS, WARM_UP, PORT, START_SECONDS = 400, 20, 8973, 300.0
MESSAGES = ("a red lamp", "something soft, not a rug", "a folding tent under 40", "a vintage novel")
WORKER = "shelftalker.eval.bench.service:worker_app"
Processes = Callable[[], list[int]]


def measure(items: int = 10_000, requests: int = 300) -> harness.Report:
    """Milliseconds of each way, their differences, and megabytes with one worker to three."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ws"
        harness.make_shop(path, items, USERS, seed=1)
        with ServiceDb.of(path) as store:
            key = create_key(store, "serve")
        memory = {}
        for workers in (3, 2, 1):
            with _running(path, workers, key) as processes:
                memory[workers] = sum(map(pss, processes()))
                if workers == 1:
                    with harness.open_shop(path) as recommender:
                        sender = Sender(key)
                        times, cpu = _turns(sender, recommender, requests, processes)
                        half = _at_half_load(sender, requests)
    added = np.array(times["http"]) - times["in_process"] - np.array(times["bare"])
    figures: dict[str, Any] = {
        "items": items,
        "requests": requests,
        "p50_ms": {name: round(float(np.median(values)), 2) for name, values in times.items()},
        "overhead_p50_ms": round(float(np.median(added)), 2),
        "throughput_share": round(sum(times["in_process"]) / sum(times["http"]), 3),
        "half_load_ms": half,
        "cpu_ms": cpu,
        "pss_mb": {str(workers): round(size, 1) for workers, size in sorted(memory.items())},
        "second_worker_share": round((memory[2] - memory[1]) / memory[1], 3),
        "third_worker_share": round((memory[3] - memory[2]) / memory[1], 3),
        "load_average": round(os.getloadavg()[0], 1),
    }
    return harness.Report("service", "a shortlist over HTTP against the same call", figures)


def _turns(
    sender: "Sender", recommender: Recommender, requests: int, processes: Processes
) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Milliseconds of each request, and processor milliseconds of one, by way."""
    times: dict[str, list[float]] = {
        "http": [], "in_process": [], "scorer_stage": [], "bare": [], "feedback": [],
    }  # fmt: skip
    domain = recommender._domains.get(SHOP)
    cpu = dict.fromkeys(times, 0.0)
    recommender.shortlist("u7", MESSAGES[0], domain=SHOP)  # now: the service closes what is idle
    size = sender.post("/v1/shortlist", SHORTLIST)

    def measured(number: int, way: str, call: Callable[[], object], used: list[int]) -> None:
        before = sum(map(_cpu, used))
        taken = harness.milliseconds(call)
        if number >= WARM_UP:
            times[way].append(taken)
            cpu[way] += sum(map(_cpu, used)) - before

    own = [os.getpid()]
    for number in range(requests + WARM_UP):
        message = f"{MESSAGES[number % len(MESSAGES)]} {number}"
        body = {**SHORTLIST, "message": message}
        profile = recommender._pipeline.profile(domain, f"u{number % USERS}", ())
        for way, call, used in (
            ("http", partial(sender.post, "/v1/shortlist", body), processes()),
            ("in_process", partial(recommender.shortlist, "u7", message, domain=SHOP, n=20), own),
            ("scorer_stage", partial(domain.shortlist, profile, Request(), 20), own),
            ("bare", partial(sender.post, f"/bare/{size}", body), processes()),
        ):
            measured(number, way, call, used)
    for number in range(requests + WARM_UP):
        measured(number, "feedback", partial(_like, recommender, f"u{number % USERS}"), own)
    return times, {name: round(1000 * total / requests, 2) for name, total in cpu.items()}


class Sender:
    """One connection to the service, which sends a key."""

    def __init__(self, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=300)
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def post(self, path: str, body: dict[str, Any]) -> int:
        """Send a body as JSON; returns the number of bytes of the answer. Raises
        `EvaluationError` where the service refuses it."""
        self._connection.request("POST", path, json.dumps(body), self._headers)
        reply = self._connection.getresponse()
        size = len(reply.read())
        if reply.status != 200:
            raise EvaluationError(f"{path} was answered with {reply.status}")
        return size


def _like(recommender: Recommender, user: str) -> None:
    """Like the first item, and ask again. Raises `EvaluationError` if the item is still there."""
    liked = recommender.shortlist(user)[0].item_id
    recommender.feedback(user, liked, "like")
    if liked in {one.item_id for one in recommender.shortlist(user)}:
        raise EvaluationError(f"the shortlist still holds {liked}, which was just liked")


def _at_half_load(sender: "Sender", requests: int) -> dict[str, dict[str, float]]:
    """Milliseconds where each request is followed by a pause as long: of the scorer's stage alone,
    with a message to read before it, and of the bare route, in turn."""
    taken: dict[str, list[float]] = {"scorer_stage": [], "message": [], "bare": []}
    gc.collect()
    gc.freeze()  # a collection of this process would be counted as the service's time
    for number in range(requests):
        message = f"{MESSAGES[number % len(MESSAGES)]} again {number}"
        for way, path, body in (
            ("scorer_stage", "/v1/shortlist", {**SHORTLIST, "user": f"u{number % USERS}"}),
            ("message", "/v1/shortlist", {**SHORTLIST, "message": message}),
            ("bare", "/bare/2000", SHORTLIST),
        ):
            taken[way].append(harness.milliseconds(partial(sender.post, path, body)))
            time.sleep(taken[way][-1] / 1000)
    spread = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    return {way: harness.quantiles(values, spread, digits=2) for way, values in taken.items()}


@contextmanager
def _running(path: Path, workers: int, key: str) -> Iterator[Processes]:
    """A service whose workers have answered a shortlist: its process ids."""
    header = {"Authorization": f"Bearer {key}"}
    with served(path, PORT, workers, WORKER) as (address, process):
        for _ in range(20 * workers):  # a new connection each time, so that all workers answer
            with httpx.Client(base_url=address, headers=header, timeout=300) as client:
                for message in ("", *MESSAGES):
                    body = {**SHORTLIST, "message": message}
                    client.post("/v1/shortlist", json=body).raise_for_status()
        yield lambda: _tree(process.pid)


@contextmanager
def served(
    workspace: Path, port: int, workers: int, app: str, engine: str = "auto"
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """`shelftalker serve` on a workspace, without the page: its address and its process, once it is
    ready. `app`: as `worker` of `serve`. Raises `EvaluationError` if it does not start."""
    options = f"{str(workspace)!r}, port={port}, engine={engine!r}, workers={workers}, page='off'"
    start = "from shelftalker.service.running import ServeOptions, serve; "
    run = f"serve(ServeOptions({options}), {app!r})"
    process = subprocess.Popen([sys.executable, "-c", start + run])
    address, end = f"http://127.0.0.1:{port}", time.monotonic() + START_SECONDS
    try:
        with ExitStack() as open_now:  # so that every worker has some of the connections
            for _ in range(4 * workers):
                client = open_now.enter_context(httpx.Client(base_url=address))
                while not _is_ready(client):
                    if process.poll() is not None or time.monotonic() > end:
                        raise EvaluationError(
                            f"the service did not start within {START_SECONDS:g} s; "
                            f"run: shelftalker serve {workspace} --engine {engine}"
                        )
                    time.sleep(0.5)
        yield address, process
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()


def _is_ready(client: httpx.Client) -> bool:
    """Whether a service answers, and is warmed up."""
    try:
        return client.get("/health/ready").status_code == 200
    except httpx.TransportError:
        return False


def worker_app(serving: ServeOptions, shared: Mapping[str, SharedParts]) -> FastAPI:
    """The app of a worker process, with a bare route beside ours."""
    app = create_app(harness.open_shop(Path(serving.directory)), shared=shared)
    app.state.context.own_process = True

    @app.post("/bare/{size}")
    async def bare(size: int, body: dict[str, Any]) -> dict[str, str]:
        await asyncio.to_thread(len, body)
        return {"text": "x" * size}

    return app


def _tree(pid: int) -> list[int]:
    """A process and all below it."""
    own = psutil.Process(pid)
    return [pid, *(child.pid for child in own.children(recursive=True))]


def _cpu(pid: int) -> float:
    used = psutil.Process(pid).cpu_times()
    return float(used.user + used.system)


def pss(pid: int) -> float:
    """Proportional set size in megabytes: of shared pages each process counts its part."""
    return float(psutil.Process(pid).memory_full_info().pss) / 2**20


if __name__ == "__main__":
    harness.run(measure)
