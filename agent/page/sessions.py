"""Whose conversation a browser tab or an API client has; an idle one ends, a closed one at once."""

import time
from collections.abc import Callable

from shelftalker.conversation.assistant import Assistant
from shelftalker.conversation.state import Conversation


class Sessions:
    """Conversations by session. Lives on the page's event loop; holds nothing longer than `ttl`
    seconds after its last use, nor more than `most` at once."""

    def __init__(
        self,
        assistant: Assistant,
        ttl: float,
        most: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._assistant, self._ttl, self._most, self._clock = assistant, ttl, most, clock
        self._held: dict[str, Conversation] = {}

    def __len__(self) -> int:
        return len(self._held)

    def get(self, session: str) -> Conversation | None:
        """The session's conversation, if it has one."""
        self._sweep()
        return self._held.get(session)

    def of(
        self,
        session: str,
        user: str | None = None,
        domain: str | None = None,
        language: str | None = None,
    ) -> Conversation:
        """The session's conversation; another user ("" is a new visitor) or domain begins a new one
        in its place. Raises `InputError`."""
        self._sweep()
        held = self._held.get(session)
        if held is None or not _continues(held, user, domain):
            begun = self._assistant.begin(user or "", domain, language)
            self.drop(session)
            held = begun
        held.language, held.touched = language, self._clock()
        self._held.pop(session, None)
        self._held[session] = held  # the last used stands last
        return held

    def drop(self, session: str) -> None:
        """Forget a session; what is being written for it stops."""
        held = self._held.pop(session, None)
        if held is not None:
            held.stop()

    def _sweep(self) -> None:
        oldest = self._clock() - self._ttl
        late = [key for key, held in self._held.items() if held.touched < oldest]
        surplus = list(self._held)[: max(0, len(self._held) + 1 - self._most)]
        for key in {*late, *surplus}:
            self.drop(key)


def _continues(held: Conversation, user: str | None, domain: str | None) -> bool:
    same = user is None or user == held.user or (not user and held.is_visitor)
    return same and (not domain or domain == held.domain)
