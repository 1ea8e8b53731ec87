"""Latency and recall of the top-100 search over a million items.

python -m shelftalker.eval.bench.index --out index.json
python -m shelftalker.eval.bench.index --items 50000 --kinds exact hnsw ivfpq

Items are in clusters of Zipf sizes, queries near a few items, as users' states are. The floor of an
exact search is the time to read the matrix once.
"""

import argparse
import json
import os
import resource
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from shelftalker.eval.bench.options import script_parser, write
from shelftalker.eval.result import command, commit
from shelftalker.scorer.base import Floats
from shelftalker.scorer.index import FaissIndex, Rows, nearest
from shelftalker.store.settings import IndexSettings

DIM, TOP = 64, 100


def main() -> None:
    """Print one JSON object; milliseconds are medians over single queries."""
    options = _options()
    report: dict[str, object] = {
        "task": f"top {TOP} by inner product, d={DIM}, version 1",
        "items": options.items,
        "queries": options.queries,
        "cores": os.cpu_count(),
        "threads": os.environ.get("OMP_NUM_THREADS", "all"),
        "load_at_start": round(os.getloadavg()[0], 1),
        "seed": options.seed,
        "commit": commit(),
        "command": command(),
    }
    report |= search_figures(options.items, options.queries, options.kinds, options.seed)
    print(json.dumps(report, indent=2))
    if options.out:
        write(report, options.out)


def search_figures(items: int, queries: int, kinds: list[str], seed: int) -> dict[str, object]:
    """Latency, recall against the exact result, build time and memory of each kind."""
    vectors, queried = clustered(items, queries, seed)
    truth = [set(nearest(vectors, query, TOP).tolist()) for query in queried]
    figures: dict[str, object] = {"bandwidth_floor_ms": round(_floor_ms(vectors), 2)}
    for kind in kinds:
        start = time.perf_counter()
        search = _search(kind, vectors)
        built = time.perf_counter() - start
        times, results = [], []
        for query in queried:
            start = time.perf_counter()
            rows = search(query)
            times.append(1000 * (time.perf_counter() - start))
            results.append(rows)
        shared = [len(own & set(rows.tolist())) for own, rows in zip(truth, results, strict=True)]
        figures[kind] = {
            "median_ms": round(float(np.median(times)), 2),
            "p95_ms": round(float(np.percentile(times, 95)), 2),
            "recall@100": round(float(np.mean(shared)) / TOP, 4),
            "build_seconds": round(built, 1),
            "peak_memory_gb": round(_peak_gb(), 2),
        }
    return figures


def clustered(items: int, queries: int, seed: int = 0) -> tuple[Floats, Floats]:
    """Item vectors float32 [items, DIM] and queries [queries, DIM].

    40 categories of 50 shelves, of Zipf sizes. The spectrum and the common direction are those of g
    on MovieLens, where eight or nine dimensions carry most of the variance.
    """
    rng = np.random.default_rng(seed)
    scale = (np.arange(1, DIM + 1) ** -0.75).astype(np.float32)
    shelves = rng.normal(size=(40, 1, DIM)) + 0.8 * rng.normal(size=(40, 50, DIM))
    centres = (shelves.reshape(-1, DIM) * scale + 1.2 * scale[::-1]).astype(np.float32)
    vectors = centres[rng.permutation(len(centres))[rng.zipf(1.3, items) % len(centres)]]
    for part in np.array_split(vectors, 1 + items // 100_000):  # in place, part by part
        part += 0.7 * scale * rng.standard_normal(part.shape, np.float32)
    taken = vectors[rng.integers(0, items, (queries, 4))].mean(axis=1)
    return vectors, taken + 0.3 * scale * rng.standard_normal((queries, DIM), np.float32)


def _search(kind: str, vectors: Floats) -> Callable[[Floats], Rows]:
    if kind == "exact":
        return lambda query: nearest(vectors, query, TOP)
    settings = IndexSettings(kind="hnsw" if kind == "hnsw" else "ivfpq")
    index = FaissIndex.build([str(row) for row in range(len(vectors))], vectors, settings)
    return lambda query: index.search(query, TOP)


def _floor_ms(vectors: Floats, times: int = 15) -> float:
    """The fastest of several parallel reads of the whole matrix, in milliseconds."""
    shares = np.array_split(vectors.reshape(-1), os.cpu_count() or 1)
    taken = []
    with ThreadPoolExecutor(len(shares)) as pool:
        for _ in range(times):
            start = time.perf_counter()
            list(pool.map(lambda share: np.dot(share, share), shares))
            taken.append(1000 * (time.perf_counter() - start))
    return min(taken)


def _peak_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def _options() -> argparse.Namespace:
    parser = script_parser(__doc__)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--kinds", nargs="+", default=["exact", "hnsw"])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="also write the figures into this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
