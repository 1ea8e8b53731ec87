"""NDCG@10 of held-out events: one target per user, ranked among the items outside the history."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shelftalker.eval.metrics.ranking import ndcg
from shelftalker.scorer.base import Floats
from shelftalker.scorer.history import HistoryRows


@dataclass(frozen=True)
class Held:
    """Validation data: histories without their last event, and the item row of that event, int64
    [users]."""

    readings: list[HistoryRows]
    targets: npt.NDArray[np.int64]


def ndcg_at_10(
    scores: Floats, histories: Sequence[HistoryRows], targets: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """NDCG@10 of each target row, float64 [users]; `scores` is float [users, items].

    Ties count against the target, and a target that is in the history gets 0.
    """
    scores = scores.copy()
    for user, history in enumerate(histories):
        scores[user, history.rows] = -np.inf
    own = np.take_along_axis(scores, targets[:, None], 1)
    ranks = (scores >= own).sum(1) - 1.0
    ranks[~np.isfinite(own[:, 0])] = np.inf
    return ndcg(ranks, 10)
