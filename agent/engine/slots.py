"""The model's limited number of slots for adapters (least recently used out).

A request loads its adapter on demand; all requests that wait for the same one start together.
Where all slots are taken, the least recently used adapter that no request runs with is unloaded.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

_LOG = logging.getLogger(__name__)
SLOW_WAIT_SECONDS = 2.0
"""A longer wait of a request for its adapter is logged."""


@dataclass(eq=False)
class UseCount:
    """A count that can be waited on until it is 0."""

    count: int = 0
    zero: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.zero.set()

    def __enter__(self) -> None:
        self.count += 1
        self.zero.clear()

    def __exit__(self, *_: object) -> None:
        self.count -= 1
        if not self.count:
            self.zero.set()


@dataclass(eq=False)
class ServedAdapter:
    """An adapter that requests may name. `key`: no other adapter of this engine ever had it."""

    name: str
    key: int
    path: Path
    requests: UseCount = field(default_factory=UseCount)
    """How many requests run with it or wait for it."""
    running: UseCount = field(default_factory=UseCount)


@dataclass(eq=False)
class PendingLoad:
    """An adapter that is being loaded, and how many requests wait for it."""

    task: "asyncio.Task[None]"
    waiting: int = 0


class Slots:
    """Up to `size` adapters in the model; `load` and `unload` are called one at a time."""

    def __init__(
        self,
        size: int,
        load: Callable[[ServedAdapter], Awaitable[None]],
        unload: Callable[[ServedAdapter], Awaitable[None]],
    ) -> None:
        self._size, self._load, self._unload = size, load, unload
        self._loaded: dict[ServedAdapter, None] = {}  # least recently used first
        self._pending: dict[ServedAdapter, PendingLoad] = {}
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def using(self, adapter: ServedAdapter) -> AsyncIterator[None]:
        """Keep an adapter in the model while a request runs with it."""
        with adapter.requests:
            begun = time.perf_counter()
            if adapter in self._loaded:
                adapter.running.__enter__()
            else:
                await self._wait_for(adapter)
            try:
                self._mark_used(adapter)
                if (waited := time.perf_counter() - begun) > SLOW_WAIT_SECONDS:
                    _LOG.warning("adapter %s waited %.1f s for a slot", adapter.name, waited)
                yield
            finally:
                adapter.running.__exit__()

    async def preload(self, adapter: ServedAdapter) -> None:
        """Load an adapter if a slot is free, so that a damaged one fails before its first use."""
        async with self._lock:
            if len(self._loaded) < self._size:
                await self._ensure_loaded(adapter)

    async def remove(self, adapter: ServedAdapter) -> None:
        """Unload an adapter that is in no table any more, once its requests have ended."""
        await adapter.requests.zero.wait()
        async with self._lock:
            if adapter in self._loaded:
                del self._loaded[adapter]
                await self._unload(adapter)

    def _mark_used(self, adapter: ServedAdapter) -> None:
        if adapter in self._loaded:  # else it is to be unloaded when its requests end
            del self._loaded[adapter]
            self._loaded[adapter] = None

    async def _wait_for(self, adapter: ServedAdapter) -> None:
        """Until the adapter is loaded and this request counts as running. A load once begun is
        finished, even if the requests that asked for it are cancelled."""
        if adapter not in self._pending:
            self._pending[adapter] = PendingLoad(asyncio.create_task(self._load_pending(adapter)))
        pending = self._pending[adapter]
        pending.waiting += 1
        try:
            await asyncio.shield(pending.task)
        except asyncio.CancelledError:
            if not pending.task.done():
                pending.waiting -= 1
            elif not pending.task.cancelled() and pending.task.exception() is None:
                adapter.running.__exit__()
            raise

    async def _load_pending(self, adapter: ServedAdapter) -> None:
        try:
            async with self._lock:
                await self._ensure_loaded(adapter)
                for _ in range(self._pending[adapter].waiting):
                    adapter.running.__enter__()  # before another load may evict it
        finally:
            del self._pending[adapter]

    async def _ensure_loaded(self, adapter: ServedAdapter) -> None:
        if adapter in self._loaded:
            return
        while len(self._loaded) >= self._size:
            evicted = await self._evictable()
            del self._loaded[evicted]  # a request for it now waits for the lock
            await self._unload(evicted)
        await self._load(adapter)
        self._loaded[adapter] = None

    async def _evictable(self) -> ServedAdapter:
        """The least recently used adapter that no request runs with. While there is none, new
        requests for the least recently used one have to wait, so that under any load one is."""
        while all(other.running.count for other in self._loaded):
            oldest = next(iter(self._loaded))
            ends = [asyncio.create_task(other.running.zero.wait()) for other in self._loaded]
            del self._loaded[oldest]
            try:
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            finally:
                self._loaded = {oldest: None, **self._loaded}
                for end in ends:
                    end.cancel()
        return next(other for other in self._loaded if not other.running.count)
