"""The scorer against popularity and EASE, leave-one-out by time.

python -m shelftalker.eval.bench_scorer --data ../shared/data/movies-ml100k
python -m shelftalker.eval.bench_scorer --data ../shared/data/ecom-amazon-office
"""

import argparse
import csv
import gzip
import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from shelftalker.catalog import Catalog, Item
from shelftalker.errors import DataError
from shelftalker.eval.ranking import Score, five_core, leave_one_out, measure
from shelftalker.events import Event
from shelftalker.scorer.base import Encoder, Floats
from shelftalker.scorer.encoder import open_encoder
from shelftalker.scorer.history import read
from shelftalker.scorer.item_item import ease, incidence
from shelftalker.scorer.two_tower import TwoTowerScorer

Data = tuple[Catalog, list[Event]]


def main() -> None:
    """Print one table row a scorer."""
    options = _options()
    catalog, events = read_data(options.data)
    encoder = open_encoder(cache=options.cache)
    encoder.encode([item.embedding_text() for item in catalog], _show)
    if options.validation:
        events = leave_one_out(events).train
    split = leave_one_out(events)
    print(f"{len(split.targets)} users, {len(catalog)} items, {len(events)} events", flush=True)
    rivals: dict[str, Callable[[], Score]] = {
        "popularity": lambda: popularity(catalog, split.train),
        "EASE": lambda: ease_baseline(catalog, split.train, _ridge(options.data)),
        "two towers": lambda: _ours(catalog, split.train, encoder, options.seed),
    }
    rows: dict[str, object] = {}
    for name, fit in rivals.items():
        start = time.perf_counter()
        score = fit()
        seconds = time.perf_counter() - start
        result = measure(score, split, catalog)
        print(
            f"{name:12} NDCG@10 {result.ndcg}  Recall@10 {result.recall}  fit {seconds:.0f} s",
            flush=True,
        )
        rows[name] = {
            "ndcg@10": asdict(result.ndcg),
            "recall@10": asdict(result.recall),
            "fit_seconds": round(seconds, 1),
        }
    if options.out:
        report = {
            "task": "next item, leave-one-out by time, version 1",
            "split": "validation" if options.validation else "test",
            "data": options.data.name,
            "encoder": encoder.name,
            "seed": options.seed,
            "rows": rows,
        }
        options.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def popularity(catalog: Catalog, train: Sequence[Event]) -> Score:
    """Every user gets the items that most users took."""
    pairs = {(event.user, event.item) for event in train}
    counts = np.bincount(catalog.rows([item for _, item in pairs]), minlength=len(catalog))
    return lambda histories: np.tile(counts.astype(np.float32), (len(histories), 1))


def ease_baseline(catalog: Catalog, train: Sequence[Event], ridge: float) -> Score:
    """EASE on the binary log, no recency: the strongest simple rival."""
    users: dict[str, list[Event]] = {}
    for event in train:
        users.setdefault(event.user, []).append(event)
    items = len(catalog)
    weights = ease([read(own, catalog).rows for own in users.values()], items, ridge, kept=items)

    def score(histories: Sequence[Sequence[Event]]) -> Floats:
        rows = [read(history, catalog).rows for history in histories]
        scores: Floats = (incidence(rows, items) @ weights).toarray()
        return scores

    return score


def read_data(folder: Path) -> Data:
    """A folder with MovieLens-100K or the Amazon Office set. Raises `DataError`."""
    if (folder / "ml-100k.item").is_file():
        return _movielens(folder)
    if (folder / "sequences.csv").is_file():
        return _office(folder)
    raise DataError(f"{folder} holds neither ml-100k.item nor sequences.csv; see --help")


def _ours(catalog: Catalog, train: Sequence[Event], encoder: Encoder, seed: int) -> Score:
    return TwoTowerScorer.fit(catalog, train, encoder, seed=seed, progress=_show).logits


def _movielens(folder: Path) -> Data:
    with gzip.open(folder / "ml-100k.inter.gz", "rt", encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines][1:]
    events = [Event(u, i, "rating", float(stars), float(when)) for u, i, stars, when in rows]
    events = five_core(events)
    kept = {event.item for event in events}
    films = (folder / "ml-100k.item").read_text(encoding="utf-8").splitlines()[1:]
    items = []
    for item_id, title, year, genres in (film.split("\t") for film in films):
        if item_id in kept:
            items.append(Item(item_id, title, attributes={"year": year, "genres": genres}))
    return Catalog.of(items), events


def _office(folder: Path) -> Data:
    with (folder / "sequences.csv").open(encoding="utf-8") as lines:
        events = [
            Event(row["user_id"], row["item_id"], "purchase", time=float(row["position"]))
            for row in csv.DictReader(lines)
        ]
    kept = {event.item for event in events}
    with gzip.open(folder / "Office_Products.item.json.gz", "rt", encoding="utf-8") as file:
        raw = json.load(file)
    items = [
        Item(item_id, fields["title"], _plain(fields["description"]), {"brand": fields["brand"]})
        for item_id, fields in raw.items()
        if item_id in kept
    ]
    return Catalog.of(items), events


def _plain(description: str) -> str:
    return re.sub(r"<[^>]*>|\s+", " ", description).strip("[]'\" ")


def _ridge(folder: Path) -> float:
    """The ridge that validation chooses for plain EASE on each set."""
    return 500.0 if (folder / "ml-100k.item").is_file() else 50.0


def _show(done: int, total: int, line: str) -> None:
    print(f"  {done}/{total} {line}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with one of the sets")
    parser.add_argument("--cache", type=Path, help="where to keep text embeddings")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON into this file")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--validation",
        action="store_true",
        help="test on the last event but one",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
