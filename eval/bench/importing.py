"""How long an import of a large log takes, and how much memory: python -m
shelftalker.eval.bench.importing --events 10000000

`--fit` then trains a scorer on it, in a process of its own, with made-up text vectors.
"""

import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import polars as pl

from shelftalker.eval.bench.harness import SHOP, Report, run
from shelftalker.eval.made_up import RandomVectors
from shelftalker.scorer.event_arrays import EventArrays
from shelftalker.scorer.settings import Training
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.store.importing import import_files
from shelftalker.store.workspace import Workspace


def measure(
    events: int = 10_000_000,
    items: int = 100_000,
    seed: int = 0,
    *,
    fit: bool = False,
    epochs: int = 2,
) -> Report:
    """Import a CSV log of visits on items of Zipf popularity, with its catalogue."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_files(folder, events, items, seed)
        with Workspace.create(folder / "ws", default_domain=SHOP) as workspace:
            wall, cpu = time.perf_counter(), time.process_time()
            summary = import_files(workspace, SHOP, [folder / "items.csv"], [folder / "events.csv"])
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        fitted = _fitted(folder / "ws", epochs) if fit else {}
    figures = {
        "events": summary.events_added,
        "rejected": summary.rejected,
        "seconds": round(wall, 1),
        "cpu_seconds": round(cpu, 1),
        "peak_gb": _peak_gb(),
        **fitted,
    }
    return Report("importing", "import of a large log", figures, {"seed": seed})


def _fitted(place: Path, epochs: int) -> dict[str, float]:
    """Seconds and peak memory of a fit in a new process, and its memory before the log is read."""
    with ProcessPoolExecutor(1, get_context("spawn")) as apart:
        return apart.submit(fit_here, place, epochs).result()


def fit_here(place: Path, epochs: int) -> dict[str, float]:
    """Fit a scorer on a workspace in this process."""
    import torch  # noqa: F401  its memory is not the log's

    with Workspace.open(place) as workspace:
        catalog = workspace.catalog(SHOP)
        before, start = _peak_gb(), time.perf_counter()
        end = workspace.events.position(SHOP)
        log = [EventArrays.read(workspace.events, SHOP, end, catalog)]
        read, read_seconds = _peak_gb(), time.perf_counter() - start
        settings = Training(epochs=epochs)
        TwoTowerScorer.fit(catalog, log.pop(), RandomVectors(), settings=settings)
    return {
        "fit_seconds": round(time.perf_counter() - start, 1),
        "fit_read_seconds": round(read_seconds, 1),
        "fit_gb_before": before,
        "fit_gb_read": read,
        "fit_gb": _peak_gb(),
    }


def _peak_gb() -> float:
    """Of this process alone: what `getrusage` tells may be of the one that started it."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    [peak] = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return round(int(peak) / 1e6, 3)


def write_files(folder: Path, events: int, items: int, seed: int) -> None:
    """The catalogue and the log: users, items, kinds and times in order."""
    drawn = np.random.default_rng(seed)
    kinds = np.array(["view", "click", "purchase"])
    log = pl.DataFrame(
        {
            "user_id": drawn.integers(0, max(events // 20, 1), events),
            "item_id": np.minimum(drawn.zipf(1.2, events), items) - 1,
            "event": kinds[drawn.choice(3, events, p=[0.9, 0.08, 0.02])],
            "timestamp": 1_700_000_000 + np.sort(drawn.integers(0, 30_000_000, events)),
        }
    )
    users, ids = (pl.format(f"{c[0]}{{}}", pl.col(c)).alias(c) for c in ("user_id", "item_id"))
    log.with_columns(users, ids).write_csv(folder / "events.csv")
    names = [f"i{number}" for number in range(items)]
    catalog = pl.DataFrame({"id": names, "title": [f"Thing {name}" for name in names]})
    catalog.write_csv(folder / "items.csv")


if __name__ == "__main__":
    run(measure)
