"""Ranking metrics as pure functions of ranks: recall, precision, hit rate, NDCG, MRR, MAP, mean
rank, AUC.

`ranks` float64 [pairs]: ranks of the relevant items, 0 the top; `users` int64 [pairs]: index 0…n-1
of each one's user. Without `users` every user has exactly one relevant item. The gain at rank r is
1 / log2(r + 2). Each function returns one value per user, float64 [users].
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shelftalker.errors import InputError, did_you_mean

Ranks = npt.NDArray[np.float64]
Users = npt.NDArray[np.int64]
MetricFunction = Callable[..., Ranks]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric by name, such as `ndcg@10`; `k` is None for metrics of the whole ranking."""

    name: str
    function: MetricFunction
    k: int | None


def metric(name: str) -> Metric:
    """Read `ndcg@10`. Raises `InputError` naming the nearest known metric."""
    base, _, depth = name.partition("@")
    whole = base in ("mean_rank", "auc")
    if base not in METRICS:
        hint = did_you_mean(base, METRICS)
        raise InputError(f"unknown metric {name!r}; {hint}available: {', '.join(METRICS)}")
    if whole and depth:
        raise InputError(f"metric {name!r}: {base} looks at the whole ranking; write {base!r}")
    if not whole and not re.fullmatch(r"[1-9]\d*", depth):
        raise InputError(f"metric {name!r} needs a depth, as in '{base}@10'")
    return Metric(name, METRICS[base], int(depth) if depth else None)


def target_ranks(scores: npt.NDArray[np.floating], targets: npt.NDArray[np.int64]) -> Ranks:
    """Rank of each user's target among all items, 0 the top: float64 [users].

    `scores` [users, items]: -inf for masked items. Ties count half, so a constant score ranks as
    chance does. A masked target ranks last.
    """
    own = np.take_along_axis(scores, targets[:, None], axis=1)
    above = (scores > own).sum(axis=1)
    tied = (scores == own).sum(axis=1) - 1
    ranks: Ranks = above + tied / 2
    ranks[~np.isfinite(own[:, 0])] = scores.shape[1]
    return ranks


def ndcg(ranks: Ranks, k: int = 10, users: Users | None = None) -> Ranks:
    """Discounted cumulative gain over that of the ideal order, at depth k."""
    gain = np.where(ranks < k, 1 / np.log2(ranks + 2), 0.0)
    best = np.cumsum(1 / np.log2(np.arange(k) + 2))
    values: Ranks = _sum(gain, users) / best[np.minimum(_relevant(ranks, users), k) - 1]
    return values


def recall(ranks: Ranks, k: int = 10, users: Users | None = None) -> Ranks:
    """Share of a user's relevant items in the first k."""
    return _sum(ranks < k, users) / _relevant(ranks, users)


def precision(ranks: Ranks, k: int = 10, users: Users | None = None) -> Ranks:
    """Share of the first k that is relevant."""
    return _sum(ranks < k, users) / k


def hit_rate(ranks: Ranks, k: int = 10, users: Users | None = None) -> Ranks:
    """1 if any relevant item is in the first k, else 0."""
    return np.minimum(_sum(ranks < k, users), 1.0)


def mrr(ranks: Ranks, k: int = 10, users: Users | None = None) -> Ranks:
    """Reciprocal rank of the first relevant item, 0 below depth k."""
    counts = (ranks < k) & (_order(ranks, users) == 0)
    return _sum(np.where(counts, 1 / (ranks + 1), 0.0), users)


def average_precision(ranks: Ranks, k: int = 10, users: Users | None = None) -> Ranks:
    """Mean over the relevant items of the precision at each one's rank, 0 below depth k."""
    gain = np.where(ranks < k, (_order(ranks, users) + 1) / (ranks + 1), 0.0)
    return _sum(gain, users) / _relevant(ranks, users)


def mean_rank(ranks: Ranks, users: Users | None = None) -> Ranks:
    """Mean rank of a user's relevant items, 1 the top."""
    return _sum(ranks + 1, users) / _relevant(ranks, users)


def auc(ranks: Ranks, users: Users | None = None, *, candidates: npt.ArrayLike) -> Ranks:
    """Probability that a relevant item ranks above an irrelevant one. `candidates`: number of
    ranked items, a scalar or [users]."""
    relevant = _relevant(ranks, users)
    irrelevant = np.maximum(np.asarray(candidates) - relevant, 1)
    above = _sum(ranks - _order(ranks, users), users) / relevant
    values: Ranks = np.clip(1 - above / irrelevant, 0.0, 1.0)
    return values


METRICS: dict[str, MetricFunction] = {
    "recall": recall,
    "precision": precision,
    "hit_rate": hit_rate,
    "ndcg": ndcg,
    "mrr": mrr,
    "map": average_precision,
    "mean_rank": mean_rank,
    "auc": auc,
}


def _users(ranks: npt.NDArray[Any], users: Users | None) -> Users:
    return np.arange(len(ranks)) if users is None else users


def _sum(values: npt.NDArray[Any], users: Users | None) -> Ranks:
    return np.bincount(_users(values, users), values).astype(np.float64)


def _relevant(ranks: Ranks, users: Users | None) -> npt.NDArray[np.int64]:
    return np.bincount(_users(ranks, users))


def _order(ranks: Ranks, users: Users | None) -> Ranks:
    """Number of relevant items of the same user above each one."""
    owner = _users(ranks, users)
    by_rank = np.lexsort((ranks, owner))
    sorted_owner = owner[by_rank]
    starts = np.searchsorted(sorted_owner, sorted_owner)
    order: Ranks = np.empty(len(ranks))
    order[by_rank] = np.arange(len(ranks)) - starts
    return order
