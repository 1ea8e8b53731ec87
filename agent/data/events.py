"""`Event`, one interaction of a user with an item, and what may stand in one."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

import polars as pl

from shelftalker.errors import InputError

Kind = Literal["view", "click", "play", "rating", "like", "dislike", "purchase", "skip"]

KINDS: tuple[Kind, ...] = get_args(Kind)
EVENT_COLUMNS = {
    "user": pl.String,
    "item": pl.String,
    "kind": pl.String,
    "value": pl.Float64,
    "time": pl.Float64,
}
"""Of a frame of events."""


@dataclass(frozen=True, slots=True)
class Event:
    """One interaction of a user with an item. `time`: Unix seconds; `value`: stars, plays, …"""

    user: str
    item: str
    kind: Kind
    value: float | None = None
    time: float = 0.0

    @property
    def sign(self) -> int:
        """1: the user liked the item, -1: disliked or skipped it, 0: unknown. Ratings, which are
        scaled to five stars on import, are likes from 4 on and dislikes up to 2."""
        if self.kind == "rating":
            stars = self.value if self.value is not None else 3.0
            return 1 if stars >= 4 else -1 if stars <= 2 else 0
        return {"like": 1, "purchase": 1, "play": 1, "dislike": -1, "skip": -1}.get(self.kind, 0)


def checked(event: Event) -> Event:
    """The event. Raises `InputError` for an unknown kind or a number that is not finite."""
    if event.kind not in KINDS:
        raise InputError(bad_kind(event.kind))
    if not math.isfinite(event.time) or not math.isfinite(event.value or 0.0):
        raise InputError(
            f"event of user {event.user!r} on item {event.item!r} has time {event.time} and value "
            f"{event.value}; both must be finite numbers"
        )
    return event


def bad_kind(kind: str) -> str:
    """The sentence about an unknown kind of event."""
    return f"{kind!r} is not a kind of event; use one of {', '.join(KINDS)}"
