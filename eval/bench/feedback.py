"""Latency of a feedback event and of the next shortlist, which reflects it.

python -m shelftalker.eval.bench.feedback --items 10000 --out feedback.json

A synthetic catalogue, a scorer fitted on a synthetic log, and a `Recommender` without an LLM. Each
repeat records a like of the next user's first item, asks again, and checks that the item is gone
and that the scores of others changed. The floor is one product of a vector with the item vectors
that a shortlist must read.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.errors import EvaluationError
from shelftalker.eval.bench.options import script_parser, show, write
from shelftalker.eval.result import command, commit
from shelftalker.learning.fit import fit
from shelftalker.recommender import Recommender
from shelftalker.scorer.loading import load_scorer
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.store.workspace import Workspace
from shelftalker.types import Scored

KINDS = ("lamp", "kettle", "rug", "novel", "guitar", "tent", "jacket", "drill", "puzzle", "scarf")
LOOKS = ("red", "walnut", "tiny", "folding", "vintage", "silent", "striped", "heavy", "soft")
USERS, HISTORY = 200, 20


@dataclass(frozen=True)
class Timings:
    """Milliseconds of each repeat."""

    feedback: list[float]
    shortlist: list[float]

    def figures(self) -> dict[str, dict[str, float]]:
        """Median and 95th percentile of each step, and of both together."""
        whole = np.add(self.feedback, self.shortlist).tolist()
        named = {"feedback": self.feedback, "shortlist": self.shortlist, "both": whole}
        return {name: _quantiles(values) for name, values in named.items()}


def main() -> None:
    """Print the figures and write them where asked."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder) / "ws", options.items)
        with Recommender.open(Path(folder) / "ws", engine="none") as recommender:
            timed = measure(recommender, options.repeat)
        with Workspace.open(Path(folder) / "ws") as workspace:
            floor = floor_ms(load_scorer(workspace, "goods"))
    report: dict[str, Any] = {
        "task": "a feedback event and the next shortlist, milliseconds",
        "version": 1,
        "items": options.items,
        "n": options.repeat,
        **timed.figures(),
        "floor": floor,
        "commit": commit(),
        "command": command(),
    }
    print(json.dumps(report, indent=2))
    if options.out:
        write(report, options.out)


def build(path: Path, items: int, history: int = HISTORY) -> None:
    """Make a workspace with synthetic items, `history` events per user, and a fitted scorer."""
    with Workspace.create(path, default_domain="goods") as workspace:
        workspace.add_domain("goods")
        texts = [f"{look} {kind}" for look in LOOKS for kind in KINDS]
        goods = (Item(str(n), texts[n % len(texts)]) for n in range(items))
        workspace.write_catalog("goods", Catalog.of(goods))
        rng = np.random.default_rng(0)
        drawn = np.minimum(rng.zipf(1.2, (USERS, history)), items) - 1
        workspace.events.extend(
            "goods",
            [
                Event(f"u{user}", str(item), "like", time=float(step))
                for user, row in enumerate(drawn)
                for step, item in enumerate(row)
            ],
        )
        fit(workspace, "goods", progress=show)


def measure(recommender: Recommender, repeat: int) -> Timings:
    """Time `repeat` events. Raises `EvaluationError` if a shortlist does not reflect its event."""
    timed = Timings([], [])
    recommender.shortlist("u0")  # warm-up
    for n in range(repeat):
        user = f"u{n % USERS}"
        before = recommender.shortlist(user)
        liked = before[0].item_id
        milliseconds, _ = _timed(lambda: recommender.feedback(user, liked, "like"))  # noqa: B023
        timed.feedback.append(milliseconds)
        milliseconds, after = _timed(lambda: recommender.shortlist(user))  # noqa: B023
        timed.shortlist.append(milliseconds)
        _check(before, after)
    return timed


def floor_ms(scorer: TwoTowerScorer) -> float:
    """Median milliseconds of one product over the vectors that a shortlist reads, g(y) and text."""
    vectors = scorer.side.vectors
    assert vectors is not None
    matrix = np.hstack([vectors, scorer.side.centred])
    query = np.ones(matrix.shape[1], np.float32)
    return _quantiles([_timed(lambda: matrix @ query)[0] for _ in range(50)])["median"]


def _check(before: Sequence[Scored], after: Sequence[Scored]) -> None:
    logits = {one.item_id: one.logit for one in after}
    if before[0].item_id in logits:
        raise EvaluationError(
            f"the shortlist still holds {before[0].item_id}, which was just liked"
        )
    if all(logits.get(one.item_id, one.logit) == one.logit for one in before[1:]):
        raise EvaluationError("a like changed the score of no other item")


def _timed(act: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = act()
    return 1000 * (time.perf_counter() - start), result


def _quantiles(values: Sequence[float]) -> dict[str, float]:
    median, high = np.quantile(values, [0.5, 0.95]).tolist()
    return {"median": round(median, 3), "p95": round(high, 3)}


def _options() -> argparse.Namespace:
    parser = script_parser(__doc__)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=200)
    parser.add_argument("--out", type=Path, help="also write the figures into this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
