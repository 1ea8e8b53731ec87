"""Time split of a log for training: stretches to make examples of, each with a scorer fitted on the
events before it.

The last stretch is validation, so no training example is newer than it; events newer than its end
are left for the gate.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.data.progress import Progress
from shelftalker.errors import DataError
from shelftalker.scorer.base import Encoder
from shelftalker.scorer.two_tower import TwoTowerScorer

MIN_HISTORY = 3


@dataclass(frozen=True, slots=True)
class Moment:
    """An event, and its user's earlier events, oldest first."""

    history: list[Event]
    target: Event


@dataclass(frozen=True)
class TimeSplit:
    """`events`: those before the end, by time. `edges`: start times of the stretches, and the end
    of the last one. `newer`: number of events left out."""

    events: list[Event]
    edges: list[float]
    newer: int

    @classmethod
    def of(cls, events: Sequence[Event], cuts: Sequence[float], end: float = 0.93) -> "TimeSplit":
        """Cut a log at shares of its events by time. The first scorer is fitted on the events
        before the first cut; those from the last cut to `end` are validation. Raises `DataError`
        if the log is too short or has too few distinct times."""
        whole = sorted(events, key=lambda event: event.time)
        edges = _edges(whole, (*cuts, end))
        known = [event for event in whole if event.time < edges[-1]]
        return cls(known, edges, len(whole) - len(known))

    @property
    def until(self) -> float:
        """Time of the newest event used."""
        return self.events[-1].time

    def stretches(self) -> list[tuple[float, float]]:
        """Start and end of each; the last one is validation."""
        return list(pairwise(self.edges))

    def scorers(
        self, catalog: Catalog, encoder: Encoder, *, seed: int = 0, progress: Progress | None = None
    ) -> list[TwoTowerScorer]:
        """One per stretch, fitted on the events before it."""
        return [
            TwoTowerScorer.fit(catalog, earlier, encoder, seed=seed, progress=progress)
            for start in self.edges[:-1]
            if (earlier := [event for event in self.events if event.time < start])
        ]


def moments(
    ordered: Sequence[Event],
    stretch: tuple[float, float],
    catalog: Catalog,
    reason_of: Callable[[Event], str],
    counts: Counter[str],
    random: np.random.Generator,
) -> list[Moment]:
    """Events of a stretch that can be a target, in random order; the others are counted by reason.
    `reason_of`: why one kind of example cannot have an event as its target; empty if it can."""
    start, end = stretch
    past: dict[str, list[Event]] = {}
    usable: list[Moment] = []
    for event in ordered:
        if event.time >= end:
            break
        own = past.setdefault(event.user, [])
        if event.time >= start:
            reason = _drop_reason(event, own, catalog) or reason_of(event)
            counts[reason or "usable"] += 1
            if not reason:
                usable.append(Moment(list(own), event))
        own.append(event)
    random.shuffle(usable)
    return usable


def _drop_reason(event: Event, history: Sequence[Event], catalog: Catalog) -> str:
    """The reasons that hold for every kind of example."""
    if event.item not in catalog:
        return "dropped: not in the catalogue"
    if len(history) < MIN_HISTORY:
        return "dropped: short history"
    if any(event.item == earlier.item for earlier in history):
        return "dropped: seen before"
    return ""


def _edges(ordered: Sequence[Event], shares: Sequence[float]) -> list[float]:
    """The times of the cuts; a share of 1 is after the last event."""
    if len(ordered) < 10 * len(shares):
        raise DataError(
            f"the log holds {len(ordered)} events; training an adapter needs hundreds of them"
        )
    times = np.array([event.time for event in ordered])
    after = float(np.nextafter(times[-1], np.inf))
    edges = [float(times[int(s * len(times))]) if s < 1 else after for s in shares]
    if len({times[0], *edges}) < len(edges) + 1:
        raise DataError("the log's events have too few different times to be split by time")
    return edges
