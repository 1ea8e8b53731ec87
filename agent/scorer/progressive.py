"""Progressive validation: two models rank each batch of events before either learns from it."""

from collections import deque
from collections.abc import Mapping, Sequence

import numpy as np

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.scorer.base import Floats, Rows
from shelftalker.scorer.history import HistoryRows, read
from shelftalker.scorer.ndcg import ndcg_at_10
from shelftalker.scorer.parts import ItemSide
from shelftalker.scorer.weights import ScorerWeights


class Paired:
    """NDCG@10 of a model and of a rival on the same events, the latest `size` of them. A difference
    counts where it exceeds `noise` standard errors, over at least `least` events."""

    def __init__(self, size: int, least: int, noise: float) -> None:
        self._least, self._noise = least, noise
        self.pairs: deque[tuple[float, float]] = deque(maxlen=size)

    def add(self, own: Floats, rival: Floats) -> None:
        self.pairs.extend(zip(own.tolist(), rival.tolist(), strict=True))

    def means(self) -> tuple[float, float]:
        """Of the model and of its rival; 0 without events."""
        count = max(len(self.pairs), 1)
        own, rival = sum(own for own, _ in self.pairs), sum(rival for _, rival in self.pairs)
        return own / count, rival / count

    def margin(self) -> tuple[float, float]:
        """Mean difference, own less rival's, and its standard error."""
        difference = np.array([own - rival for own, rival in self.pairs])
        if len(difference) < 2:
            return 0.0, np.inf
        return float(difference.mean()), float(difference.std(ddof=1) / len(difference) ** 0.5)

    def better(self) -> bool:
        """Whether the model ranks significantly better than its rival."""
        mean, error = self.margin()
        return len(self.pairs) >= self._least and mean > self._noise * error

    def worse(self) -> bool:
        """Whether it ranks significantly worse."""
        mean, error = self.margin()
        return len(self.pairs) >= self._least and mean < -self._noise * error


def first_takes(
    events: Sequence[Event], histories: Mapping[str, Sequence[Event]], catalog: Catalog
) -> tuple[list[HistoryRows], Rows]:
    """The rows of items with a user's first non-negative event, int64 [targets], and the history
    before each."""
    pending: dict[str, list[Event]] = {}
    readings, targets = [], []
    for event in events:
        history = [*histories.get(event.user, []), *pending.get(event.user, [])]
        pending.setdefault(event.user, []).append(event)
        if event.sign >= 0 and all(event.item != old.item for old in history):
            readings.append(read(history, catalog))
            targets.append(catalog.row(event.item))
    return readings, np.array(targets, np.int64)


def ndcg(
    side: ItemSide, weights: ScorerWeights, histories: Sequence[HistoryRows], targets: Rows
) -> Floats:
    """`ndcg_at_10` of each target by a scorer without request, float32 [targets]."""
    scores = side.logits(histories, weights.mix)
    return ndcg_at_10(scores, histories, targets).astype(np.float32)
