"""One service of two worker processes for all files here, so one worker of pytest takes all."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.service_process import running


@pytest.fixture(scope="package")
def two_workers(
    world: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, int, httpx.Client]]:
    """Its workspace, the process that supervises the workers, and a client."""
    place = Path(shutil.copytree(world, tmp_path_factory.mktemp("workers") / "ws"))
    settings = place / "workspace.toml"
    with_currency = settings.read_text().replace("[service]", '[service]\ncurrency = "EUR"')
    settings.write_text(with_currency)
    with running(place, "--engine", "none", "--workers", "2") as (process, client):
        yield place, process.pid, client
