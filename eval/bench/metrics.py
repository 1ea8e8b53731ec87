"""Time of all metrics with bootstrap intervals, for 100,000 users with top-100 lists.

python -m shelftalker.eval.bench.metrics [USERS]
"""

import json
import time

import numpy as np

from shelftalker.eval.bench.options import script_parser
from shelftalker.eval.metrics import beyond_accuracy as beyond
from shelftalker.eval.metrics.ranking import METRICS, metric
from shelftalker.eval.metrics.statistics import estimates

ITEMS, DEPTH, DIM = 20_000, 100, 64


def main(users: int) -> None:
    """Draw lists and targets, measure everything once, and print the seconds."""
    draw = np.random.default_rng(0)
    lists = draw.integers(0, ITEMS, (users, DEPTH))
    ranks = draw.integers(0, 2 * DEPTH, users).astype(np.float64)
    counts = draw.zipf(1.3, ITEMS).clip(max=users).astype(np.float64)
    hits = np.arange(DEPTH) == ranks[:, None]
    start = time.perf_counter()
    values = {
        name: metric(f"{name}@{DEPTH}").function(ranks, DEPTH, np.arange(users))
        for name in METRICS
        if name not in ("mean_rank", "auc")
    }
    values["mean_rank"] = METRICS["mean_rank"](ranks, np.arange(users))
    values["auc"] = METRICS["auc"](ranks, np.arange(users), candidates=ITEMS)
    values["novelty"] = beyond.novelty(lists, counts, users)
    values["popularity"] = beyond.popularity(lists, counts)
    values["serendipity"] = beyond.serendipity(lists, hits, counts)
    beyond.coverage(lists, ITEMS)
    beyond.gini(lists, ITEMS)
    values_done = time.perf_counter()
    vectors = draw.standard_normal((ITEMS, DIM), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    diversity_start = time.perf_counter()
    values["diversity"] = beyond.diversity(lists, vectors)
    diversity_done = time.perf_counter()
    estimates(values)
    end = time.perf_counter()
    seconds = {
        "values_seconds": values_done - start,
        "diversity_seconds": diversity_done - diversity_start,
        "intervals_seconds": end - diversity_done,
        "total_seconds": end - start,
    }
    figures = {name: round(value, 2) for name, value in seconds.items()}
    print(json.dumps({"users": users, "depth": DEPTH, "metrics": len(values) + 2, **figures}))


if __name__ == "__main__":
    parser = script_parser(__doc__)
    parser.add_argument("users", type=int, nargs="?", default=100_000)
    main(parser.parse_args().users)
