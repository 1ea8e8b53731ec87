"""Ranking of the full catalogue for every tested user, and checks for leakage.

The checks find a scorer that looks users up by id, returns items of the history, or has figures too
good for an honest scorer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.errors import EvaluationError, InputError
from shelftalker.eval.leave_one_out import Score
from shelftalker.eval.metrics.ranking import Metric, Ranks, target_ranks
from shelftalker.eval.splits import HeldOut
from shelftalker.scorer.base import Floats, Scorer
from shelftalker.scorer.index import top_k

USERS_PER_BLOCK = 256
PROBED_USERS = 24
IMPLAUSIBLE_HIT_RATE = 0.5
"""Share of users whose next item ranks first that no published scorer comes near."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """`ranks` float64 [pairs] and `users` int64 [pairs] of the held-out items; `lists` int64
    [users, k]: rows of the first k items, -1 as padding; `candidates` int64 [users]: items
    ranked."""

    ranks: Ranks
    users: npt.NDArray[np.int64]
    lists: npt.NDArray[np.int64]
    candidates: npt.NDArray[np.int64]

    def value(self, metric: Metric) -> Ranks:
        """One value per user, float64 [users]."""
        if metric.k is not None:
            return metric.function(self.ranks, metric.k, self.users)
        if metric.name == "auc":
            return metric.function(self.ranks, self.users, candidates=self.candidates)
        return metric.function(self.ranks, self.users)


def rank_all(score: Score, held: HeldOut, catalog: Catalog, k: int = 10) -> Ranking:
    """Rank the full catalogue without the user's history. Raises `InputError` for scores of another
    shape or with NaN, and if a test item is not in the catalogue."""
    parts = [
        _block(
            score, held, catalog, range(start, min(start + USERS_PER_BLOCK, len(held.targets))), k
        )
        for start in range(0, len(held.targets), USERS_PER_BLOCK)
    ]
    return Ranking(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("ranks", "users", "lists", "candidates")
        )
    )


def _block(score: Score, held: HeldOut, catalog: Catalog, rows: range, k: int) -> Ranking:
    histories = [held.histories[row] for row in rows]
    scores = np.array(score(histories), np.float64)
    if scores.shape != (len(rows), len(catalog)) or np.isnan(scores).any():
        holes = " with NaN" if np.isnan(scores).any() else ""
        raise InputError(
            f"the scorer gave {scores.shape} scores{holes}; "
            f"it must give one number for each of {len(rows)} users and {len(catalog)} items"
        )
    for place, history in enumerate(histories):
        scores[place, catalog.rows([event.item for event in history])] = -np.inf
    users = np.array([row for row in rows for _ in held.targets[row]], np.int64)
    targets = np.array([catalog.row(e.item) for row in rows for e in held.targets[row]])
    lists = np.full((len(rows), k), -1, np.int64)
    for place, row in enumerate(scores):
        best = top_k(row.astype(np.float32), k, np.isfinite(row))
        lists[place, : len(best)] = best
    return Ranking(
        target_ranks(scores[users - rows.start], targets),
        users,
        lists,
        np.isfinite(scores).sum(1),
    )


def check_lists(lists: Sequence[Sequence[str]], histories: Sequence[Sequence[Event]]) -> None:
    """Raises `EvaluationError` if a list shows an item of the history, or an item twice."""
    for shown, history in zip(lists, histories, strict=True):
        seen = {event.item for event in history}
        for item in shown:
            if item in seen:
                raise EvaluationError(
                    f"user {history[0].user!r} is shown item {item!r}, which is in the history; "
                    "a scorer must leave out what its user has seen"
                )
        if len(set(shown)) < len(shown):
            raise EvaluationError(f"a list shows an item twice: {', '.join(shown)}")


def check_scorer(scorer: Scorer, held: HeldOut, trained_on: int | None, k: int = 10) -> None:
    """Check our own scorer's training size, and its lists for some users.

    `trained_on`: the number of events that its card states. Raises `EvaluationError`.
    """
    if trained_on is not None and trained_on > len(held.train):
        raise EvaluationError(
            f"leakage: the scorer was trained on {trained_on} events, but only {len(held.train)} "
            "lie before the test; fit one on the training part"
        )
    histories = held.histories[:PROBED_USERS]
    lists = [[s.item_id for s in scorer.shortlist(history, n=k)] for history in histories]
    check_lists(lists, histories)


def check_score(score: Score, held: HeldOut) -> None:
    """Raises `EvaluationError` if a history is scored differently under another user id."""
    histories = [history for history in held.histories if history][:PROBED_USERS]
    if not histories:
        return
    renamed = [
        [replace(event, user=f"visitor {row}") for event in history]
        for row, history in enumerate(histories)
    ]
    known: Floats = np.asarray(score(histories))
    unknown: Floats = np.asarray(score(renamed))
    if not np.array_equal(known, np.asarray(score(histories))):
        return  # random scores
    if not np.allclose(known, unknown, rtol=1e-4, atol=1e-5):
        raise EvaluationError(
            "leakage: the scores of a history change with the user's id, so the scorer looks "
            "users up; they may depend on the history alone"
        )


def implausible(ranking: Ranking) -> str:
    """A flag if the figures are too good for an honest scorer, else empty."""
    first = np.zeros(int(ranking.users.max()) + 1, bool)
    np.logical_or.at(first, ranking.users, ranking.ranks < 1)
    if len(first) < 2 or first.mean() < IMPLAUSIBLE_HIT_RATE or np.median(ranking.candidates) < 50:
        return ""
    return (
        f"implausible: the held-out item ranks first for {first.mean():.0%} of the users; look "
        "for the test events in the scorer's training data"
    )
