"""The service over the tiny workspace, in this process; an engine only where a test has one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from shelftalker import Recommender
from shelftalker.service.app import create_app
from shelftalker.service.keys import create_key
from shelftalker.store.service_db import ServiceDb
from shelftalker.store.settings import Service

SSE = {"Accept": "text/event-stream"}


@contextmanager
def served(place: Path, engine: Any = "none", **settings: Any) -> Iterator[TestClient]:
    """A client of the workspace's service; `app` of the client is the service."""
    with Recommender.open(place, engine=engine) as recommender:
        app = create_app(recommender, Service(**settings))
        with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
            yield client


@pytest.fixture
def client(place: Path) -> Iterator[TestClient]:
    with served(place) as opened:
        yield opened


@pytest.fixture
def bearer(place: Path) -> Callable[..., dict[str, str]]:
    """Makes a key with the given scopes; returns the header that sends it."""

    def made(scopes: str, per_minute: int | None = None) -> dict[str, str]:
        with ServiceDb.of(place) as store:
            return {"Authorization": f"Bearer {create_key(store, scopes, per_minute)}"}

    return made


def events_of(response: Any) -> list[str]:
    """The names of the events of a stream, in order."""
    lines = [line for line in response.iter_lines() if line.startswith("event: ")]
    return [line.removeprefix("event: ") for line in lines]
