"""`shelftalker serve` as a process of its own, and a client that waits for it."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support import free_port


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
