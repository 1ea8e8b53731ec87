"""A large catalogue of invented films, for tests of what must stay fast."""

import numpy as np

from shelftalker.data.catalog import Catalog, Item

SYLLABLES = ["bo", "lim", "za", "dek", "ka", "nip", "to", "sur", "ve", "ral", "mi", "gon"]


def catalog_of(items: int) -> Catalog:
    """Invented films: names of invented syllables, five genres, seventy years."""
    random = np.random.default_rng(0)

    def name() -> str:
        return " ".join("".join(random.choice(SYLLABLES, 3)).title() for _ in range(2))

    people = [name() for _ in range(items // 2)]
    genres = ["Thriller", "Comedy", "Drama", "Horror", "Western"]
    picks = random.integers(0, len(people), (items, 4))
    return Catalog.of(
        Item(
            str(row),
            name(),
            attributes={
                "genres": (genres[row % 5],),
                "year": 1950 + row % 70,
                "director": (people[picks[row, 0]],),
                "cast": tuple(people[pick] for pick in picks[row, 1:]),
            },
        )
        for row in range(items)
    )
