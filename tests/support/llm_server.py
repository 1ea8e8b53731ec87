"""A real `shelftalker llm` on this machine, in float32."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

from shelftalker.adapters.registry import AdapterVersions
from shelftalker.engine.chat_client import API_KEY_VARIABLE
from shelftalker.engine.models import DEFAULT_MODEL
from shelftalker.store.workspace import Workspace
from tests.support import free_port

KEY = "key-of-a-test"
COMPACT = {"backend": "xgrammar", "disable_any_whitespace": True}
"""JSON without blanks, of which a random model would write thousands."""
START_SECONDS = 840  # 40 alone on two cores, minutes beside other work


class LlmServer:
    """Started and ended as a person would, for a workspace `served` of a model, whose domain films
    has an adapter in service."""

    def __init__(self, folder: Path, model: Path, adapter: Path) -> None:
        self.model = str(model)
        self.workspace, self.log = folder / "served", folder / "llm.log"
        Workspace.create(self.workspace).close()
        settings = self.workspace / "workspace.toml"
        text = settings.read_text().replace('dtype = "auto"', 'dtype = "float32"')
        settings.write_text(text.replace(f'"{DEFAULT_MODEL}"', f'"{model}"'))
        with Workspace.open(self.workspace) as workspace:
            workspace.add_domain("films")
            AdapterVersions(workspace, "films").add(adapter)
            AdapterVersions(workspace, "films").promote("v1", force=True)
        self._port = str(free_port())
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        program = [sys.executable, "-m", "shelftalker.cli", "--log-level", "info"]
        more = ["--", "--structured-outputs-config", json.dumps(COMPACT)]
        command = [*program, "llm", str(self.workspace), "--port", self._port, *more]
        own = {"VLLM_CPU_KVCACHE_SPACE": "1", API_KEY_VARIABLE: KEY}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env={**os.environ, **own},
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + START_SECONDS
        try:
            while not self._answers():
                assert self._process.poll() is None, self.log.read_text()[-3000:]
                assert time.monotonic() < until, self.log.read_text()[-3000:]
                time.sleep(0.5)
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        """End it as a machine that fails would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """End it as a supervisor would; returns its exit status."""
        return self._end(signal.SIGTERM)

    def _end(self, number: int) -> int:
        assert self._process
        self._process.send_signal(number)
        return self._process.wait(60)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health").is_success
        except httpx.HTTPError:
            return False
