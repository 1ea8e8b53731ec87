"""Ranking of the full catalogue for every tested user, and checks for leakage.

The checks find a scorer that looks users up by id, returns items of the history, or has figures too
good for an honest scorer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.errors import EvaluationError, InputError
from shelftalker.eval.metrics.ranking import Metric, Ranks, target_ranks
from shelftalker.eval.splits import HeldOut
from shelftalker.scorer.base import Floats
from shelftalker.scorer.index import top_k
from shelftalker.scorer.two_tower import TwoTowerScorer

Score = Callable[[Sequence[Sequence[Event]]], Floats]
"""Histories to scores, float32 [users, items], without a mask."""
Rows = npt.NDArray[np.bool_] | list[int] | slice
"""Rows of a catalogue: bool [items], or their numbers."""
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


def rank_all(
    score: Score,
    held: HeldOut,
    catalog: Catalog,
    k: int = 10,
    *,
    keep_seen: bool = False,
    among: Rows = slice(None),
) -> Ranking:
    """Rank the full catalogue, or the rows `among`, without the user's history unless `keep_seen`.
    Raises `InputError` without a test event, for scores of another shape or with NaN, and if a test
    item is not in the catalogue."""
    if not held.targets:
        raise InputError(
            "the split holds no test event; give a log with two events or more per user"
        )
    parts = []
    for start in range(0, len(held.targets), USERS_PER_BLOCK):
        block = held.part(range(len(held.targets))[start : start + USERS_PER_BLOCK])
        scores = np.array(score(block.histories), np.float64)
        ranked = _rank(scores, block, catalog, k, keep_seen, among)
        parts.append(replace(ranked, users=ranked.users + start))
    names = ("ranks", "users", "lists", "candidates")
    return Ranking(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _rank(
    scores: Ranks, held: HeldOut, catalog: Catalog, k: int, keep_seen: bool, among: Rows
) -> Ranking:
    if scores.shape != (len(held.targets), len(catalog)) or np.isnan(scores).any():
        holes = " with NaN" if np.isnan(scores).any() else ""
        raise InputError(
            f"the scorer gave {scores.shape} scores{holes}; "
            f"it must give one number for each of {len(held.targets)} users and {len(catalog)} "
            "items"
        )
    left_out = np.ones(len(catalog), bool)
    left_out[among] = False
    scores[:, left_out] = -np.inf
    lists = np.full((len(scores), k), -1, np.int64)
    for row, history in enumerate(held.histories):
        if not keep_seen:
            scores[row, catalog.rows([event.item for event in history])] = -np.inf
        best = top_k(scores[row].astype(np.float32), k, np.isfinite(scores[row]))
        lists[row, : len(best)] = best
    users = np.array([row for row, own in enumerate(held.targets) for _ in own], np.int64)
    targets = np.array([catalog.row(event.item) for own in held.targets for event in own])
    return Ranking(target_ranks(scores[users], targets), users, lists, np.isfinite(scores).sum(1))


def check_lists(lists: Sequence[Sequence[str]], histories: Sequence[Sequence[Event]]) -> None:
    """Raises `EvaluationError` if a list shows an item of the history, or an item twice."""
    for shown, history in zip(lists, histories, strict=True):
        if seen := {event.item for event in history} & set(shown):
            raise EvaluationError(
                f"user {history[0].user!r} is shown item {min(seen)!r}, which is in the history; "
                "a scorer must leave out what its user has seen"
            )
        if len(set(shown)) < len(shown):
            raise EvaluationError(f"a list shows an item twice: {', '.join(shown)}")


def check_scorer(scorer: TwoTowerScorer, held: HeldOut) -> None:
    """Raises `EvaluationError` if our own scorer was trained on more events than lie before the
    test, or lists what some of the users have seen."""
    trained_on = int(scorer.weights.card["counts"]["events"])
    if trained_on > len(held.train):
        raise EvaluationError(
            f"leakage: the scorer was trained on {trained_on} events, but only {len(held.train)} "
            "lie before the test; fit one on the training part"
        )
    histories = held.histories[:PROBED_USERS]
    check_lists([[s.item_id for s in scorer.shortlist(h, n=10)] for h in histories], histories)


def check_score(score: Score, held: HeldOut) -> None:
    """Raises `EvaluationError` if a history is scored differently under another user id."""
    histories = [history for history in held.histories if history][:PROBED_USERS]
    if not histories:
        return
    renamed = [
        [replace(event, user=f"visitor {row}") for event in history]
        for row, history in enumerate(histories)
    ]
    if not np.allclose(score(histories), score(renamed), rtol=1e-4, atol=1e-5):
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
