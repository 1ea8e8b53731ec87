"""What the HTTP service adds to a shortlist: overhead over a bare FastAPI route, throughput against
the same call in-process, and the memory of a second worker. Besides, a feedback event in-process.

python -m shelftalker.eval.bench.service --items 10000 --out service.json

The catalogue, the log and the text vectors are made up. The service runs as a
process of its own. The three ways take turns, so that load of the machine falls on all of them:
the shortlist over HTTP, the same call in this process, a bare route that returns as many bytes, and
in this process a like with the shortlist that knows of it.
"""

import asyncio
import multiprocessing
import os
import tempfile
import time
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import uvicorn

from shelftalker import Recommender
from shelftalker.errors import EvaluationError
from shelftalker.eval.bench import harness
from shelftalker.eval.bench.harness import SHOP
from shelftalker.service.app import create_app
from shelftalker.service.keys import create_key
from shelftalker.store.service_db import ServiceDb

SHORTLIST = {"user": "u7", "domain": SHOP, "n": 20}
USERS, WARM_UP, PORT = 400, 20, 8973
MESSAGES = ("a red lamp", "something soft, not a rug", "a folding tent under 40", "a vintage novel")


def measure(items: int = 10_000, requests: int = 300) -> harness.Report:
    """Milliseconds of each way, their differences, and megabytes (PSS) of one worker and two."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ws"
        harness.make_shop(path, items, USERS, seed=1)
        with ServiceDb.of(path) as store:
            key = create_key(store, "serve")
        first, client = _started(path, PORT, key)
        alone = pss(first.pid)
        second, _ = _started(path, PORT + 1, key)
        both = pss(first.pid) + pss(second.pid)
        with harness.open_shop(path) as recommender:
            times = _turns(client, recommender, requests)
        for worker in (first, second):
            worker.terminate()
            worker.join()
    added = np.array(times["http"]) - times["in_process"] - np.array(times["bare"])
    figures: dict[str, Any] = {
        "items": items,
        "requests": requests,
        "p50_ms": {name: round(float(np.median(values)), 2) for name, values in times.items()},
        "overhead_p50_ms": round(float(np.median(added)), 2),
        "throughput_share": round(sum(times["in_process"]) / sum(times["http"]), 3),
        "pss_mb": {"one": round(alone, 1), "two": round(both, 1)},
        "second_worker_share": round((both - alone) / alone, 3),
        "load_average": round(os.getloadavg()[0], 1),
    }
    return harness.Report("service", "a shortlist over HTTP against the same call", figures)


def _turns(client: httpx.Client, recommender: Recommender, requests: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {"http": [], "in_process": [], "bare": [], "feedback": []}
    size = len(client.post("/v1/shortlist", json=SHORTLIST).content)
    for number in range(requests + WARM_UP):
        message = f"{MESSAGES[number % len(MESSAGES)]} {number}"
        body = {**SHORTLIST, "message": message}
        for name, call in (
            ("http", partial(client.post, "/v1/shortlist", json=body)),
            ("in_process", partial(recommender.shortlist, "u7", message, domain=SHOP, n=20)),
            ("bare", partial(client.post, f"/bare/{size}", json=body)),
            ("feedback", partial(_like, recommender, f"u{number % USERS}")),
        ):
            taken = harness.milliseconds(call)
            times[name] += [taken] if number >= WARM_UP else []
    return times


def _like(recommender: Recommender, user: str) -> None:
    """Like the first item, and ask again. Raises `EvaluationError` if the item is still there."""
    liked = recommender.shortlist(user)[0].item_id
    recommender.feedback(user, liked, "like")
    if liked in {one.item_id for one in recommender.shortlist(user)}:
        raise EvaluationError(f"the shortlist still holds {liked}, which was just liked")


def _started(path: Path, port: int, key: str) -> tuple[BaseProcess, httpx.Client]:
    """A service process that has answered a shortlist, and a client of it."""
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(path, port))
    process.start()
    header = {"Authorization": f"Bearer {key}"}
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=header, timeout=300)
    while not is_ready(client):
        time.sleep(0.5)
    client.post("/v1/shortlist", json=SHORTLIST).raise_for_status()
    return process, client


def is_ready(client: httpx.Client) -> bool:
    """Whether a service answers, and is warmed up."""
    try:
        return client.get("/health/ready").status_code == 200
    except httpx.TransportError:
        return False


def _serve(path: Path, port: int) -> None:
    app = create_app(harness.open_shop(path))

    @app.post("/bare/{size}")
    async def bare(size: int, body: dict[str, Any]) -> dict[str, str]:
        await asyncio.to_thread(len, body)
        return {"text": "x" * size}

    uvicorn.run(app, port=port, log_config=None, access_log=False)


def pss(process: int | None) -> float:
    """Proportional set size in megabytes: of shared pages each process counts its part."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


if __name__ == "__main__":
    harness.run(measure)
