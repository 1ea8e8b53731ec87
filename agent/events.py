"""Who did what to which item, when: `Event`, and `EventLog`, their durable store (SQLite, WAL)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["view", "click", "play", "rating", "like", "dislike", "purchase", "skip"]
Progress = Callable[[int, int, str], None]
"""Called with steps done, steps in all, and a short text."""

KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Event:
    """One act of one user on one item. `time` is in Unix seconds; `value` e.g. stars or plays."""

    user: str
    item: str
    kind: Kind
    value: float | None = None
    time: float = 0.0

    @property
    def sign(self) -> int:
        """+1 the user liked it, -1 disliked or skipped it, 0 unknown. Ratings: the reader scales
        them to five stars; 4 and more is a like, 2 and less a dislike."""
        if self.kind == "rating":
            stars = self.value if self.value is not None else 3.0
            return 1 if stars >= 4 else -1 if stars <= 2 else 0
        return {"like": 1, "purchase": 1, "play": 1, "dislike": -1, "skip": -1}.get(self.kind, 0)
