"""`Redraw`: renders the parts of the page that have changed, and no others.

While an answer is written only the turn under way changes; the history (a database query), the
taste and the details are rendered once per turn, off the event loop.
"""

import asyncio
from typing import Any

from shelftalker.conversation.state import Conversation, Turn
from shelftalker.conversation.taste import Chip
from shelftalker.page import view
from shelftalker.page.suggestions import corrections, suggestions
from shelftalker.recommender import Recommender

MAX_HISTORY_CHIPS = 6
"""Liked items of the history shown as chips."""

Parts = dict[str, Any]
"""Changed parts of the page by name: HTML, `working`, whether an answer is being written, `labels`,
the language of the widgets, and `sees`, whether a picture can be asked by."""


class Redraw:
    """Follows one turn of one conversation; call it whenever the turn has changed. `labelled`: the
    language that the labels on the page have."""

    def __init__(
        self, recommender: Recommender, conversation: Conversation, labelled: str = ""
    ) -> None:
        self._recommender, self._conversation = recommender, conversation
        self._keys: dict[str, object] = {"labels": labelled}

    async def __call__(self, turn: Turn | None = None) -> Parts:
        """The parts that changed since the last call; the first call gives all but the offers.
        `turn` may be one that the conversation does not keep (undo)."""
        conversation, language = self._conversation, self._conversation.spoken
        turns = list(conversation.turns)
        if turn is not None and all(turn is not kept for kept in turns):
            turns.append(turn)
        cheap = {
            "labels": language, "latest": view.log(conversation, turns[-1:]),
            "status": view.status(turn, language), "working": conversation.is_working,
        }  # fmt: skip
        parts: Parts = {name: new for name, new in cheap.items() if self._changed(name, new)}
        if parts.get("working"):
            parts["offers"] = ""
        if self._changed("earlier", self._earlier_key(turns[:-1])):
            parts["earlier"] = view.log(conversation, turns[:-1])
        events = sum(len(kept.events) for kept in turns)
        if self._changed("taste", (conversation.taste, len(turns), events, language)):
            parts["taste"] = view.taste(conversation, *await asyncio.to_thread(self._history))
        answer = next((t.answer for t in reversed(turns) if t.answer is not None), None)
        if self._changed("details", (conversation.domain, id(answer), language)):
            domain = await asyncio.to_thread(self._recommender.domain, conversation.domain)
            pictures = domain.catalog.pictures
            parts["sees"] = pictures is not None and bool(pictures.encoder)
            parts["details"] = view.details(answer, domain.catalog, language)
        return parts

    async def offers(self) -> Parts:
        """What can be clicked instead of typed: requests at first, then corrections of the cards.
        Nothing where the conversation went on meanwhile."""
        conversation = self._conversation
        last, language = conversation.turns[-1:], conversation.spoken
        situation = conversation.situation(language)
        domain = await asyncio.to_thread(self._recommender.domain, conversation.domain)
        if not last:
            offered = await asyncio.to_thread(suggestions, domain, language)
            drawn = view.drawn("welcome", language, offered)
        elif situation.shown and not conversation.is_working:
            offered = await asyncio.to_thread(corrections, domain, situation)
            drawn = view.drawn("corrections", language, offered) if offered else ""
        else:
            drawn = ""
        stale = conversation.is_working or conversation.turns[-1:] != last
        return {} if stale else {"offers": drawn}

    def _changed(self, part: str, key: object) -> bool:
        changed = part not in self._keys or self._keys[part] != key
        self._keys[part] = key
        return changed

    def _earlier_key(self, turns: list[Turn]) -> object:
        conversation = self._conversation
        states = [(id(turn), turn.progress, frozenset(turn.why)) for turn in turns]
        return states, id(conversation.on_show), conversation.taste, conversation.spoken

    def _history(self) -> tuple[list[Chip], int]:
        """The latest likes in the log, and how many events there are."""
        conversation = self._conversation
        profile = self._recommender.profile(conversation.user, domain=conversation.domain)
        catalog = self._recommender.domain(conversation.domain).catalog
        ignored = {chip.value for chip in conversation.taste.of("ignore", "like", "bought")}
        liked = [e.item for e in profile.liked if e.item in catalog and e.item not in ignored]
        chips = [Chip("history", item, catalog[item].title) for item in liked[:MAX_HISTORY_CHIPS]]
        return chips, len(profile.history)
