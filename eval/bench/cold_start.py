"""Cold start: items and users unseen in training, against plain text similarity.

python -m shelftalker.eval.bench.cold_start \
    --data ../shared/data/ecom-amazon-office --out eval/results

A tenth of the items and a tenth of the users are drawn, and their events are removed from the log
before the fit. Cold items: the last event of each other user with a cold item, given the warm
events before it, ranked among the cold items only. Cold users: their last warm event, given the
last 0, 1, 3 or 5 warm events before it, or no event but a request with its attributes, ranked among
all items.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.eval.bench.options import dataset_parser, sets, show, stamp, write
from shelftalker.eval.leave_one_out import by_user
from shelftalker.eval.metrics.ranking import Ranks, ndcg, recall, target_ranks
from shelftalker.eval.metrics.statistics import Estimate, estimate
from shelftalker.scorer.base import Encoder, Floats
from shelftalker.scorer.encoder import open_encoder
from shelftalker.scorer.history import read
from shelftalker.scorer.item_item import incidence
from shelftalker.scorer.two_tower import TwoTowerScorer

COLD_SHARE = 0.1
HISTORY_LENGTHS = (0, 1, 3, 5)
DECAYS = (1.0, 3.0, 10.0, 1e9)  # of the text similarity, which gets the best on the test itself

Logits = Callable[[Sequence[Sequence[Event]], Sequence[str]], Floats]


@dataclass(frozen=True)
class ColdStartSplit:
    """A log without its cold items and users, and the tests on both.

    `cold`: rows of the cold items; tests are a history and its target."""

    train: list[Event]
    cold: list[int]
    on_items: list[tuple[list[Event], Event]]
    on_users: list[tuple[list[Event], Event]]


def main() -> None:
    """Measure on each data set, print a table, write the results."""
    options = dataset_parser(__doc__, "cold-SET.json").parse_args()
    encoder = open_encoder(cache=options.cache)
    for name, catalog, events in sets(options):
        split = split_cold(catalog, events, options.seed)
        rows = measure_cold(catalog, split, encoder, options.seed)
        report = {
            "task": "cold start",
            "version": 1,
            "n": {"items": len(split.on_items), "users": len(split.on_users)},
            "cold_items": len(split.cold),
            **stamp(options, name, encoder),
            "rows": {case: asdict(value) for case, value in rows.items()},
        }
        for case, value in rows.items():
            print(f"{name:24} {case:48} {value}", flush=True)
        if options.out:
            write(report, options.out / f"cold-{name}.json")


def split_cold(catalog: Catalog, events: Sequence[Event], seed: int) -> ColdStartSplit:
    """Draw the cold items and users."""
    rng = np.random.default_rng(seed)
    users = by_user(events)
    cold = sorted(rng.choice(len(catalog), int(COLD_SHARE * len(catalog)), replace=False).tolist())
    cold_ids = {catalog.ids[row] for row in cold}
    names = list(users)
    new = {names[n] for n in rng.choice(len(names), int(COLD_SHARE * len(names)), replace=False)}
    split = ColdStartSplit([], cold, [], [])
    for user, own in users.items():
        warm = [event for event in own if event.item not in cold_ids]
        if user in new:
            if len(warm) > max(HISTORY_LENGTHS):
                split.on_users.append((warm[:-1], warm[-1]))
            continue
        split.train.extend(warm)
        last = max((n for n, event in enumerate(own) if event.item in cold_ids), default=0)
        before = [event for event in own[:last] if event.item not in cold_ids]
        if before:
            split.on_items.append((before, own[last]))
    return split


def measure_cold(
    catalog: Catalog, split: ColdStartSplit, encoder: Encoder, seed: int
) -> dict[str, Estimate]:
    """Recall@10 and NDCG@10 by case, of our scorer and of text similarity."""
    ours = TwoTowerScorer.fit(catalog, split.train, encoder, seed=seed, progress=show)
    vectors = encoder.encode([item.embedding_text() for item in catalog])
    scorers: dict[str, list[Logits]] = {
        "shelftalker": [ours.logits],
        "text similarity": [text_similarity(catalog, vectors, encoder, d) for d in DECAYS],
    }
    rows: dict[str, Estimate] = {}
    for case, tests, texts, columns in _cases(catalog, split):
        for name, variants in scorers.items():
            ranks = min(
                (_ranks(logits, catalog, tests, texts, columns) for logits in variants),
                key=lambda ranks: -recall(ranks).mean(),
            )
            rows[f"{case} recall@10 {name}"] = estimate(recall(ranks))
            rows[f"{case} ndcg@10 {name}"] = estimate(ndcg(ranks))
    return rows


def text_similarity(catalog: Catalog, vectors: Floats, encoder: Encoder, decay: float) -> Logits:
    """Cosine to the mean text vector of the history, plus that to the request."""

    def logits(histories: Sequence[Sequence[Event]], texts: Sequence[str]) -> Floats:
        rows = [read(history, catalog).rows for history in histories]
        scores: Floats = (incidence(rows, len(catalog), decay) @ vectors) @ vectors.T
        if any(texts):
            scores = scores + encoder.encode(list(texts)) @ vectors.T
        return scores

    return logits


def _cases(catalog: Catalog, split: ColdStartSplit) -> list[tuple[str, Any, list[str], Any]]:
    cases: list[tuple[str, Any, list[str], Any]] = [
        ("cold items", split.on_items, [""] * len(split.on_items), np.array(split.cold))
    ]
    nothing = [""] * len(split.on_users)
    for known in HISTORY_LENGTHS:
        tests = [(own[len(own) - known :], target) for own, target in split.on_users]
        cases.append((f"{known} events", tests, nothing, slice(None)))
    requests = [
        ", ".join(map(str, catalog[target.item].attributes.values())) or "anything"
        for _, target in split.on_users
    ]
    tests = [([], target) for _, target in split.on_users]
    return [*cases, ("request only", tests, requests, slice(None))]


def _ranks(
    logits: Logits,
    catalog: Catalog,
    tests: Sequence[tuple[list[Event], Event]],
    texts: list[str],
    columns: Any,
) -> Ranks:
    """Rank of each target among `columns`, without the history's items."""
    parts = []
    for start in range(0, len(tests), 512):
        part = tests[start : start + 512]
        scores = np.array(logits([own for own, _ in part], texts[start : start + 512]), np.float64)
        for row, (own, _) in enumerate(part):
            scores[row, catalog.rows([event.item for event in own])] = -np.inf
        columns_of = {row: n for n, row in enumerate(np.arange(len(catalog))[columns].tolist())}
        targets = np.array([columns_of[catalog.row(target.item)] for _, target in part])
        parts.append(target_ranks(scores[:, columns], targets))
    return np.concatenate(parts)


if __name__ == "__main__":
    main()
