"""Held-out splits of a log.

`leave-one-out`: each user's last event. `global-time`: all events after one moment, as in a shop,
so users without a history and items without events occur. `published`: the test rows that a data
set comes with (`datasets.py`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from shelftalker.data.events import Event
from shelftalker.errors import EvaluationError, InputError

SplitName = Literal["leave-one-out", "global-time", "published"]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """`train`: every event before the test; `histories` and `targets`: per test the user's known
    events, oldest first, and the held-out ones."""

    name: SplitName
    train: list[Event]
    histories: list[list[Event]]
    targets: list[list[Event]]

    @property
    def users(self) -> list[str]:
        """The tested users, in order."""
        return [own[0].user for own in self.targets]

    def sample(self, users: int | None, seed: int = 0) -> "HeldOut":
        """A random sample of the tested users; `train` stays the same."""
        if users is None or users >= len(self.targets):
            return self
        return self.part(sorted(np.random.default_rng(seed).permutation(len(self.targets))[:users]))

    def after(self, moment: float) -> "HeldOut":
        """The tested users whose held-out events are all newer; `train` stays the same."""
        newer = [min(event.time for event in own) > moment for own in self.targets]
        return self.part(np.flatnonzero(newer).tolist())

    def of_items(self, items: Collection[str]) -> "HeldOut":
        """The tests with held-out events on these items, and those alone."""
        own = [[event for event in targets if event.item in items] for targets in self.targets]
        kept = replace(self, targets=own)
        return kept.part([row for row, targets in enumerate(own) if targets])

    def part(self, rows: Sequence[int]) -> "HeldOut":
        """The tests of these rows; `train` stays the same."""
        histories = [self.histories[row] for row in rows]
        return replace(self, histories=histories, targets=[self.targets[row] for row in rows])


def hold_out(events: Sequence[Event], name: SplitName, share: float = 0.1) -> HeldOut:
    """Split a log. `share`: of the events after the moment of `global-time`.

    Raises `InputError` if there is no test event, or for a split that a log has not, and
    `EvaluationError` if a test event is in the log twice, so that it is trained on too.
    """
    if name == "published":
        raise InputError(
            "a log has no published split; name the data set that has one in the task's `data`"
        )
    held = leave_last(events) if name == "leave-one-out" else _after(events, share)
    if not held.targets:
        raise InputError(
            f"the {name} split of {len(events)} events holds no test event: leave-one-out needs a "
            "user with two events, global-time events at different times; import more of the log"
        )
    train = {(event.user, event.item, event.time) for event in held.train}
    for event in (event for own in held.targets for event in own):
        if (event.user, event.item, event.time) in train:
            raise EvaluationError(
                f"leakage: the held-out event of user {event.user!r} on item {event.item!r} is "
                "among the training events; take it out of them"
            )
    return held


def leave_last(events: Sequence[Event]) -> HeldOut:
    """Hold out the last event of every user with at least one event before it, which are the
    history."""
    held = HeldOut("leave-one-out", [], [], [])
    for own in by_user(events).values():
        if len(own) < 2:
            held.train.extend(own)
            continue
        held.train.extend(own[:-1])
        held.histories.append(own[:-1])
        held.targets.append(own[-1:])
    return held


def by_user(events: Sequence[Event]) -> dict[str, list[Event]]:
    """Each user's events, oldest first; equal times keep their order in the log."""
    users: dict[str, list[Event]] = {}
    for event in events:
        users.setdefault(event.user, []).append(event)
    return {user: sorted(own, key=lambda event: event.time) for user, own in users.items()}


def _after(events: Sequence[Event], share: float) -> HeldOut:
    """Items of the history are no test: they are not recommended."""
    times = np.sort([event.time for event in events])
    cut = times[int(len(times) * (1 - share))] if len(times) else 0.0
    held = HeldOut("global-time", [event for event in events if event.time < cut], [], [])
    for own in by_user(events).values():
        history = [event for event in own if event.time < cut]
        seen = {event.item for event in history}
        later = {event.item: event for event in reversed(own) if event.time >= cut}
        new = [event for item, event in later.items() if item not in seen]
        if new and held.train:
            held.histories.append(history)
            held.targets.append(sorted(new, key=lambda event: event.time))
    return held
