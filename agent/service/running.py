"""Serve a workspace with uvicorn, in one process or several."""

import asyncio
import contextlib
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import uvicorn
import uvicorn._subprocess
import uvicorn.supervisors.multiprocess
from uvicorn.importer import import_from_string

from shelftalker.engine.concurrency import WORKERS
from shelftalker.errors import InputError
from shelftalker.service.preloading import preload
from shelftalker.serving.shared_parts import SharedParts
from shelftalker.store.service_db import ServiceDb
from shelftalker.store.workspace import Workspace

if TYPE_CHECKING:
    from fastapi import FastAPI

WORKER = "shelftalker.commands.service:worker_app"
"""Makes the app of a process, whose logs the command line sets up."""
_LOCAL = ("127.0.0.1", "localhost", "::1")
MakeApp = Callable[[Mapping[str, SharedParts]], "FastAPI"]
RETRY_SECONDS = 1.0
"""Pause where no connection can be taken, as when all file descriptors are in use."""
HELD_BACK, MOST_HELD_BACK = 0.0002, 0.005
"""Seconds for which a process leaves a new connection to the others, for each that it has open, and
at most: so it goes to the one that has the fewest."""


@dataclass(frozen=True)
class ServeOptions:
    """What is served, and how. `workers` processes share the port and, on Linux, the domains; each
    loads the models."""

    directory: str
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    engine: str = "auto"
    page: Literal["visitors", "demo", "off"] = "visitors"
    log_format: Literal["text", "json"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "warning"


def serve(serving: ServeOptions, worker: str = WORKER) -> None:
    """Serve until SIGTERM or Ctrl-C; answers under way are ended first. A worker that dies is
    replaced. `worker` names, as `module:function`, what makes the app of a process from the options
    and the parts of domains that are loaded already. Raises `InputError`, `WorkspaceError`."""
    with Workspace.open(serving.directory) as workspace:
        check_address(workspace.path, serving.host)
        settings = workspace.settings.service
    make_app = import_from_string(worker)
    options: dict[str, Any] = {
        "factory": True, "host": serving.host, "port": serving.port, "access_log": False,
        "log_config": None, "server_header": False,
        "timeout_graceful_shutdown": settings.stop_seconds,
    }  # fmt: skip
    if serving.workers > 1:
        with _shared(serving.workers):
            _run_workers(partial(make_app, serving), serving.workers, options)
    else:
        _outlive_signals()
        uvicorn.run(partial(make_app, serving, {}), **options)


def _run_workers(make_app: MakeApp, workers: int, options: Mapping[str, Any]) -> None:
    config = uvicorn.Config(partial(make_app, {}), workers=workers, **options)
    bound = config.bind_socket()
    if sys.platform == "linux":
        config.app = partial(make_app, preload(partial(make_app, {})))
        fork = multiprocessing.get_context("fork")
        uvicorn._subprocess.spawn = fork  # type: ignore[assignment]  # there is no setting for it
    uvicorn.supervisors.multiprocess.Server = BalancedServer  # type: ignore[attr-defined]  # nor for this
    _outlive_signals()
    uvicorn.supervisors.multiprocess.Multiprocess(config, [bound]).run()


def _outlive_signals() -> None:
    """uvicorn raises the signal again after it has stopped; that would look like a crash."""
    signal.signal(signal.SIGTERM, lambda *_: None)


class BalancedServer(uvicorn.Server):
    """Takes connections one by one, the later the more it has. Where all that wait are taken at
    once, as asyncio and uvloop do, a burst goes to whichever process woke up first, and the others
    have nothing to do."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, for sockets that are bound."""
        await super().startup([])
        self._taking = [asyncio.create_task(self._take(each)) for each in sockets or []]

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's."""
        for task in self._taking:
            task.cancel()
        await asyncio.wait(self._taking)
        await super().shutdown(sockets)

    async def _take(self, listening: socket.socket) -> None:
        listening.setblocking(False)
        listening.listen(self.config.backlog)
        loop, waiting = asyncio.get_running_loop(), asyncio.Event()
        while True:
            waiting.clear()
            loop.add_reader(listening, waiting.set)
            try:
                await waiting.wait()
            finally:
                loop.remove_reader(listening)
            open_here = len(self.server_state.connections)
            await asyncio.sleep(min(HELD_BACK * open_here, MOST_HELD_BACK))
            try:
                connection, _ = listening.accept()
                await loop.connect_accepted_socket(self._protocol, connection)
            except BlockingIOError:
                continue  # another process was faster
            except OSError:
                await asyncio.sleep(RETRY_SECONDS)

    def _protocol(self) -> asyncio.Protocol:
        protocol: Any = self.config.http_protocol_class
        made: asyncio.Protocol = protocol(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made


def check_address(workspace: Path, host: str) -> None:
    """Raises `InputError` where others could reach a workspace that has no API key."""
    with ServiceDb.of(workspace) as store:
        if host not in _LOCAL and not store.has_keys():
            raise InputError(
                f"--host {host} would let anybody on the network read and change this workspace, "
                f"for it has no API key; make one with: shelftalker keys {workspace} create "
                "--scopes serve,ingest,admin; or serve this machine only, with --host 127.0.0.1"
            )


def app_of(serving: ServeOptions, shared: Mapping[str, SharedParts]) -> "FastAPI":
    """The app for one process."""
    from shelftalker.service.app import create_app  # prometheus-client looks for its folder then

    app = create_app(serving.directory, engine=serving.engine, page=serving.page, shared=shared)
    app.state.context.own_process = True
    return app


@contextlib.contextmanager
def _shared(workers: int) -> Iterator[None]:
    """A folder in which several processes add up their metrics, and their number."""
    with tempfile.TemporaryDirectory(prefix="shelftalker-metrics-") as folder:
        os.environ |= {"PROMETHEUS_MULTIPROC_DIR": folder, WORKERS: str(workers)}
        try:
            yield
        finally:
            del os.environ["PROMETHEUS_MULTIPROC_DIR"], os.environ[WORKERS]
