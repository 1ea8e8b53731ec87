"""`EngineQueue`: what the LLM works on, by when it is expected to be done.

A few answers that the LLM completes serve more visitors than many that all run out of time. So work
that is expected to be late, by how long such work took of late and by what is before it in the
queue, goes on without the LLM at once.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Literal

from shelftalker.engine import has_nvidia_gpu

SHARE, DEVIATIONS = 0.25, 2.0
"""How much the newest time counts for the mean, and mean deviations above it that are expected, as
for timeouts on a network (Jacobson, 1988)."""
KNOWN_SECONDS = 60.0
"""How long what was measured says something of now."""
ASSUMED_SECONDS = 0.5
"""Of a unit that was not measured of late."""
Admission = Literal["admitted", "refused", "late"]


class Pace:
    """How long one unit of some work takes, by the latest of it. `assumed`: seconds, while nothing
    is known of now."""

    def __init__(self, assumed: float) -> None:
        self._assumed = assumed
        self._mean = self._deviation = 0.0
        self._until = 0.0  # when the latest says nothing any more

    def add(self, seconds: float) -> None:
        """Measure a unit."""
        off = seconds - self._mean
        if self.known:
            self._mean += SHARE * off
            self._deviation += SHARE * (abs(off) - self._deviation)
        else:
            self._mean, self._deviation = seconds, 0.0
        self._until = time.monotonic() + KNOWN_SECONDS

    @property
    def known(self) -> bool:
        """Whether any was measured of late."""
        return time.monotonic() < self._until

    def expected(self) -> float:
        """Seconds that a unit takes, and seldom more."""
        return self._mean + DEVIATIONS * self._deviation if self.known else self._assumed


class EngineQueue:
    """A number of places for one kind of work, first come, first served. A piece of work counts as
    so many `units`, which take equally long. Belongs to one event loop."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._free = asyncio.Semaphore(places)
        self._pace = Pace(ASSUMED_SECONDS)
        self._waiting = 0  # units
        self._ends: dict[object, float] = {}  # when running work is expected to be done
        self._counts = Counter[Admission]()

    @contextlib.asynccontextmanager
    async def place(
        self, deadline: float, units: int = 1, alone: bool = False
    ) -> AsyncIterator[bool]:
        """Hold a place. Yields at once False where the work is expected to end after the deadline
        (`time.monotonic()` seconds), and then when no place has become free until it. Where the
        queue is empty work is admitted too if its pace is not known, or nobody else is served
        (`alone`)."""
        idle = not self._ends and not self._waiting
        if not (self._in_time(deadline, units) or (idle and (alone or not self._pace.known))):
            self._counts["refused"] += 1
            yield False
            return
        if not await self._acquired(deadline, units):
            self._counts["late"] += 1
            yield False
            return
        self._counts["admitted"] += 1
        me, start = object(), time.monotonic()
        self._ends[me] = start + units * self._pace.expected()
        try:
            yield True
        finally:
            del self._ends[me]
            self._pace.add((time.monotonic() - start) / units)
            self._free.release()

    def wait(self) -> float:
        """Seconds until work that came now is expected to begin."""
        if not self._free.locked():
            return 0.0
        now = time.monotonic()
        running = sum(max(end - now, 0.0) for end in self._ends.values())
        return (running + self._waiting * self._pace.expected()) / self._places

    def counts(self) -> Counter[Admission]:
        """What became of the work since the last call."""
        counts, self._counts = self._counts, Counter()
        return counts

    def _in_time(self, deadline: float, units: int) -> bool:
        expected = self.wait() + units * self._pace.expected()
        return time.monotonic() + expected <= deadline

    async def _acquired(self, deadline: float, units: int) -> bool:
        self._waiting += units
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                return await self._free.acquire()
        except TimeoutError:
            return False
        finally:
            self._waiting -= units


class EngineQueues:
    """The queues of the LLM's stages. `composing`: seconds that an answer without the LLM takes
    after its pick."""

    def __init__(self, places: int) -> None:
        self.stages = {stage: EngineQueue(places) for stage in ("pick", "describe")}
        self.composing = Pace(assumed=0)
        self._under_way = 0

    @contextlib.contextmanager
    def under_way(self) -> Iterator[None]:
        """An answer is being made."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    def place(
        self, stage: str, deadline: float, units: int = 1
    ) -> contextlib.AbstractAsyncContextManager[bool]:
        """`EngineQueue.place` of a stage."""
        return self.stages[stage].place(deadline, units, alone=self._under_way < 2)


def places_here() -> int:
    """How many answers this machine can write at once within their deadlines."""
    return 64 if has_nvidia_gpu() else 2
