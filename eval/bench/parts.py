"""CPU time of the parts of a request that need no model: filters, reading a message, indexing a
history, verifying a sentence. One core; median and maximum over some laps, in milliseconds.

python -m shelftalker.eval.bench.parts [--out FOLDER]
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.data.filters import Filter, allowed_items
from shelftalker.eval.bench.options import publish
from shelftalker.types import Request
from shelftalker.understanding.rule_reader import RuleReader
from shelftalker.writing.compose.composer import compose_from
from shelftalker.writing.evidence import choose_evidence
from shelftalker.writing.history import HistoryIndex, Past
from shelftalker.writing.verifier.grounds import Grounds

MESSAGES = {
    "wish": "a tense thriller by Bolim Zadek or Kanip Tosur like Rovak from the 80s, not violent",
    "long word": "\x00\x1b[31m" + "a" * 50_000,
    "brackets": "((((((((((((" * 2000,
    "negations": "no " * 5000,
    "comparisons": "like " * 5000,
}
SYLLABLES = ["bo", "lim", "za", "dek", "ka", "nip", "to", "sur", "ve", "ral", "mi", "gon"]


def main() -> None:
    """Measure every part over invented catalogues, print and write the milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="write parts.json into this folder")
    parser.add_argument("--laps", type=int, default=20)
    options = parser.parse_args()
    start = time.perf_counter()
    figures = {
        **{f"{n} items": _over(catalog_of(n), options.laps) for n in (10_000, 100_000)},
        "history of 1000": _writing(options.laps),
    }
    facts: dict[str, Any] = {"data": "invented items", "split": "none", "seed": 0}
    seconds = time.perf_counter() - start
    publish("parts", {"milliseconds": figures}, facts, seconds, options.out)


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


def _over(catalog: Catalog, laps: int) -> dict[str, dict[str, float]]:
    filters = [Filter("genres", "contains", "Thriller"), Filter("year", "at_least", 2000)]
    allowed_items(catalog, filters)  # the index is made on first use
    reader = RuleReader(catalog)
    return {
        "two filters": _laps(lambda: allowed_items(catalog, filters), laps),
        "vocabulary": _laps(lambda: RuleReader(catalog), 1),
        **{
            f"reading: {name}": _laps(lambda text=text: reader.read(text), laps)  # type: ignore[misc]
            for name, text in MESSAGES.items()
        },
    }


def _writing(laps: int) -> dict[str, dict[str, float]]:
    film = Item("1", "Glass Harbour", "", {"genres": ("Crime",), "director": "Anna Kessler"})
    history = [
        Past(Event("u", str(i), "like"), Item(str(i), f"Film number {i} of them"))
        for i in range(100, 1100)
    ]
    index = HistoryIndex(history)
    grounds = Grounds([], film, index)
    sentence = "You liked Film number 107 of them."
    return {
        "history index, once an answer": _laps(lambda: HistoryIndex(history), laps),
        "grounds": _laps(lambda: Grounds([], film, index), laps),
        "evidence": _laps(lambda: choose_evidence(film, [], index, Request()), laps),
        "composed text": _laps(lambda: compose_from(grounds), laps),
        "check": _laps(lambda: grounds.check(sentence), laps),
    }


def _laps(work: Callable[[], object], laps: int) -> dict[str, float]:
    """Median and maximum over some laps, in milliseconds of process time."""
    times = []
    for _ in range(laps):
        start = time.process_time()
        work()
        times.append(1000 * (time.process_time() - start))
    return {"median": round(float(np.median(times)), 3), "longest": round(max(times), 3)}


if __name__ == "__main__":
    main()
