"""Serve a workspace with uvicorn, in one process or several."""

import contextlib
import json
import os
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import uvicorn
from fastapi import FastAPI

from shelftalker.errors import InputError
from shelftalker.service.app import create_app
from shelftalker.store.service_db import ServiceDb
from shelftalker.store.workspace import Workspace

WORKER = "shelftalker.commands.service:worker_app"
"""Makes the app of a worker process, whose logs the command line sets up."""
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
    with Workspace.open(serving.directory) as workspace:
        check_address(workspace.path, serving.host)
        settings = workspace.settings.service
    several = serving.workers > 1
    # uvicorn raises the signal again after it has stopped; that would look like a crash.
    signal.signal(signal.SIGTERM, lambda *_: None)
    with _environment(serving) if several else contextlib.nullcontext():
        uvicorn.run(
            WORKER if several else app_of(serving),
            factory=several,
            workers=serving.workers,
            host=serving.host,
            port=serving.port,
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=settings.stop_seconds,
        )


def check_address(workspace: Path, host: str) -> None:
    """Raises `InputError` where others could reach a workspace that has no API key."""
    with ServiceDb.of(workspace) as store:
        if host not in _LOCAL and not store.all_keys():
            raise InputError(
                f"--host {host} would let anybody on the network read and change this workspace, "
                f"for it has no API key; make one with: shelftalker keys {workspace} create "
                "--scopes serve,ingest,admin; or serve this machine only, with --host 127.0.0.1"
            )


def app_of(serving: ServeOptions) -> FastAPI:
    """The app for one process."""
    return create_app(serving.directory, engine=serving.engine, page=serving.page)


def serving_of_environment() -> ServeOptions:
    """What a worker process serves; it gets that through its environment."""
    return ServeOptions(**json.loads(os.environ[_ENVIRONMENT]))


@contextlib.contextmanager
def _environment(serving: ServeOptions) -> Iterator[None]:
    """What worker processes need to know, and the folder in which they add up their metrics."""
    with tempfile.TemporaryDirectory(prefix="shelftalker-metrics-") as folder:
        os.environ[_ENVIRONMENT] = json.dumps(asdict(serving))
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        try:
            yield
        finally:
            del os.environ[_ENVIRONMENT], os.environ["PROMETHEUS_MULTIPROC_DIR"]
