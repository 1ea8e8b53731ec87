"""A catalogue of three shelves and users who keep to one: what comes next is known."""

import numpy as np

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event, Kind
from shelftalker.scorer.settings import Training

SHELVES = {
    "space": ["orbit", "asteroid", "rocket", "galaxy", "astronaut", "comet", "Mars", "starship"],
    "cooking": ["bread", "soup", "pastry", "curry", "pasta", "roast", "salad", "dessert"],
    "crime": ["murder", "detective", "heist", "alibi", "fraud", "kidnapping", "jury", "gangster"],
}
SETTINGS = Training(dim=16, epochs=6)


def world() -> Catalog:
    return Catalog.of(
        Item(f"{shelf}-{word}", f"The {word}", f"A book about {shelf}: {word}.", {"shelf": shelf})
        for shelf, words in SHELVES.items()
        for word in words
    )


def log(users: int = 60) -> list[Event]:
    rng = np.random.default_rng(7)
    events = []
    for user in range(users):
        shelf = list(SHELVES)[user % 3]
        for step, word in enumerate(rng.permutation(SHELVES[shelf])[:5]):
            events.append(Event(f"u{user}", f"{shelf}-{word}", "like", time=float(step)))
    return events


def did(*items: str, kind: Kind = "like") -> list[Event]:
    return [Event("me", item, kind, time=float(step)) for step, item in enumerate(items)]


def shelf_of(item_id: str) -> str:
    return item_id.split("-")[0]
