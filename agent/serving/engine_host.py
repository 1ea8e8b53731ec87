"""`EngineHost`: loads the engine of a recommender, and restarts it after it has died.

The first requests wait for the engine. After a failure no request waits: the engine is loaded in
the background, at once after it died, and with a growing delay (5 s, 10 s, … 5 minutes) if a load
fails or the engine dies again soon. Until it is loaded, `notice` says why there is none.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from shelftalker.engine.base import Engine
from shelftalker.errors import EngineError, InputError
from shelftalker.store.settings import REMOTE_ENGINES
from shelftalker.store.workspace import Workspace

_LOG = logging.getLogger(__name__)
FIRST_DELAY_SECONDS = 5.0
MAX_DELAY_SECONDS = 300.0
REMOTE_DELAY_SECONDS = 30.0
"""The longest wait for an engine at an address: asking whether it is back costs little."""
ENGINE_NAMES = ("auto", "openvino", "transformers", "vllm", "server", "openai", "none")


def open_host(workspace: Workspace, engine: "str | Engine | EngineHost") -> "EngineHost":
    """A host for a named engine, for one that is already loaded, or for "none".

    Raises `InputError` for an unknown name.
    """
    if isinstance(engine, EngineHost):
        return engine
    if not isinstance(engine, str):
        return EngineHost(None, engine)
    if engine not in ENGINE_NAMES:
        raise InputError(f"engine {engine!r} is unknown; allowed: {', '.join(ENGINE_NAMES)}")
    if engine == "none":
        return EngineHost(None)
    name = workspace.settings.engine_named(engine)
    longest = REMOTE_DELAY_SECONDS if name in REMOTE_ENGINES else MAX_DELAY_SECONDS
    return EngineHost(lambda: workspace.settings.open_engine(name), longest=longest)


class EngineHost:
    """Belongs to one event loop. `load` blocks and returns an engine; None: it cannot be restarted.

    `engine` is one that is already loaded. `clock` returns seconds. `longest`: seconds between two
    loads that fail.
    """

    def __init__(
        self,
        load: Callable[[], Engine] | None,
        engine: Engine | None = None,
        clock: Callable[[], float] = time.monotonic,
        longest: float = MAX_DELAY_SECONDS,
    ) -> None:
        self._load = load
        self._engine = engine
        self._clock, self._longest = clock, longest
        self._ahead: Future[Engine] | None = None
        self._loading: asyncio.Task[None] | None = None
        self._failures = 0  # consecutive failed loads and early deaths
        self._next_load_at = self._loaded_at = 0.0
        self.notice = ""

    @property
    def wanted(self) -> bool:
        """Whether there is, or can be, an engine."""
        return self._load is not None or self._engine is not None

    @property
    def loaded(self) -> Engine | None:
        """The engine, if one is loaded; it may have died."""
        return self._engine

    async def get(self) -> Engine | None:
        """The engine, or None; then `notice` says why."""
        if self._engine is not None and not self._engine.alive():
            await self._discard(self._engine)
        self.begin()
        if self._loading is not None and not self._failures:
            await asyncio.shield(self._loading)  # a cancelled caller must not stop it for others
        return self._engine

    def begin(self) -> None:
        """Begin to load the engine, so that it is there sooner; `get` waits for it."""
        may = self._load and self._loading is None and self._clock() >= self._next_load_at
        if self._engine is None and may:
            self._loading = asyncio.create_task(self._load_engine())

    def load_ahead(self) -> None:
        """Begin to load the engine in a thread, before there is an event loop: a command does this
        before it imports what else it needs."""
        if self._load is not None:
            self._ahead = ThreadPoolExecutor(1, "load-ahead").submit(self._load)

    async def close(self) -> None:
        """Free the engine; one that is still loading is awaited first, so that it is freed too."""
        self._load = None
        if self._loading is not None:
            await self._loading
        if self._ahead is not None:  # nobody asked for it
            with contextlib.suppress(Exception):
                self._engine = await asyncio.to_thread(self._ahead.result)
        if self._engine is not None:
            await self._engine.close()

    async def _load_engine(self) -> None:
        assert self._load is not None
        start = self._clock()
        try:
            ahead, self._ahead = self._ahead, None
            self._engine = await asyncio.to_thread(ahead.result if ahead else self._load)
        except Exception as error:  # noqa: BLE001 - becomes the notice; requests go on without it
            self._fail(f"No LLM engine could be started: {error}.", self._failures + 1)
            _LOG.error("engine failed to load", extra={"error": str(error), **self._retry()})
            _LOG.debug("where the load failed", exc_info=True)
        else:
            self._loaded_at, self.notice = self._clock(), ""
            told = {
                "engine": self._engine.name, "model": self._engine.model,
                "seconds": round(self._loaded_at - start, 1), "restart": self._failures > 0,
            }  # fmt: skip
            _LOG.info("engine loaded", extra=told)
        finally:
            self._loading = None

    async def _discard(self, engine: Engine) -> None:
        """Close an engine that died. After a long life it is restarted at once."""
        self._engine = None
        if self._clock() - self._loaded_at > MAX_DELAY_SECONDS:
            self._failures = 0
        next_step = "it is being restarted" if self._load else "open the recommender again"
        self._fail(f"The LLM engine stopped; {next_step}.", self._failures)
        _LOG.error("engine died", extra={"engine": engine.name, **self._retry()})
        with contextlib.suppress(EngineError):  # its failure is known
            await engine.close()

    def _fail(self, notice: str, doublings: int) -> None:
        """Wait 0 s, 5 s, 10 s, … before the next load."""
        delay = FIRST_DELAY_SECONDS * 2 ** min(doublings - 1, 10) if doublings else 0.0
        self._next_load_at = self._clock() + min(delay, self._longest)
        self._failures += 1
        self.notice = notice

    def _retry(self) -> dict[str, float | None]:
        """Seconds until the next load; None where there is none."""
        delay = round(self._next_load_at - self._clock(), 1)
        return {"retry_in_seconds": delay if self._load else None}
