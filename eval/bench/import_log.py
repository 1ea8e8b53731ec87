"""How long a log of a million events takes to read, check and store.

python -m shelftalker.eval.bench.import_log [EVENTS]

Prints one JSON object: seconds of each step.
"""

import json
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from shelftalker.eval.bench.options import script_parser
from shelftalker.store.importing import import_files
from shelftalker.store.workspace import Workspace


def main(events: int) -> None:
    """Write a synthetic CSV log, import it into a fresh workspace, and print the times."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        items, log = _files(folder, events)
        with Workspace.create(folder / "workspace") as workspace:
            start = time.perf_counter()
            import_files(workspace, "bench", items=[items])
            items_done, cpu = time.perf_counter(), time.process_time()
            summary = import_files(workspace, "bench", events=[log])
            events_done, cpu = time.perf_counter(), time.process_time() - cpu
            import_files(workspace, "bench", events=[log])
            result = {
                "events_added": summary.events_added,
                "items_seconds": round(items_done - start, 2),
                "events_seconds": round(events_done - items_done, 2),
                "events_cpu_seconds": round(cpu, 2),
                "same_events_again_seconds": round(time.perf_counter() - events_done, 2),
            }
    print(json.dumps(result))


def _files(folder: Path, events: int) -> tuple[Path, Path]:
    """20,000 items and a log whose item counts follow a Zipf distribution."""
    draw = np.random.default_rng(0)
    items = np.arange(20_000)
    pl.DataFrame(
        {"item_id": items, "title": [f"Item number {i}" for i in items], "price": items / 100}
    ).write_csv(folder / "items.csv")
    pl.DataFrame(
        {
            "user_id": draw.integers(0, 50_000, events),
            "item_id": np.minimum(draw.zipf(1.3, events), 20_000) - 1,
            "rating": draw.integers(1, 6, events),
            "timestamp": 1_500_000_000 + np.arange(events),
        }
    ).write_csv(folder / "events.csv")
    return folder / "items.csv", folder / "events.csv"


if __name__ == "__main__":
    parser = script_parser(__doc__)
    parser.add_argument("events", type=int, nargs="?", default=1_000_000)
    main(parser.parse_args().events)
