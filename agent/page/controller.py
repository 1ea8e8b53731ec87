"""`PageController`: between the widgets and the assistant; opens conversations and draws them."""

from collections.abc import AsyncGenerator

import gradio as gr

from shelftalker.conversation.assistant import Assistant
from shelftalker.conversation.state import Conversation, Turn
from shelftalker.conversation.taste import Chip
from shelftalker.errors import ShelftalkerError
from shelftalker.page import view
from shelftalker.page.details import details
from shelftalker.page.sessions import Sessions
from shelftalker.page.suggestions import corrections, suggestions
from shelftalker.recommender import Recommender

NEW = "new here"
AS_WRITTEN = "as I write"
LANGUAGES = {AS_WRITTEN: None, "English": "en", "中文": "zh"}
USERS = 12
"""Known users offered in the picker."""
LIKES = 6
"""Liked items of the history shown as chips."""

Drawn = tuple[str, str, str, str, bool]
"""Log, taste, status, details, and whether an answer is being written."""


class PageController:
    """One page's way to its recommender; the conversations lie in `sessions`."""

    def __init__(self, recommender: Recommender) -> None:
        self.recommender = recommender
        self.assistant = Assistant(recommender)
        minutes = recommender.workspace.settings.chat.session_minutes
        self.sessions = Sessions(self.assistant, 60 * minutes)

    def open(
        self,
        request: gr.Request | None,
        user: str | None = None,
        domain: str = "",
        language: str = "",
    ) -> Conversation:
        """The conversation of whoever sent a request; user None is whoever it was. Raises
        `InputError`."""
        name = "" if user == NEW else user
        chosen = LANGUAGES.get(language, language or None)
        return self.sessions.of(_session(request), name, domain or None, chosen)

    def held(self, request: gr.Request | None) -> Conversation:
        """The same conversation, unchanged."""
        return self.sessions.get(_session(request)) or self.open(request)

    def close(self, request: gr.Request | None) -> None:
        """A tab was closed."""
        self.sessions.drop(_session(request))

    async def said(self, conversation: Conversation, message: str) -> AsyncGenerator[Drawn, None]:
        """Drawings of a message's turn while they change."""
        async for drawn in self._follow(conversation, self.assistant.say(conversation, message)):
            yield drawn

    async def pressed(
        self, conversation: Conversation, button: str, value: str
    ) -> AsyncGenerator[Drawn, None]:
        """Drawings of a button's turn while they change."""
        turns = self.assistant.press(conversation, button, value)
        async for drawn in self._follow(conversation, turns):
            yield drawn

    async def _follow(
        self, conversation: Conversation, turns: AsyncGenerator[Turn, None]
    ) -> AsyncGenerator[Drawn, None]:
        last, turn = None, None
        try:
            async for turn in turns:
                drawn = self.draw(conversation, turn)
                if drawn != last:
                    yield (last := drawn)
        except ShelftalkerError as error:
            turn = Turn("", "ask", conversation.situation(), str(error), progress="done")
        if (drawn := self.draw(conversation, turn)) != last:
            yield drawn

    def draw(self, conversation: Conversation, turn: Turn | None = None) -> Drawn:
        """The conversation as it stands."""
        domain = self.recommender.domain(conversation.domain)
        aside = turn if turn is not None and turn not in conversation.turns else None
        history, events = self._history(conversation)
        answers = [past.answer for past in conversation.turns if past.answer is not None]
        working = conversation.task is not None and not conversation.task.done()
        offered: list[str] = []
        if not conversation.turns and not working:
            offered = suggestions(domain)
        elif conversation.on_show and not working:
            offered = corrections(domain, conversation.situation())
        return (
            view.log(conversation, aside, offered),
            view.taste(conversation, history, events),
            view.status(turn),
            details(answers[-1] if answers else None, domain.catalog),
            working,
        )

    def _history(self, conversation: Conversation) -> tuple[list[Chip], int]:
        """The latest likes in the log, and how many events there are."""
        profile = self.recommender.profile(conversation.user, domain=conversation.domain)
        catalog = self.recommender.domain(conversation.domain).catalog
        ignored = {chip.value for chip in conversation.taste.of("ignore", "like", "bought")}
        liked = [e.item for e in profile.liked if e.item in catalog and e.item not in ignored]
        chips = [Chip("history", item, catalog[item].title) for item in liked[:LIKES]]
        return chips, len(profile.history)

    def users(self, domain: str | None = None) -> list[str]:
        """A few known users to try the page as, the new visitor first."""
        name = self.recommender.domain(domain).name
        known = self.recommender.workspace.events.users(name)
        step = max(1, len(known) // USERS)
        return [NEW, *known[::step][:USERS]]


def _session(request: gr.Request | None) -> str:
    """Which tab or client asks; Gradio gives each a secret name."""
    return (request.session_hash if request else "") or ""
