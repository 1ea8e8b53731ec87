"""How long an import of a large log takes, and how much memory: python -m
shelftalker.eval.bench.importing --events 10000000"""

import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from shelftalker.eval.bench.harness import SHOP, Report, run
from shelftalker.store.importing import import_files
from shelftalker.store.workspace import Workspace


def measure(events: int = 10_000_000, items: int = 100_000, seed: int = 0) -> Report:
    """Import a CSV log of visits on items of Zipf popularity, with its catalogue."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_files(folder, events, items, seed)
        with Workspace.create(folder / "ws", default_domain=SHOP) as workspace:
            wall, cpu = time.perf_counter(), time.process_time()
            summary = import_files(workspace, SHOP, [folder / "items.csv"], [folder / "events.csv"])
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    figures = {
        "events": summary.events_added,
        "rejected": summary.rejected,
        "seconds": round(wall, 1),
        "cpu_seconds": round(cpu, 1),
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
    }
    return Report("importing", "import of a large log", figures, {"seed": seed})


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
