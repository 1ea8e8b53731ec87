"""Write all texts of one answer at the same time; sentences are sent as they pass the check.

`Writers` limits how many answers are written at once: a few that are completed serve more visitors
than many that all run out of time.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field

from shelftalker.engine import has_nvidia_gpu
from shelftalker.language.stems import has_chinese
from shelftalker.types import Card, Checked, Request, Source, Style, Token, Update
from shelftalker.writing.describe import Describer
from shelftalker.writing.history import HistoryIndex
from shelftalker.writing.hooks import Hook, HookStore, best_hook
from shelftalker.writing.style import Voice
from shelftalker.writing.text_request import TextRequest

EWMA_ALPHA = 0.3
"""Smoothing factor of the mean time that an answer takes to write."""


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

    async def described(self, cards: Sequence[Card]) -> AsyncGenerator[Update, None]:
        """All cards written at the same time, their sentences as they pass the check."""
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
        texts: list[str] = []
        source: Source = "template"
        wanted = await asyncio.to_thread(self._wanted, card)
        try:
            async with contextlib.aclosing(self.describer.astream(wanted)) as sentences:
                async for sentence in sentences:
                    texts.append(sentence.text)
                    source = sentence.source if source not in HOOKED else source
                    updates.put_nowait(Token(card.rank, sentence.text))
        except Exception as error:  # noqa: BLE001 - raised again by `described`
            updates.put_nowait(error)
            return
        updates.put_nowait(Checked(card.described(wanted.joint.join(texts), source)))

    def composed(self, card: Card) -> Card:
        """A card with a text that needs no model."""
        wanted = self._wanted(card)
        sentences = self.describer.composed(wanted)
        source = next((s.source for s in sentences if s.source in HOOKED), sentences[-1].source)
        return card.described(wanted.joint.join(s.text for s in sentences), source)

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
        return best_hook(fit, asked, liked, approved=self.voice.require_approval, variant=card.rank)


HOOKED = ("prepared", "human")
"""Sources of a card with a prepared text, whoever wrote the rest."""
LIKED_READ = 10
"""Latest liked items whose words choose the hook."""


class Writers:
    """A number of places to write with the LLM, first come, first served."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._free = asyncio.Semaphore(places)
        self._waiting = 0
        self._mean_seconds = 0.0  # that an answer takes to write

    @contextlib.asynccontextmanager
    async def place(self, deadline: float) -> AsyncIterator[float]:
        """Hold one of the places. Yields the deadline (`time.monotonic()` seconds) to write by.
        Where it would pass before a place is free, that is now: the LLM is not asked."""
        if self._too_late(deadline) or not await self._acquired(deadline):
            yield time.monotonic()
            return
        start = time.monotonic()
        try:
            yield deadline
        finally:
            took = time.monotonic() - start
            alpha = EWMA_ALPHA if self._mean_seconds else 1
            self._mean_seconds += (took - self._mean_seconds) * alpha
            self._free.release()

    def _too_late(self, deadline: float) -> bool:
        """Whether the answers ahead leave no time to write."""
        rounds = 1 + (self._waiting + 1) / self._places
        return self._free.locked() and time.monotonic() + rounds * self._mean_seconds > deadline

    async def _acquired(self, deadline: float) -> bool:
        self._waiting += 1
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                return await self._free.acquire()
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1


def writers_here() -> int:
    """How many answers this machine can write at once within their deadlines."""
    return 64 if has_nvidia_gpu() else 2
