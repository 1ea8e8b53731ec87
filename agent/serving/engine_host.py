"""`EngineHost`: the one engine of a recommender, loaded on first need and again when it has died.

The first request waits for the engine. After a failure nobody waits: an engine that died is loaded
anew beside the requests, at once; one that fails or dies again soon, after 5 s, 10 s, … 5 minutes.
Meanwhile `notice` says why there is none.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable

from shelftalker.engine.base import Engine
from shelftalker.errors import EngineError

FIRST_WAIT = 5.0
LONGEST_WAIT = 300.0


class EngineHost:
    """Lives on one event loop. `load` blocks and gives an engine; None: there is never another.

    `engine` is one that serves already. `clock` gives seconds.
    """

    def __init__(
        self,
        load: Callable[[], Engine] | None,
        engine: Engine | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._engine = engine
        self._clock = clock
        self._loading: asyncio.Task[None] | None = None
        self._failures = 0  # loads that failed and engines that died soon, in a row
        self._try_at = self._born = 0.0
        self.notice = ""

    @property
    def wanted(self) -> bool:
        """Whether there ever was, or can be, an engine."""
        return self._load is not None or self._engine is not None

    @property
    def loaded(self) -> Engine | None:
        """The engine, if one is loaded; it may have died."""
        return self._engine

    async def get(self) -> Engine | None:
        """The engine, or None, and then `notice` says why."""
        if self._engine is not None and not self._engine.alive():
            await self._bury(self._engine)
        if self._engine is None and self._may_try():
            self._loading = asyncio.create_task(self._try())
        if self._loading is not None and not self._failures:
            await asyncio.shield(self._loading)  # other callers wait for it too
        return self._engine

    async def close(self) -> None:
        """Free the engine; one that is just loading is waited for, so that it is freed too."""
        self._load = None
        if self._loading is not None:
            await self._loading
        if self._engine is not None:
            await self._engine.close()

    def _may_try(self) -> bool:
        return self._load is not None and self._loading is None and self._clock() >= self._try_at

    async def _try(self) -> None:
        assert self._load is not None
        try:
            self._engine = await asyncio.to_thread(self._load)
        except Exception as error:  # noqa: BLE001 - told in the notice; the visitor gets cards
            self._failed(f"No LLM engine could be started: {error}.", self._failures + 1)
        else:
            self._born, self.notice = self._clock(), ""
        finally:
            self._loading = None

    async def _bury(self, engine: Engine) -> None:
        """Let go of a dead engine. After a long life it is restarted at once."""
        self._engine = None
        if self._clock() - self._born > LONGEST_WAIT:
            self._failures = 0
        again = "it is being restarted" if self._load else "open the recommender again"
        self._failed(f"The LLM engine stopped; {again}.", self._failures)
        with contextlib.suppress(EngineError):  # it is gone; that is known
            await engine.close()

    def _failed(self, notice: str, doublings: int) -> None:
        """Wait 0 s, 5 s, 10 s, … before the next load."""
        wait = FIRST_WAIT * 2 ** min(doublings - 1, 10) if doublings else 0.0
        self._try_at = self._clock() + min(wait, LONGEST_WAIT)
        self._failures += 1
        self.notice = notice
