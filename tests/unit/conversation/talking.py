"""A conversation whose turns tests can await."""

import asyncio

from shelftalker import Recommender
from shelftalker.conversation.assistant import Assistant
from shelftalker.conversation.state import Conversation, Turn


class Talk:
    """A conversation whose turns are awaited."""

    def __init__(self, recommender: Recommender, user: str = "") -> None:
        self.assistant = Assistant(recommender)
        self.conversation: Conversation = self.assistant.begin(user)

    def say(self, message: str) -> Turn:
        return asyncio.run(self._last(self.assistant.say(self.conversation, message)))

    def press(self, button: str, value: str = "") -> Turn:
        return asyncio.run(self._last(self.assistant.press(self.conversation, button, value)))

    async def _last(self, turns):  # type: ignore[no-untyped-def]
        return [turn async for turn in turns][-1]


def titles(turn: Turn) -> set[str]:
    return {card.item.title for card in turn.cards.values()}
