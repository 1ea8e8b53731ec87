"""Adapters in use: which are known by name, and which of them are in the model now.

A model has room for so many adapters. A request brings its own in, and all that wait for the same
one come in together; where there is no room, one that no request runs with goes, the least
recently used first.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from shelftalker.errors import AdapterError


@dataclass(eq=False)
class Uses:
    """A count that can be waited on until it is 0."""

    count: int = 0
    none: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.none.set()

    def __enter__(self) -> None:
        self.count += 1
        self.none.clear()

    def __exit__(self, *_: object) -> None:
        self.count -= 1
        if not self.count:
            self.none.set()


@dataclass(eq=False)
class Loaded:
    """One known adapter. `key` is a number no other adapter of this engine ever had."""

    name: str
    key: int
    path: Path
    requests: Uses = field(default_factory=Uses)
    """Those that run with it or wait for it."""
    running: Uses = field(default_factory=Uses)


class AdapterTable:
    """The adapters of one engine by name."""

    def __init__(self) -> None:
        self._known: dict[str, Loaded] = {}
        self._keys = itertools.count(1)

    def get(self, name: str) -> Loaded:
        """Raises `AdapterError` naming the known ones."""
        if name not in self._known:
            known = ", ".join(sorted(self._known)) or "none"
            raise AdapterError(f"adapter {name!r} is not loaded; loaded: {known}")
        return self._known[name]

    def new(self, name: str, path: Path) -> Loaded | None:
        """An entry that `put` makes known; None where the same folder is already known."""
        if old := self._known.get(name):
            if old.path == path:
                return None
            raise AdapterError(
                f"adapter {name!r} is already loaded from {old.path}; "
                "give another name (with its version), or drop that one first"
            )
        return Loaded(name, next(self._keys), path)

    def put(self, loaded: Loaded) -> None:
        """Make an adapter known."""
        self._known[loaded.name] = loaded

    def take(self, name: str) -> Loaded:
        """Forget an adapter: new requests no longer find it."""
        loaded = self.get(name)
        del self._known[name]
        return loaded


@dataclass(eq=False)
class PendingLoad:
    """An adapter on its way in, and how many requests wait for it."""

    done: "asyncio.Task[None]"
    waiting: int = 0


class Slots:
    """The model's room for adapters. `load` and `unload` move one in and out."""

    def __init__(
        self,
        size: int,
        load: Callable[[Loaded], Awaitable[None]],
        unload: Callable[[Loaded], Awaitable[None]],
    ) -> None:
        self._size, self._load, self._unload = size, load, unload
        self._inside: dict[Loaded, None] = {}  # the least recently used first
        self._moves: dict[Loaded, PendingLoad] = {}
        self._moving = asyncio.Lock()

    @asynccontextmanager
    async def using(self, adapter: Loaded) -> AsyncIterator[None]:
        """Hold an adapter in the model while a request runs with it."""
        with adapter.requests:
            if adapter in self._inside:
                adapter.running.__enter__()
            else:
                await self._wait_for(adapter)
            try:
                self._touch(adapter)
                yield
            finally:
                adapter.running.__exit__()

    async def fill(self, adapter: Loaded) -> None:
        """Bring an adapter in while there is room, so that a fault shows before its first use."""
        async with self._moving:
            if len(self._inside) < self._size:
                await self._bring_in(adapter)

    async def remove(self, adapter: Loaded) -> None:
        """Free an adapter that no new request can find, once those that have it are done."""
        await adapter.requests.none.wait()
        async with self._moving:
            if adapter in self._inside:
                del self._inside[adapter]
                await self._unload(adapter)

    def _touch(self, adapter: Loaded) -> None:
        if adapter in self._inside:  # else it must go as soon as its requests end
            del self._inside[adapter]
            self._inside[adapter] = None

    async def _wait_for(self, adapter: Loaded) -> None:
        """Until the adapter is in and this request counts as running. A move once begun is
        finished, though who asked for it leaves."""
        if adapter not in self._moves:
            self._moves[adapter] = PendingLoad(asyncio.create_task(self._move(adapter)))
        move = self._moves[adapter]
        move.waiting += 1
        try:
            await asyncio.shield(move.done)
        except asyncio.CancelledError:
            if not move.done.done():
                move.waiting -= 1
            elif not move.done.cancelled() and move.done.exception() is None:
                adapter.running.__exit__()
            raise

    async def _move(self, adapter: Loaded) -> None:
        try:
            async with self._moving:
                await self._bring_in(adapter)
                for _ in range(self._moves[adapter].waiting):
                    adapter.running.__enter__()  # before another may choose it to go
        finally:
            del self._moves[adapter]

    async def _bring_in(self, adapter: Loaded) -> None:
        if adapter in self._inside:
            return
        while len(self._inside) >= self._size:
            leaving = await self._idle()
            del self._inside[leaving]  # who wants it now comes after us
            await self._unload(leaving)
        await self._load(adapter)
        self._inside[adapter] = None

    async def _idle(self) -> Loaded:
        """An adapter that no request runs with, the least recently used first. Where there is none,
        the first that is left alone; new requests for the least recently used wait, so that under
        any load one will be."""
        while all(other.running.count for other in self._inside):
            oldest = next(iter(self._inside))
            ends = [asyncio.create_task(other.running.none.wait()) for other in self._inside]
            del self._inside[oldest]
            try:
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            finally:
                self._inside = {oldest: None, **self._inside}
                for end in ends:
                    end.cancel()
        return next(other for other in self._inside if not other.running.count)
