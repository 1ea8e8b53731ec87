"""A tiny world with a known answer: eleven invented films, and users of three tastes with a log."""

import gc
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from shelftalker import Recommender
from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.learning.fit import fit
from shelftalker.store.workspace import Workspace
from tests.support.postgres import postgres, store  # noqa: F401  fixtures

TOGETHER = {
    "engines": ("tests/contract/engine/",),
    "pages": ("tests/page/", "tests/service/test_page", "tests/unit/page/"),  # load gradio
    "processes": ("tests/service/processes/",),
}
"""Beginnings of files that share what is slow to start."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """One worker takes all files that stand together."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file: str = super()._split_scope(nodeid)
            return next((name for name, own in TOGETHER.items() if file.startswith(own)), file)

    return Scheduling(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_finish() -> None:
    """What has been imported stays: each garbage collection looked through it for a second."""
    gc.collect()
    gc.freeze()


SHARED = Path(__file__).parents[2] / "shared" / "data"
"""Real data sets for development; tests that read them are skipped where they are absent."""

THRILLERS = ("Cold Harbour", "The Silent Ledger", "Night Ferry", "A Knife in Winter")
COMEDIES = ("Two Left Shoes", "The Wedding Goat", "Aunt Petra's Band", "Monday Again")
SPACE = ("Orbit of Glass", "The Last Relay", "Moon Ferry Nine")


def film(number: int, title: str, genre: str, year: int, director: str) -> Item:
    return Item(
        id=f"f{number}",
        title=title,
        attributes={
            "genres": (genre,),
            "year": year,
            "director": (director,),
            "runtime": 90 + number,
            "country": ("Norway",),
        },
    )


def films() -> list[Item]:
    groups = (
        ("Thriller", THRILLERS, 1980, "Ida Brandt"),
        ("Comedy", COMEDIES, 1990, "Otto Lund"),
        ("Sci-Fi", SPACE, 2000, "Mira Sol"),
    )
    titled = [(g, t, y + i, d) for g, ts, y, d in groups for i, t in enumerate(ts)]
    return [film(n, title, genre, year, d) for n, (genre, title, year, d) in enumerate(titled, 1)]


def tiny_log() -> list[Event]:
    """Thirty users, each likes one group; u<n> has liked all of it but one item."""
    groups = [("f1", "f2", "f3", "f4"), ("f5", "f6", "f7", "f8"), ("f9", "f10", "f11")]
    events = []
    for user in range(30):
        liked = list(groups[user % 3])
        liked.pop(user % len(liked))
        events += [
            Event(f"u{user}", item, "rating", 5.0, time=1_000_000.0 + 100 * user + place)
            for place, item in enumerate(liked)
        ]
    return events


def frame(events: list[Event]) -> pl.DataFrame:
    rows = [(e.user, e.item, e.kind, e.value, e.time) for e in events]
    return pl.DataFrame(rows, schema=["user", "item", "kind", "value", "time"], orient="row")


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """What a command configures ends with its test."""
    root, package = logging.getLogger(), logging.getLogger("shelftalker")
    handlers, level = list(root.handlers), package.level
    yield
    root.handlers = handlers
    package.setLevel(level)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fitted workspace, shared; tests that change it copy it first."""
    path = tmp_path_factory.mktemp("world") / "ws"
    workspace = Workspace.create(path, default_domain="films")
    workspace.add_domain("films")
    workspace.write_catalog("films", Catalog.of(films()))
    workspace.events.extend("films", frame(tiny_log()))
    fit(workspace, "films")
    workspace.events.close()
    return path


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the name of the small model and a model that computes a hundred times as fast:
    for what does not depend on the prose."""
    from shelftalker.engine.models import DEFAULT_MODEL
    from tests.support.tiny_model import write_tiny_model

    return write_tiny_model(tmp_path_factory.mktemp("tiny") / DEFAULT_MODEL)


@pytest.fixture
def place(world: Path, tmp_path: Path) -> Path:
    """A copy of the fitted workspace that a test may change."""
    return Path(shutil.copytree(world, tmp_path / "ws"))


@pytest.fixture
def recommender(place: Path) -> Iterator[Recommender]:
    with Recommender.open(place, engine="none") as opened:
        yield opened
