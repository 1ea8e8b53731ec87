"""A user's history as arrays: item rows and the kind of each event, oldest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, overload

import numpy as np
import numpy.typing as npt

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.scorer.base import Floats, Mask, Rows

TAKEN, LOW_RATING, REFUSED, CONSUMED, BROWSED = 1, 0, -1, 2, 3
REPEATED, LOOKS = ("purchase", "play"), ("view", "click")
KEPT = 256
"""Histories that a `HistoryReader` keeps."""
Grades = tuple[float, float]
"""The weights of a low rating, and of a view or click."""


@dataclass(frozen=True, slots=True)
class HistoryRows:
    """Item rows int64 [events], and for each TAKEN, LOW_RATING, REFUSED, CONSUMED or BROWSED, int8
    [events]. A purchase or play is CONSUMED; a second one of the same item and time is TAKEN. A
    view or click is BROWSED. `times` float64 [events]: Unix seconds."""

    rows: Rows
    kinds: npt.NDArray[np.int8]
    times: npt.NDArray[np.float64]

    def weights(self, grades: Grades = (1.0, 1.0)) -> Floats:
        """Signed weights before any decay, float32 [events].

        A dislike or a skip counts -1. `grades`, fitted on validation, are those of a low rating, as
        who rated a film with two stars still chose to watch it, and of a view or click.
        """
        low_rating, browsed = grades
        known = np.array([low_rating, 1.0, 1.0, browsed, -1.0], np.float32)  # by kind; -1 is last
        return known[self.kinds]

    def sequence(self, grades: Grades = (1.0, 1.0)) -> Rows:
        """The rows with positive weight, in order, not copied where that is all: the input of f."""
        kept = self.weights(grades) > 0
        return self.rows if kept.all() else self.rows[kept]

    def without(self, row: int) -> "HistoryRows":
        """The history without the events of one item."""
        return self[self.rows != row]

    def __getitem__(self, events: slice | Mask) -> "HistoryRows":
        return HistoryRows(self.rows[events], self.kinds[events], self.times[events])


class Histories(Sequence[HistoryRows]):
    """The histories of many users as columns of all their events. One is made when it is asked for:
    an object a user would take more memory than the events."""

    def __init__(self, events: HistoryRows, starts: Rows, ends: Rows) -> None:
        self._events, self._starts, self._ends = events, starts, ends

    @classmethod
    def of(cls, histories: Sequence[HistoryRows]) -> Self:
        """From histories of their own, at least one."""
        ends = np.cumsum([len(one.rows) for one in histories])
        columns = ([getattr(one, name) for one in histories] for name in ("rows", "kinds", "times"))
        return cls(HistoryRows(*map(np.concatenate, columns)), np.append(0, ends[:-1]), ends)

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, user: int) -> HistoryRows: ...
    @overload
    def __getitem__(self, user: slice) -> "Histories": ...
    def __getitem__(self, user: int | slice) -> "HistoryRows | Histories":
        starts, ends = self._starts[user], self._ends[user]
        if isinstance(user, slice):
            return Histories(self._events, starts, ends)
        return self._events[starts:ends]

    def first(self, lengths: Rows) -> "Histories":
        """As many of each user's first events as `lengths`, int64 [users], says."""
        return Histories(self._events, self._starts, self._starts + lengths)

    @property
    def lengths(self) -> Rows:
        """How many events each user has, int64 [users]."""
        return self._ends - self._starts


def read(history: Sequence[Event], catalog: Catalog) -> HistoryRows:
    """Convert a history; items that the catalogue does not hold are left out."""
    known = [event for event in history if event.item in catalog]
    rows = np.array([catalog.row(event.item) for event in known], np.int64)
    times = np.array([event.time for event in known], np.float64)
    kinds = np.array([kind_of(event) for event in known], np.int8)
    return HistoryRows(rows, once(np.zeros(len(rows), np.int32), rows, times, kinds), times)


def once(
    users: npt.NDArray[np.int32],
    items: Rows,
    times: npt.NDArray[np.float64],
    kinds: npt.NDArray[np.int8],
) -> npt.NDArray[np.int8]:
    """Kinds in which one user takes an item once at a time: further units are TAKEN."""
    order = np.lexsort((items, times, users))
    same = np.ones(max(len(order) - 1, 0), bool)
    for values in (users, times, items):
        same &= np.diff(values[order]) == 0
    further = order[1:][same]
    once = kinds.copy()
    once[further[kinds[further] == CONSUMED]] = TAKEN
    return once


def kind_of(event: Event) -> int:
    """The kind of one event, as in `HistoryRows`."""
    if event.sign >= 0:
        own = CONSUMED if event.kind in REPEATED else TAKEN
        return BROWSED if event.kind in LOOKS else own
    return LOW_RATING if event.kind == "rating" else REFUSED


class HistoryReader:
    """Reads histories over one catalogue. The last tuples are kept, as one request has its history
    read several times; a list, which may be changed, is read each time."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._kept: dict[int, tuple[Sequence[Event], HistoryRows]] = {}

    def of(self, history: Sequence[Event]) -> HistoryRows:
        """As `read`."""
        last, reading = self._kept.get(id(history), (None, None))
        if reading is None or history is not last:
            reading = read(history, self._catalog)
            if isinstance(history, tuple):
                self._kept = self._kept if len(self._kept) < KEPT else {}
                self._kept[id(history)] = history, reading
        return reading

    def __reduce__(self) -> tuple[type["HistoryReader"], tuple[Catalog]]:
        """To be pickled without anybody's history."""
        return HistoryReader, (self._catalog,)
