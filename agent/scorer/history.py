"""A history as the scorer reads it: item rows and what kind of event each was, oldest first."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.scorer.base import Floats

TAKEN, LOW_RATING, REFUSED = 1, 0, -1


@dataclass(frozen=True, slots=True)
class HistoryRows:
    """Item rows int64 [events], and for each TAKEN, LOW_RATING or REFUSED, int8 [events]."""

    rows: npt.NDArray[np.int64]
    kinds: npt.NDArray[np.int8]

    def weights(self, low_rating: float) -> Floats:
        """Signed weights before any decay, float32 [events].

        A dislike or a skip pushes away. A low rating weighs what validation found: who rated a
        film two stars still chose to watch it.
        """
        known = np.array([low_rating, 1.0, -1.0], np.float32)  # by kind: 0, 1, -1
        weights: Floats = known[self.kinds]
        return weights

    def sequence(self, low_rating: float) -> npt.NDArray[np.int64]:
        """The rows that speak for the user, in order: what f pools."""
        rows: npt.NDArray[np.int64] = self.rows[self.weights(low_rating) > 0]
        return rows

    def __getitem__(self, events: slice) -> "HistoryRows":
        return HistoryRows(self.rows[events], self.kinds[events])


def read(history: Sequence[Event], catalog: Catalog) -> HistoryRows:
    """Read a history; items the catalogue does not hold are left out."""
    held = [event for event in history if event.item in catalog]
    rows = np.array([catalog.row(event.item) for event in held], np.int64)
    return HistoryRows(rows, np.array([_kind(event) for event in held], np.int8))


def without(history: Sequence[Event], item_id: str) -> list[Event]:
    """The history less every event of one item."""
    return [event for event in history if event.item != item_id]


def _kind(event: Event) -> int:
    if event.sign >= 0:
        return TAKEN
    return LOW_RATING if event.kind == "rating" else REFUSED
