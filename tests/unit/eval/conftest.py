"""A tiny world for the evaluation: a synthetic log, and a `TaskSetup` with a fake engine."""

import asyncio
import shutil
from pathlib import Path

import numpy as np
import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.eval.task import (
    all_tasks,
)
from shelftalker.eval.task_setup import TaskSetup
from shelftalker.serving.shortlisting import Shortlister
from shelftalker.store.workspace import Workspace
from tests.support.fakes import FakeEngine


def event(user: str, item: str, when: float) -> Event:
    return Event(user, item, "like", time=when)


def crowd(users: int = 60, items: int = 100, own: int = 6) -> list[Event]:
    """Every user takes random items, in turn."""
    draw = np.random.default_rng(0)
    return [
        event(f"u{user}", f"i{item}", 1000 * place + user)
        for user in range(users)
        for place, item in enumerate(draw.permutation(items)[:own])
    ]


CATALOG = Catalog.of(Item(f"i{n}", f"Item {n}") for n in range(100))


@pytest.fixture(scope="module")
def shared_setup(world: Path, tmp_path_factory: pytest.TempPathFactory) -> TaskSetup:
    """Over a copy of the tiny world; keeps the encoder and the scorer fitted for the tests."""
    copy = shutil.copytree(world, tmp_path_factory.mktemp("eval") / "ws")
    return TaskSetup(Workspace.open(copy), "films")


@pytest.fixture
def setup(shared_setup: TaskSetup) -> TaskSetup:
    """The tiny world with an engine that says one grounded sentence."""
    asyncio.run(shared_setup.close())
    shared_setup.engine_wanted = FakeEngine(["It is a thriller."])
    return shared_setup


def task_of(name: str, **changed: object) -> object:
    return all_tasks()[name].model_copy(update=changed)


@pytest.fixture
def scorer_that_returns_seen_items(setup: TaskSetup, monkeypatch: pytest.MonkeyPatch) -> None:
    scorer = setup.scorer(setup.split())
    honest = type(scorer).shortlist
    monkeypatch.setattr(
        type(scorer),
        "shortlist",
        lambda self, history, **options: honest(self, history, **options | {"exclude_seen": False}),
    )
    monkeypatch.setattr(
        Shortlister,
        "shortlist",
        lambda self, profile, request, n, *_: self.scorer.shortlist(profile.history, n=n),
    )
