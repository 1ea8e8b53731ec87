"""Latency and recall of the top-100 search over a million items.

python -m shelftalker.eval.bench.index --out index.json
python -m shelftalker.eval.bench.index --items 50000 --kinds exact hnsw ivfpq

Items are in clusters of Zipf sizes, queries near a few items, as users' states are. The floor of an
exact search is the time to read the matrix once.
"""

import os
import resource
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import numpy as np
import typer

from shelftalker.errors import InputError
from shelftalker.eval.bench import harness
from shelftalker.scorer.base import Floats
from shelftalker.scorer.index import FaissIndex, Rows, nearest
from shelftalker.store.settings import IndexSettings

DIM, TOP = 64, 100


def measure(
    items: int = 1_000_000,
    queries: int = 200,
    kinds: Annotated[list[str], typer.Option(help="exact, hnsw, ivfpq")] = ["exact", "hnsw"],  # noqa: B006
    seed: int = 0,
) -> harness.Report:
    """Milliseconds are medians over single queries."""
    machine = {
        "items": items,
        "queries": queries,
        "cores": os.cpu_count(),
        "threads": os.environ.get("OMP_NUM_THREADS", "all"),
        "load_at_start": round(os.getloadavg()[0], 1),
    }
    figures = machine | search_figures(items, queries, kinds, seed)
    task = f"top {TOP} by inner product, d={DIM}, version 1"
    return harness.Report("index", task, figures, {"seed": seed})


def search_figures(items: int, queries: int, kinds: list[str], seed: int) -> dict[str, Any]:
    """Latency, recall against the exact result, build time and memory of each kind."""
    vectors, queried = clustered(items, queries, seed)
    truth = [set(nearest(vectors, query, TOP).tolist()) for query in queried]
    figures: dict[str, Any] = {"bandwidth_floor_ms": round(_floor_ms(vectors), 2)}
    for kind in kinds:
        start = time.perf_counter()
        search = _search(kind, vectors)
        built = time.perf_counter() - start
        rows: list[set[int]] = []
        times = [
            harness.milliseconds(lambda query=query: rows.append(set(search(query).tolist())))  # type: ignore[misc]  # noqa: B023
            for query in queried
        ]
        shared = [len(own & found) for own, found in zip(truth, rows, strict=True)]
        figures[kind] = {
            **harness.quantiles(times, {"median_ms": 0.5, "p95_ms": 0.95}, digits=2),
            "recall@100": round(float(np.mean(shared)) / TOP, 4),
            "build_seconds": round(built, 1),
            "peak_memory_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
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
    if kind not in ("hnsw", "ivfpq"):
        raise InputError(f"unknown kind {kind!r}; available: exact, hnsw, ivfpq")
    settings = IndexSettings(kind=kind)  # type: ignore[arg-type]
    index = FaissIndex.build([str(row) for row in range(len(vectors))], vectors, settings)
    return lambda query: index.search(query, TOP)


def _floor_ms(vectors: Floats, times: int = 15) -> float:
    """The fastest of several parallel reads of the whole matrix, in milliseconds."""
    shares = np.array_split(vectors.reshape(-1), os.cpu_count() or 1)
    with ThreadPoolExecutor(len(shares)) as pool:
        return min(
            harness.milliseconds(lambda: list(pool.map(lambda own: np.dot(own, own), shares)))
            for _ in range(times)
        )


if __name__ == "__main__":
    harness.run(measure)
