"""The description of the API: committed, and true of every route.

Run: pytest tests/service/test_openapi.py. After a change of a route write the file anew:
python -m tests.service.test_openapi
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from shelftalker import Recommender
from shelftalker.service.app import create_app
from shelftalker.service.keys import create_key
from shelftalker.store.service_db import ServiceDb
from shelftalker.store.settings import Service
from shelftalker.store.workspace import Workspace

FILE = Path(__file__).parents[2] / "docs" / "openapi.json"


def described() -> dict[str, Any]:
    """The description of an app with all routes."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.create(Path(folder) / "ws")
        with Recommender(workspace, engine="none") as recommender:
            schema: dict[str, Any] = create_app(recommender, Service(currency="EUR")).openapi()
    return schema


def test_the_committed_file_is_what_the_app_says() -> None:
    assert json.loads(FILE.read_text(encoding="utf-8")) == described(), "see the top of this file"


KEY: dict[str, str] = {}


@pytest.fixture(scope="module")
def api(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    place = Path(shutil.copytree(world, tmp_path_factory.mktemp("api") / "ws"))
    with ServiceDb.of(place) as store:
        KEY["Authorization"] = f"Bearer {create_key(store, 'serve,ingest,admin')}"
    with Recommender.open(place, engine="none") as recommender:
        app = create_app(recommender, Service(currency="EUR", request_seconds=5))
        app.state.context.ready = True  # no lifespan loads it here
        yield schemathesis.openapi.from_asgi(
            "/openapi.json", _without_lifespan(app), config=_accepting_too_large()
        )


def _accepting_too_large() -> schemathesis.Config:
    """413 refuses a body as well as 422 does."""
    usual = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429"]
    return schemathesis.Config.from_dict(
        {"checks": {"negative_data_rejection": {"expected-statuses": usual}}}
    )


def _without_lifespan(app: Any) -> Any:
    """The app for a client that starts and ends it with each call."""

    async def answering(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        while (phase := (await receive())["type"].split(".")[1]) != "shutdown":
            await send({"type": f"lifespan.{phase}.complete"})
        await send({"type": "lifespan.shutdown.complete"})

    return answering


@pytest.mark.timeout(900)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_request_breaks_a_route_or_its_description(
    api: Any, mode: GenerationMode, subtests: pytest.Subtests
) -> None:
    """Schemathesis' checks on every route, with bodies that fit the description or break it."""
    for found in api.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=8, deadline=None, derandomize=True, database=None,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        def holds(case: Any) -> None:
            # What fits may still be refused: a condition over two fields is no part of the schema.
            case.call_and_validate(
                headers=KEY, excluded_checks=[positive_data_acceptance], timeout=120
            )

        with subtests.test(operation.label), suppress(Unsatisfiable):  # a GET that takes nothing
            holds()


if __name__ == "__main__":
    FILE.write_text(json.dumps(described(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
