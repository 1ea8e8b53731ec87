"""`PageController`: opens a tab's conversation, runs its turns, redraws what changes. `Sessions`
holds the conversations of browser tabs; idle ones end after a timeout."""

import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from functools import cached_property
from pathlib import Path

import gradio as gr

from shelftalker.conversation.assistant import Assistant
from shelftalker.conversation.state import Conversation, Turn
from shelftalker.errors import ShelftalkerError
from shelftalker.page.redraw import Parts, Redraw
from shelftalker.recommender import Recommender

NEW = "new here"
AS_WRITTEN = "same as my message"
LANGUAGES = {AS_WRITTEN: None, "English": "en", "中文": "zh"}
LOGIN = "visitor="
"""Before the name of a user who is logged in; a login that is only this is a new visitor's."""
PAGE_LANGUAGES = ("en", "zh", "de")
MAX_USERS = 12
"""Known users offered in the picker."""


class PageController:
    """Connects the widgets of one page with its recommender; `sessions` holds the conversations.
    `demo`: anybody may choose any user; else the login says who it is, or it is a new visitor."""

    def __init__(self, recommender: Recommender, demo: bool = True) -> None:
        self.recommender, self.demo = recommender, demo
        self.assistant = Assistant(recommender)
        minutes = recommender.workspace.settings.chat.session_minutes
        self.sessions = Sessions(self.assistant, 60 * minutes)

    def open(self, request: gr.Request, user: str, domain: str, language: str) -> Conversation:
        """The conversation of the tab that sent a request. Raises `InputError`."""
        name = "" if user == NEW else user
        if not self.demo:  # what a browser says about its user counts for nothing
            name = (request.username or "").removeprefix(LOGIN)
        spoken = browser_language(request.headers)
        return self.sessions.of(session_of(request), name, domain, LANGUAGES.get(language), spoken)

    def say(self, conversation: Conversation, message: str) -> AsyncGenerator[Parts, None]:
        """What a message's turn changes on the page, while it changes."""
        return self._follow(conversation, self.assistant.say(conversation, message))

    async def show(self, conversation: Conversation, file: str) -> AsyncGenerator[Parts, None]:
        """What the turn of a picture changes on the page; the uploaded file is deleted."""
        try:
            async for parts in self._follow(
                conversation, self.assistant.show(conversation, Path(file))
            ):
                yield parts
        finally:
            Path(file).unlink(missing_ok=True)

    def press(
        self, conversation: Conversation, button: str, value: str
    ) -> AsyncGenerator[Parts, None]:
        """What a button's turn changes on the page, while it changes."""
        return self._follow(conversation, self.assistant.press(conversation, button, value))

    async def _follow(
        self, conversation: Conversation, turns: AsyncGenerator[Turn, None]
    ) -> AsyncGenerator[Parts, None]:
        redraw, turn = Redraw(self.recommender, conversation, conversation.spoken), None
        async with contextlib.aclosing(turns):
            try:
                async for turn in turns:
                    if parts := await redraw(turn):
                        yield parts
            except ShelftalkerError as error:
                turn = Turn("", "ask", conversation.situation(), str(error), progress="done")
        if parts := await redraw(turn):
            yield parts
        if parts := await redraw.offers():
            yield parts

    async def draw(self, conversation: Conversation) -> Parts:
        """The whole page for a conversation as it is now."""
        redraw = Redraw(self.recommender, conversation)
        return {**await redraw(), **await redraw.offers()}

    @cached_property
    def users(self) -> list[str]:
        """A few known users to try the page as; none where a login says who it is."""
        name = self.recommender.domain().name
        known = self.recommender.workspace.events.users(name) if self.demo else []
        step = max(1, len(known) // MAX_USERS)
        return known[::step][:MAX_USERS]


def browser_language(headers: Mapping[str, str]) -> str:
    """The first language that a browser asks for and the pages have; English without one."""
    asked = [one.strip()[:2].lower() for one in headers.get("accept-language", "").split(",")]
    return next((language for language in asked if language in PAGE_LANGUAGES), "en")


def session_of(request: gr.Request) -> str:
    """Which tab or client asks; Gradio gives each a secret name."""
    return request.session_hash or ""


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
