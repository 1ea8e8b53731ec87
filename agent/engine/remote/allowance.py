"""How much a server may be asked: requests at once, and requests and tokens a minute."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

_MINUTE = 60.0


class Allowance:
    """Requests beyond it wait, the first first. None: no limit. Belongs to one event loop. `clock`
    gives seconds."""

    def __init__(
        self,
        concurrency: int = 8,
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._at_once = asyncio.Semaphore(concurrency)
        self._requests, self._tokens, self._clock = requests_per_minute, tokens_per_minute, clock
        self._spent: deque[tuple[float, int]] = deque()
        self._turn = asyncio.Lock()  # who waits first, goes first

    @asynccontextmanager
    async def of(self, tokens: int) -> AsyncIterator[None]:
        """Wait until a request of so many tokens is allowed; it is under way inside the block."""
        async with self._at_once:
            async with self._turn:
                while (pause := self._pause(tokens)) > 0:
                    await asyncio.sleep(pause)
                self._spent.append((self._clock(), tokens))
            yield

    def _pause(self, tokens: int) -> float:
        """Seconds until the oldest requests are a minute old, so that there is room."""
        now = self._clock()
        while self._spent and now - self._spent[0][0] >= _MINUTE:
            self._spent.popleft()
        spent = sum(size for _, size in self._spent)
        full = self._requests is not None and len(self._spent) >= self._requests
        over = self._tokens is not None and bool(self._spent) and spent + tokens > self._tokens
        return self._spent[0][0] + _MINUTE - now if full or over else 0.0
