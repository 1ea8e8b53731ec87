"""The conversations of browser tabs and API clients, by session; idle ones end after a timeout."""

import time
from collections.abc import Callable

from shelftalker.conversation.assistant import Assistant
from shelftalker.conversation.state import Conversation


class Sessions:
    """Conversations by session. For one event loop, not thread-safe. A conversation is dropped
    `ttl` seconds after its last use, the least recently used one when there are `most`."""

    def __init__(
        self,
        assistant: Assistant,
        ttl: float,
        most: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._assistant, self._ttl, self._most, self._clock = assistant, ttl, most, clock
        self._conversations: dict[str, Conversation] = {}

    def __len__(self) -> int:
        return len(self._conversations)

    def get(self, session: str) -> Conversation | None:
        """The session's conversation, if it has one."""
        self._sweep()
        return self._conversations.get(session)

    def of(
        self,
        session: str,
        user: str | None = None,
        domain: str | None = None,
        language: str | None = None,
        spoken: str = "en",
    ) -> Conversation:
        """The session's conversation; another user ("" is a new visitor) or domain replaces it with
        a new one. `spoken` is the language that the first one begins in. Raises `InputError`."""
        self._sweep()
        conversation = self._conversations.get(session)
        if conversation is None or not _continues(conversation, user, domain):
            new = self._assistant.begin(user or "", domain, language)
            new.spoken = conversation.spoken if conversation else spoken
            self.drop(session)
            conversation = new
        conversation.language, conversation.touched = language, self._clock()
        conversation.spoken = language or conversation.spoken
        self._conversations.pop(session, None)
        self._conversations[session] = conversation  # the dict is in order of last use
        return conversation

    def drop(self, session: str) -> None:
        """Forget a session and stop the answer that is being written for it."""
        conversation = self._conversations.pop(session, None)
        if conversation is not None:
            conversation.stop()

    def _sweep(self) -> None:
        oldest = self._clock() - self._ttl
        conversations = self._conversations
        late = [key for key, value in conversations.items() if value.touched < oldest]
        surplus = list(conversations)[: max(0, len(conversations) + 1 - self._most)]
        for key in {*late, *surplus}:
            self.drop(key)


def _continues(current: Conversation, user: str | None, domain: str | None) -> bool:
    same = user is None or user == current.user or (not user and current.is_visitor)
    return same and (not domain or domain == current.domain)
