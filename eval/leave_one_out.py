"""Next-item ranking with a leave-one-out split by time.

A user's last event is the test, the last but one the validation. The full catalogue is ranked
without the items of the user's history; the final fit is on all but the test events.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.errors import InputError
from shelftalker.eval.metrics.ranking import Ranks, target_ranks
from shelftalker.scorer.base import Floats

Score = Callable[[Sequence[Sequence[Event]]], Floats]
"""Histories to scores, float32 [users, items], without a mask."""


@dataclass(frozen=True, slots=True)
class Split:
    """One leave-one-out split. `train` is every event but the held-out ones."""

    train: list[Event]
    histories: list[list[Event]]
    targets: list[Event]


def leave_one_out(events: Sequence[Event], min_history: int = 1) -> Split:
    """Hold out the last event of every user who then still has `min_history` events."""
    return leave_last(events, 1, min_history)


def leave_last(events: Sequence[Event], count: int, min_history: int | None = None) -> Split:
    """Hold out the last `count` events of every user with at least `min_history` events before them
    (None: `count` + 1). Each is a test with all of its user's earlier events as the history."""
    least = count + 1 if min_history is None else min_history
    train: list[Event] = []
    histories: list[list[Event]] = []
    targets: list[Event] = []
    for own in by_user(events).values():
        first = len(own) - count
        if first < least:
            train += own
            continue
        train += own[:first]
        histories += [own[:at] for at in range(first, len(own))]
        targets += own[first:]
    return Split(train, histories, targets)


def by_user(events: Sequence[Event]) -> dict[str, list[Event]]:
    """Each user's events, oldest first; equal times keep their order in the log."""
    users: dict[str, list[Event]] = {}
    for event in events:
        users.setdefault(event.user, []).append(event)
    return {user: sorted(own, key=lambda event: event.time) for user, own in users.items()}


def five_core(events: Sequence[Event], least: int = 5) -> list[Event]:
    """The largest part of the log in which every user and item has at least `least` events."""
    kept = list(events)
    while True:
        users, items = Counter(e.user for e in kept), Counter(e.item for e in kept)
        core = [e for e in kept if users[e.user] >= least and items[e.item] >= least]
        if len(core) == len(kept):
            return core
        kept = core


def rank_targets(score: Score, split: Split, catalog: Catalog) -> Ranks:
    """Rank of every target among all items outside its history, float64 [users]. Raises
    `InputError` without a test event."""
    if not split.targets:
        raise InputError(
            "the split holds no test event; give a log with two events or more per user"
        )
    parts = np.array_split(np.arange(len(split.targets)), 1 + len(split.targets) // 512)
    return np.concatenate([_ranks(score, split, catalog, rows) for rows in parts])


def _ranks(score: Score, split: Split, catalog: Catalog, users: Sequence[int]) -> Ranks:
    histories = [split.histories[user] for user in users]
    scores = np.array(score(histories), np.float64)
    targets = np.array([catalog.row(split.targets[user].item) for user in users])
    for row, history in enumerate(histories):
        scores[row, catalog.rows([event.item for event in history])] = -np.inf
    return target_ranks(scores, targets)
