"""Progressive validation: two models rank each batch of events before either learns from it."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.scorer.base import Floats, Rows
from shelftalker.scorer.history import HistoryRows, read
from shelftalker.scorer.ndcg import ndcg_at_10
from shelftalker.scorer.parts import ItemSide
from shelftalker.scorer.weights import ScorerWeights


@dataclass
class Paired:
    """Rolling NDCG@10 of a model and of a rival on the same events, the latest `size` of them."""

    size: int
    own: deque[float] = field(init=False)
    rival: deque[float] = field(init=False)

    def __post_init__(self) -> None:
        self.own, self.rival = deque(maxlen=self.size), deque(maxlen=self.size)

    def add(self, own: Floats, rival: Floats) -> None:
        self.own.extend(own.tolist())
        self.rival.extend(rival.tolist())

    def margin(self) -> tuple[float, float]:
        """Mean difference, own less rival's, and its standard error."""
        difference = np.array(self.own) - np.array(self.rival)
        if len(difference) < 2:
            return 0.0, np.inf
        return float(difference.mean()), float(difference.std(ddof=1) / len(difference) ** 0.5)

    def better(self, least: int, noise: float) -> bool:
        """Whether the mean difference exceeds `noise` standard errors, over at least `least`
        events."""
        mean, error = self.margin()
        return len(self.own) >= least and mean > noise * error

    def worse(self, least: int, noise: float) -> bool:
        """As `better`, with the rival ahead."""
        mean, error = self.margin()
        return len(self.own) >= least and mean < -noise * error


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
