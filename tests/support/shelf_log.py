"""A log of three shelves: every user keeps to one; later everybody reads one new book."""

from pathlib import Path

import numpy as np

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.learning.fit import fit
from shelftalker.store.workspace import Workspace

SHELVES = ("space", "cooking", "crime")
BOOKS = 40


def catalog() -> Catalog:
    books = [
        Item(f"{shelf}-{n}", f"{shelf} {n}", f"A book about {shelf}.")
        for shelf in SHELVES
        for n in range(BOOKS)
    ]
    return Catalog.of([*books, Item("hit", "The talk of the town", "A novel.")])


def reading(users: range, seed: int, start: float) -> list[Event]:
    """Each user takes seven books of one shelf, one after the other; user by user."""
    rng = np.random.default_rng(seed)
    return [
        Event(f"u{user}", f"{SHELVES[user % 3]}-{n}", "like", time=start + 10 * user + step)
        for user in users
        for step, n in enumerate(rng.choice(BOOKS, 7, replace=False))
    ]


def craze(users: range, start: float) -> list[Event]:
    """A book of the own shelf, then the hit: what no one did before."""
    return [
        Event(f"u{user}", item, "like", time=start + 10 * user + step)
        for user in users
        for step, item in enumerate((f"{SHELVES[user % 3]}-{user % BOOKS}", "hit"))
    ]


def past() -> list[Event]:
    return reading(range(90), 0, 0.0)


def build(path: Path) -> Path:
    """A workspace with this catalogue and log, and a fitted scorer."""
    with Workspace.create(path, default_domain="books") as workspace:
        workspace.add_domain("books")
        workspace.write_catalog("books", catalog())
        workspace.events.extend("books", past())
        fit(workspace, "books")
    return path
