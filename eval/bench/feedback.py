"""Latency of a feedback event and of the next shortlist, which reflects it.

python -m shelftalker.eval.bench.feedback --items 10000 --out feedback.json

A synthetic catalogue, a scorer fitted on a synthetic log, and a `Recommender` without an LLM. Each
repeat records a like of the next user's first item, asks again, and checks that the item is gone
and that the scores of others changed. The floor is one product of a vector with the item vectors
that a shortlist must read.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from shelftalker.data.catalog import Item
from shelftalker.errors import EvaluationError
from shelftalker.eval.bench import harness
from shelftalker.eval.bench.harness import KINDS, LOOKS, SHOP, milliseconds, quantiles
from shelftalker.learning.fit import fit
from shelftalker.recommender import Recommender
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.store.workspace import Workspace
from shelftalker.types import Scored

USERS, HISTORY = 200, 20


def measure(items: int = 10_000, repeat: int = 200) -> harness.Report:
    """Milliseconds of each step, of both together, and of the floor."""
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder) / "ws", items)
        with Recommender.open(Path(folder) / "ws", engine="none") as recommender:
            taken = latencies(recommender, repeat)
            floor = floor_ms(recommender.domain(SHOP).scorer)
    figures = {"version": 1, "items": items, "n": repeat, **taken, "floor": floor}
    task = "a feedback event and the next shortlist, milliseconds"
    return harness.Report("feedback", task, figures)


def build(path: Path, items: int, history: int = HISTORY) -> None:
    """Make a workspace with synthetic items, `history` events per user, and a fitted scorer."""
    texts = [f"{look} {kind}" for look in LOOKS for kind in KINDS]
    goods = [Item(str(n), texts[n % len(texts)]) for n in range(items)]
    harness.make_shop(path, goods, USERS, history)
    with Workspace.open(path) as workspace:
        fit(workspace, SHOP, progress=harness.show)


def latencies(recommender: Recommender, repeat: int) -> dict[str, dict[str, float]]:
    """Median and 95th percentile of `repeat` events, of the shortlists after them, and of both
    together. Raises `EvaluationError` if a shortlist does not reflect its event."""
    taken: dict[str, list[float]] = {"feedback": [], "shortlist": []}
    recommender.shortlist("u0")  # warm-up
    for n in range(repeat):
        user, after = f"u{n % USERS}", list[Scored]()
        before = recommender.shortlist(user)

        def like(user: str = user, item: str = before[0].item_id) -> None:
            recommender.feedback(user, item, "like")

        def ask(user: str = user, after: list[Scored] = after) -> None:
            after += recommender.shortlist(user)

        taken["feedback"].append(milliseconds(like))
        taken["shortlist"].append(milliseconds(ask))
        _check(before, after)
    taken["both"] = np.add(taken["feedback"], taken["shortlist"]).tolist()
    return {name: quantiles(values, {"median": 0.5, "p95": 0.95}) for name, values in taken.items()}


def floor_ms(scorer: TwoTowerScorer) -> float:
    """Median milliseconds of one product over the vectors that a shortlist reads, g(y) and text."""
    vectors = scorer.side.vectors
    assert vectors is not None
    matrix = np.hstack([vectors, scorer.side.centred])
    query = np.ones(matrix.shape[1], np.float32)
    times = [milliseconds(lambda: matrix @ query) for _ in range(50)]
    return quantiles(times, {"median": 0.5})["median"]


def _check(before: Sequence[Scored], after: Sequence[Scored]) -> None:
    logits = {one.item_id: one.logit for one in after}
    if before[0].item_id in logits:
        raise EvaluationError(
            f"the shortlist still holds {before[0].item_id}, which was just liked"
        )
    if all(logits.get(one.item_id, one.logit) == one.logit for one in before[1:]):
        raise EvaluationError("a like changed the score of no other item")


if __name__ == "__main__":
    harness.run(measure)
