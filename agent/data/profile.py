"""One user's taste state: the history of events, and what the user said or ruled out."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from shelftalker.data.events import Event
from shelftalker.data.filters import Filter


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of one user in one domain. `history` is ordered, oldest first."""

    user: str
    history: tuple[Event, ...] = ()
    filters: tuple[Filter, ...] = ()

    @classmethod
    def of(cls, user: str, events: Sequence[Event]) -> "Profile":
        """A profile from a user's events in any order."""
        return cls(user, tuple(sorted(events, key=lambda event: event.time)))

    def without(self, items: Container[str]) -> "Profile":
        """The profile as if nothing had happened with those items."""
        return replace(self, history=tuple(e for e in self.history if e.item not in items))

    @property
    def seen(self) -> list[str]:
        """Ids the user has dealt with, not to be recommended again, oldest first, each once."""
        return list(dict.fromkeys(event.item for event in self.history))

    @property
    def liked(self) -> list[Event]:
        """The last event of each item whose last event is a like, most recent first."""
        return [event for event in self._last_per_item() if event.sign > 0]

    @property
    def disliked(self) -> list[Event]:
        """The last event of each item whose last event is a dislike or a skip, latest first."""
        return [event for event in self._last_per_item() if event.sign < 0]

    def _last_per_item(self) -> list[Event]:
        last = {event.item: event for event in self.history}
        return sorted(last.values(), key=lambda event: -event.time)
