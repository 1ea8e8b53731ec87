"""A workspace fitted in a second: twelve items, and an encoder that counts letters."""

import string
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.data.progress import Progress
from shelftalker.scorer.base import Floats
from shelftalker.scorer.settings import Training
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.store.workspace import Workspace

ITEMS, USERS = 12, 40
OPENERS = ("serving.domain_store", "scorer.loading", "learning.fit")


class LetterEncoder:
    """Counts letters; loads no model."""

    name, dim = "letters", len(string.ascii_lowercase)

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        counts = [
            [1e-3 + text.casefold().count(c) for c in string.ascii_lowercase] for text in texts
        ]
        vectors = np.array(counts, np.float32).reshape(-1, self.dim)
        unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


def open_letters(name: str = "", cache: Path | None = None) -> LetterEncoder:
    """Takes the place of `open_encoder`."""
    return LetterEncoder()


def catalog() -> Catalog:
    return Catalog.of(Item(str(n), f"Item {string.ascii_lowercase[n]}") for n in range(ITEMS))


def log() -> list[Event]:
    """Every user takes five items in a row, each one further on than the last."""
    return [
        Event(f"u{user}", str((user + step) % ITEMS), "like", time=float(step))
        for user in range(USERS)
        for step in range(5)
    ]


def fitted(seed: int = 0) -> TwoTowerScorer:
    settings = Training(dim=8, epochs=2)
    return TwoTowerScorer.fit(catalog(), log(), LetterEncoder(), seed=seed, settings=settings)


def add_domain(workspace: Workspace, name: str, scorer: TwoTowerScorer) -> None:
    """A domain with the catalogue, the log and this scorer as v1."""
    workspace.add_domain(name)
    workspace.write_catalog(name, catalog())
    workspace.events.extend(name, log())
    scorer.weights.card["position"] = workspace.events.position(name)
    add_version(workspace, name, scorer)
    workspace.set_current(name, scorer="v1")


def add_version(workspace: Workspace, name: str, scorer: TwoTowerScorer) -> None:
    with workspace.new_version(name, "scorer") as version:
        scorer.save(version.folder)


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Returns once the condition holds; fails after so many seconds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "the condition did not come true"
        time.sleep(0.01)
