"""The texts of one answer: those that need no model at once, the others at the same time; sentences
are sent as they pass the check."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass, field

from shelftalker.engine.concurrency import computed
from shelftalker.language.sentences import joined
from shelftalker.language.stems import has_chinese
from shelftalker.types import Card, Checked, Request, Style, Token, Update
from shelftalker.writing.accepted_text import CheckedSentence, source_of
from shelftalker.writing.describe import Describer
from shelftalker.writing.history import HistoryIndex
from shelftalker.writing.hooks import Hook, HookStore, best_hook
from shelftalker.writing.style import Voice
from shelftalker.writing.text_request import TextRequest


@dataclass(frozen=True)
class Writing:
    """What the cards of one answer share while their texts are written."""

    describer: Describer
    history: HistoryIndex
    request: Request
    adapter: str | None
    seed: int
    deadline: float
    style: Style = field(default_factory=Style)
    voice: Voice = field(default_factory=Voice)
    hooks: HookStore | None = None

    def ready(self, cards: Sequence[Card]) -> tuple[list[Update], list[Card]]:
        """The updates of the cards whose texts need no model, and the cards that need one."""
        texts = [(card, self.describer.ready(self._wanted(card))) for card in cards]
        told = [update for card, text in texts for update in self._updates(card, text)]
        return told, [card for card, text in texts if not text]

    async def described(self, cards: Sequence[Card]) -> AsyncGenerator[Update, None]:
        """Cards written by the model at the same time, their sentences as they pass the check."""
        updates: asyncio.Queue[Update | BaseException] = asyncio.Queue()
        tasks = [asyncio.create_task(self._write(card, updates)) for card in cards]
        try:
            left = len(tasks)
            while left:
                update = await updates.get()
                if isinstance(update, BaseException):
                    raise update
                left -= isinstance(update, Checked)
                yield update
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _write(self, card: Card, updates: "asyncio.Queue[Update | BaseException]") -> None:
        """One card's sentences into the queue, then the whole card."""
        shown: list[CheckedSentence] = []
        wanted = await computed(self._wanted, card)
        try:
            async with contextlib.aclosing(self.describer.written(wanted)) as sentences:
                async for sentence in sentences:
                    shown.append(sentence)
                    updates.put_nowait(Token(card.rank, sentence.text))
        except Exception as error:  # noqa: BLE001 - raised again by `described`
            updates.put_nowait(error)
            return
        updates.put_nowait(Checked(self._with_text(card, shown)))

    def composed(self, cards: Sequence[Card]) -> list[Update]:
        """The updates of cards with texts that need no model."""
        texts = [(card, self.describer.composed(self._wanted(card))) for card in cards]
        return [update for card, text in texts for update in self._updates(card, text)]

    def _updates(self, card: Card, text: Sequence[CheckedSentence]) -> Iterable[Update]:
        yield from (Token(card.rank, sentence.text) for sentence in text)
        if text:
            yield Checked(self._with_text(card, text))

    def _with_text(self, card: Card, text: Sequence[CheckedSentence]) -> Card:
        told = joined((sentence.text for sentence in text), self.request.language)
        return card.described(told, source_of(text))

    def _wanted(self, card: Card) -> TextRequest:
        return TextRequest(
            card.item, card.evidence, self.history, self.request, self.adapter, self.seed,
            variant=card.rank, deadline=self.deadline, style=self.style, voice=self.voice,
            hook=self._hook(card),
        )  # fmt: skip

    def _hook(self, card: Card) -> Hook | None:
        """The prepared text that suits this visitor, in the language of the answer."""
        if self.hooks is None or self.style.format == "headline":
            return None
        chinese = self.request.language == "zh"
        fit = [
            hook
            for hook in self.hooks.of(card.item)
            if has_chinese(hook.text) is chinese and not self.voice.refusal(hook.text)
        ]
        asked = f"{self.request.text} {self.request.message}"
        liked = [past.item for past in self.history if past.sign > 0][:LIKED_READ]
        approval = self.voice.require_approval
        return best_hook(fit, asked, liked, approval=approval, variant=card.rank)


LIKED_READ = 10
"""Latest liked items whose words choose the hook."""
