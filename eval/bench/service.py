"""What the HTTP service adds to a shortlist: overhead over a bare FastAPI route, throughput against
the same call in-process, and the memory of a second worker.

python -m shelftalker.eval.bench.service --items 10000 --out service.json

The catalogue, the log and the text vectors are made up, as in `publish`. The service runs as a
process of its own. The three ways take turns, so that load of the machine falls on all of them:
the shortlist over HTTP, the same call in this process, and a bare route that returns as many bytes.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx
import numpy as np
import uvicorn

from shelftalker import Recommender
from shelftalker.eval.bench.options import write
from shelftalker.eval.bench.publish import DOMAIN, MESSAGES, HashEncoder, build
from shelftalker.eval.result import command, commit
from shelftalker.service.app import create_app
from shelftalker.service.keys import create_key
from shelftalker.serving.domain_store import DomainStore
from shelftalker.store.service_db import ServiceDb

SHORTLIST = {"user": "u7", "domain": DOMAIN, "n": 20}
PORT = 8973


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ws"
        build(path, options.items, seed=1)
        with ServiceDb.of(path) as store:
            key = create_key(store, "serve,admin")
        figures = measure(path, key, options.requests)
    report = {**figures, "items": options.items, "commit": commit(), "command": command()}
    report["load_average"] = os.getloadavg()[0]
    print(json.dumps(report, indent=2))
    if options.out:
        write(report, options.out)


def measure(path: Path, key: str, requests: int) -> dict[str, object]:
    """Milliseconds of each way, their differences, and megabytes (PSS) of one worker and two."""
    workers = [_started(path, PORT + number) for number in range(2)]
    header = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{PORT}", headers=header, timeout=60) as client:
        _until_ready(client)
        _until_ready(httpx.Client(base_url=f"http://127.0.0.1:{PORT + 1}", headers=header))
        memory = [_pss(worker.pid or 0) for worker in workers]
        with _opened(path) as recommender:
            times = _turns(client, recommender, requests)
    for worker in workers:
        worker.terminate()
        worker.join()
    alone = _pss_alone(path, header)
    p50 = {name: round(float(np.percentile(values, 50)), 2) for name, values in times.items()}
    added = [http - inside - bare for http, inside, bare in zip(*times.values(), strict=True)]
    return {
        "p50_ms": p50,
        "p99_ms": {n: round(float(np.percentile(v, 99)), 2) for n, v in times.items()},
        "overhead_p50_ms": round(float(np.median(added)), 2),
        "throughput_share": round(sum(times["in_process"]) / sum(times["http"]), 3),
        "pss_mb": {"one": alone, "two": round(sum(memory), 1)},
        "second_worker_share": round((sum(memory) - alone) / alone, 3),
    }


def _turns(client: httpx.Client, recommender: Recommender, requests: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {"http": [], "in_process": [], "bare": []}
    size = len(client.post("/v1/shortlist", json=SHORTLIST).content)
    for number in range(requests + 20):
        message = f"{MESSAGES[number % len(MESSAGES)]} {number}"
        body = {**SHORTLIST, "message": message}
        for name, call in (
            ("http", partial(client.post, "/v1/shortlist", json=body)),
            ("in_process", partial(recommender.shortlist, "u7", message, domain=DOMAIN, n=20)),
            ("bare", partial(client.post, f"/bare/{size}", json=body)),
        ):
            taken = _ms(call)
            times[name] += [taken] if number >= 20 else []
    return times


def _ms(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)


def _started(path: Path, port: int) -> multiprocessing.process.BaseProcess:
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(path, port))
    process.start()
    return process


def _serve(path: Path, port: int) -> None:
    app = create_app(_opened(path))

    @app.post("/bare/{size}")
    async def bare(size: int, body: dict[str, object]) -> dict[str, str]:
        await asyncio.to_thread(len, body)
        return {"text": "x" * size}

    uvicorn.run(app, port=port, log_config=None, access_log=False)


def _opened(path: Path) -> Recommender:
    recommender = Recommender.open(path, engine="none")
    recommender._domains = DomainStore(recommender.workspace, HashEncoder())
    return recommender


def _until_ready(client: httpx.Client) -> None:
    for _ in range(600):
        try:
            if client.get("/health/ready").status_code == 200:
                client.post("/v1/shortlist", json=SHORTLIST).raise_for_status()
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise TimeoutError("the service did not become ready within 5 minutes")


def _pss_alone(path: Path, header: dict[str, str]) -> float:
    worker = _started(path, PORT + 2)
    with httpx.Client(base_url=f"http://127.0.0.1:{PORT + 2}", headers=header) as client:
        _until_ready(client)
    pss = _pss(worker.pid or 0)
    worker.terminate()
    worker.join()
    return pss


def _pss(pid: int) -> float:
    """Proportional set size in megabytes: shared pages count in parts."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return round(sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024, 1)


if __name__ == "__main__":
    main()
