"""What is popular of late: the order of items for a visitor without a history.

Every event halves the weight of those a half-life before it. The half-life is chosen on those who
came to the log last, and all events count alike where that ranks what they took no worse.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from shelftalker.eval.metrics.ranking import ndcg
from shelftalker.scorer.base import Floats, Rows
from shelftalker.scorer.history import HistoryRows

HALF_LIVES = (0.3, 0.1, 0.05, 0.03)  # shares of the log
LATEST = 0.1  # of the log: its newcomers choose
FEW_NEWCOMERS = 20  # fewer choose nothing


@dataclass(frozen=True)
class RecentCounts:
    """`counts` float32 [items]: the events of each item, where an event weighs half of one that is
    `half_life` events later."""

    counts: Floats
    half_life: float

    @classmethod
    def of(cls, rows: Rows, items: int, half_life: float) -> Self:
        """Of a log's item rows, oldest first."""
        ages = np.arange(len(rows) - 1, -1, -1)
        counts = np.bincount(rows, 0.5 ** (ages / half_life), items)
        return cls(counts.astype(np.float32), half_life)

    def trend(self, counts: Rows) -> Floats:
        """Log of how much more popular each item is of late than its share of all events, `counts`
        [items], would have it; one is added to both: float32 [items]."""
        expected = counts * (self.counts.sum() / max(counts.sum(), 1))
        return np.asarray(np.log((self.counts + 1) / (expected + 1)), np.float32)

    def after(self, rows: Rows, items: int) -> Self:
        """With later events; `items`: how many there are now."""
        later = self.of(rows, items, self.half_life).counts
        later[: len(self.counts)] += self.counts * np.float32(0.5 ** (len(rows) / self.half_life))
        return type(self)(later, self.half_life)


def recent_counts(histories: Sequence[HistoryRows], items: int) -> RecentCounts | None:
    """Those of a log; None where all events count alike."""
    order = np.argsort(np.concatenate([own.times for own in histories]), kind="stable")
    rows = np.concatenate([own.rows for own in histories])[order]
    users = np.repeat(np.arange(len(histories)), [len(own.rows) for own in histories])[order]
    cut = int(len(rows) * (1 - LATEST))
    new = ~np.isin(users[cut:], users[:cut])
    pairs = np.unique(users[cut:][new] * items + rows[cut:][new])
    people, user = np.unique(pairs // items, return_inverse=True)
    if len(people) < FEW_NEWCOMERS:
        return None

    def quality(half_life: float) -> float:
        counts = RecentCounts.of(rows[:cut], items, half_life * cut).counts
        ranks = items - 1.0 - np.searchsorted(np.sort(counts), counts[pairs % items])
        return float(ndcg(ranks, 10, user).mean())

    best = max((np.inf, *HALF_LIVES), key=quality)
    return None if np.isinf(best) else RecentCounts.of(rows, items, best * len(rows))
