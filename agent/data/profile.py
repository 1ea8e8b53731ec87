"""`Profile`: the history of one user and the filters of the current request."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from shelftalker.data.events import Event
from shelftalker.data.filters import Filter


@dataclass(frozen=True, slots=True)
class Profile:
    """The known state of one user in one domain. `history`: events, oldest first. `now`: the user
    is here now, and not right after the history, as one whose next event is held out."""

    user: str
    history: tuple[Event, ...] = ()
    filters: tuple[Filter, ...] = ()
    now: bool = False

    @classmethod
    def of(cls, user: str, events: Sequence[Event]) -> "Profile":
        """A profile from a user's events in any order."""
        return cls(user, tuple(sorted(events, key=lambda event: event.time)))

    def without(self, items: Container[str]) -> "Profile":
        """The profile without the events of those items."""
        return replace(self, history=tuple(e for e in self.history if e.item not in items))

    @property
    def seen(self) -> list[str]:
        """Ids of all items in the history, each once, by first event; not recommended again."""
        return list(dict.fromkeys(event.item for event in self.history))

    @property
    def liked(self) -> list[Event]:
        """The last event of each item, where it is a like, latest first."""
        last = {event.item: event for event in self.history}
        ordered = sorted(last.values(), key=lambda event: -event.time)
        return [event for event in ordered if event.sign > 0]
