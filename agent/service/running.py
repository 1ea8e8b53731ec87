"""Serve a workspace with uvicorn, in one process or several."""

import contextlib
import json
import multiprocessing
import os
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import uvicorn
import uvicorn._subprocess

from shelftalker.errors import InputError
from shelftalker.store.service_db import ServiceDb
from shelftalker.store.workspace import Workspace

if TYPE_CHECKING:
    from fastapi import FastAPI

WORKER = "shelftalker.commands.service:worker_app"
"""Makes the app of a worker process, whose logs the command line sets up."""
WORKER_IMPORTS = "shelftalker.service.worker_imports"
_ENVIRONMENT = "SHELFTALKER_SERVE"
_LOCAL = ("127.0.0.1", "localhost", "::1")
PageMode = Literal["visitors", "demo", "off"]


@dataclass(frozen=True)
class ServeOptions:
    """What is served, and how. `workers` processes share the port; each loads the models."""

    directory: str
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    engine: str = "auto"
    page: PageMode = "visitors"
    log_format: Literal["text", "json"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "warning"


def serve(serving: ServeOptions) -> None:
    """Serve until SIGTERM or Ctrl-C; answers under way are ended first. A worker that dies is
    replaced. Raises `InputError`, `WorkspaceError`."""
    supervised(serving, WORKER)


def supervised(serving: ServeOptions, worker: str) -> None:
    """`serve`, with a function of one's own, named as `module:function`, that makes the app of a
    worker process."""
    with Workspace.open(serving.directory) as workspace:
        check_address(workspace.path, serving.host)
        settings = workspace.settings.service
    several = serving.workers > 1
    # uvicorn raises the signal again after it has stopped; that would look like a crash.
    signal.signal(signal.SIGTERM, lambda *_: None)
    with _environment(serving, several):
        if several:
            _fork_workers()
        uvicorn.run(
            worker,
            factory=True,
            workers=serving.workers,
            host=serving.host,
            port=serving.port,
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=settings.stop_seconds,
        )


def _fork_workers() -> None:
    """Let worker processes be forked from one that has imported what they need, and does nothing
    else: so they have that memory in common. uvicorn has no setting for it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([WORKER_IMPORTS])
    uvicorn._subprocess.spawn = context  # type: ignore[assignment]


def check_address(workspace: Path, host: str) -> None:
    """Raises `InputError` where others could reach a workspace that has no API key."""
    with ServiceDb.of(workspace) as store:
        if host not in _LOCAL and not store.has_keys():
            raise InputError(
                f"--host {host} would let anybody on the network read and change this workspace, "
                f"for it has no API key; make one with: shelftalker keys {workspace} create "
                "--scopes serve,ingest,admin; or serve this machine only, with --host 127.0.0.1"
            )


def app_of(serving: ServeOptions) -> "FastAPI":
    """The app for one process."""
    from shelftalker.service.app import create_app  # not in the process that only watches workers

    return create_app(serving.directory, engine=serving.engine, page=serving.page)


def serving_of_environment() -> ServeOptions:
    """What a worker process serves; it gets that through its environment."""
    return ServeOptions(**json.loads(os.environ[_ENVIRONMENT]))


@contextlib.contextmanager
def _environment(serving: ServeOptions, several: bool) -> Iterator[None]:
    """What worker processes need to know; several have a folder in which they add up metrics."""
    with tempfile.TemporaryDirectory(prefix="shelftalker-metrics-") as folder:
        os.environ[_ENVIRONMENT] = json.dumps(asdict(serving))
        if several:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        try:
            yield
        finally:
            del os.environ[_ENVIRONMENT]
            os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
