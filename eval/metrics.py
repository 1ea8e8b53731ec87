"""Ranking metrics of one relevant item a user: NDCG@k and Recall@k, with bootstrap intervals.

With a single relevant item at rank r (0 is the top), NDCG@k is 1 / log2(r + 2) where r < k, else 0,
and Recall@k, which is then also the hit rate, is 1 where r < k.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ranks = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over users with its 95% percentile-bootstrap interval."""

    mean: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.mean:.4f} [{self.low:.4f}, {self.high:.4f}]"


def target_ranks(scores: npt.NDArray[np.floating], targets: npt.NDArray[np.int64]) -> Ranks:
    """Rank of each user's target among all items, 0 the top: float64 [users].

    `scores` is [users, items], what must not be ranked set to -inf. Ties count half, so a constant
    score earns what chance earns. A target that is itself masked ranks last.
    """
    own = np.take_along_axis(scores, targets[:, None], axis=1)
    above = (scores > own).sum(axis=1)
    tied = (scores == own).sum(axis=1) - 1
    ranks: Ranks = above + tied / 2
    ranks[~np.isfinite(own[:, 0])] = scores.shape[1]
    return ranks


def ndcg(ranks: Ranks, k: int = 10) -> npt.NDArray[np.float64]:
    """NDCG@k of each user, float64 [users]."""
    return np.where(ranks < k, 1 / np.log2(ranks + 2), 0.0)


def recall(ranks: Ranks, k: int = 10) -> npt.NDArray[np.float64]:
    """Recall@k of each user, float64 [users]."""
    return (ranks < k).astype(np.float64)


def estimate(values: npt.NDArray[np.float64], seed: int = 0, draws: int = 1000) -> Estimate:
    """Mean over users and its 95% interval from `draws` bootstrap samples of users."""
    rng = np.random.default_rng(seed)
    means = [rng.choice(values, len(values)).mean() for _ in range(draws)]
    low, high = np.percentile(means, [2.5, 97.5])
    return Estimate(float(values.mean()), float(low), float(high), len(values))
