"""Progressive validation: two models rank each batch of events before either learns from it."""

from collections import deque
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.scorer.history import read
from shelftalker.scorer.mixing import Held

ROLLING = 2000  # events that a comparison keeps
LEAST = 200  # events that it needs
NOISE = 2.0  # standard errors that a difference must exceed


class Paired:
    """NDCG@10 of a model and of a rival on the same events, the latest of them."""

    def __init__(self) -> None:
        self.pairs: deque[tuple[float, float]] = deque(maxlen=ROLLING)

    def add(self, own: npt.NDArray[np.float64], rival: npt.NDArray[np.float64]) -> None:
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
        return len(self.pairs) >= LEAST and mean > NOISE * error

    def worse(self) -> bool:
        """Whether it ranks significantly worse."""
        mean, error = self.margin()
        return len(self.pairs) >= LEAST and mean < -NOISE * error


def first_takes(
    events: Sequence[Event], histories: Mapping[str, Sequence[Event]], catalog: Catalog
) -> Held:
    """Each user's first non-negative event on an item, and the history before it."""
    pending: dict[str, list[Event]] = {}
    readings, targets = [], []
    for event in events:
        history = [*histories.get(event.user, []), *pending.get(event.user, [])]
        pending.setdefault(event.user, []).append(event)
        if event.sign >= 0 and all(event.item != old.item for old in history):
            readings.append(read(history, catalog))
            targets.append(catalog.row(event.item))
    return Held(readings, np.array(targets, np.int64))
