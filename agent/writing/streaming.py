"""Write all texts of one answer at the same time; sentences come out as they pass their check.

How many answers are written at once is limited by `Writers`: fewer that come to an end serve more
visitors than many that all run out of time.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass

from shelftalker.types import Card, Checked, Request, Source, Token, Update
from shelftalker.writing.describe import Describer
from shelftalker.writing.verifier.tokenizer import Past

RECENT = 0.3
"""Weight of the latest answer in the time that one takes."""


@dataclass(frozen=True)
class Writing:
    """Everything the cards of one answer share while their texts are written."""

    describer: Describer
    past: Sequence[Past]
    request: Request
    adapter: str | None
    seed: int
    deadline: float

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
        sentences = self.describer.astream(
            card.item,
            card.evidence,
            history=self.past,
            request=self.request,
            adapter=self.adapter,
            seed=self.seed,
            variant=card.rank,
            deadline=self.deadline,
        )
        try:
            async with contextlib.aclosing(sentences):
                async for sentence in sentences:
                    texts.append(sentence.text)
                    source = sentence.source
                    updates.put_nowait(Token(card.rank, sentence.text))
        except Exception as error:  # noqa: BLE001 - raised again by `described`
            updates.put_nowait(error)
            return
        joint = "" if self.request.language == "zh" else " "
        updates.put_nowait(Checked(card.described(joint.join(texts), source)))


class Writers:
    """So many places to write with the LLM, first come, first served."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._free = asyncio.Semaphore(places)
        self._waiting = 0
        self._takes = 0.0  # seconds that an answer takes to write, of late

    @contextlib.asynccontextmanager
    async def place(self, deadline: float) -> AsyncIterator[float]:
        """One of the places, as long as this lasts. Gives the deadline (`time.monotonic()` seconds)
        that holds then: for whoever would wait in vain it has come, and the LLM is not asked."""
        if self._in_vain(deadline) or not await self._acquired(deadline):
            yield time.monotonic()
            return
        start = time.monotonic()
        try:
            yield deadline
        finally:
            took = time.monotonic() - start
            self._takes += (took - self._takes) * (RECENT if self._takes else 1)
            self._free.release()

    def _in_vain(self, deadline: float) -> bool:
        """Whether those ahead leave no time to write."""
        rounds = 1 + (self._waiting + 1) / self._places
        return self._free.locked() and time.monotonic() + rounds * self._takes > deadline

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
    """How many answers this machine can write at once and bring to an end."""
    import torch  # an engine that runs here has loaded it

    return 64 if torch.cuda.is_available() else 2
