"""The adapters that requests may name, and which of them are in a model's memory."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

SLOTS = 16
"""Adapters in memory at once, unless an engine is told otherwise."""


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
    """An adapter that requests may name. `key`: no other adapter of this engine ever had it;
    `requests`: how many run with it."""

    name: str
    key: int
    path: Path
    requests: UseCount = field(default_factory=UseCount)


class AdapterSlots:
    """Up to `size` adapters in a model, the least recently used out; more only where one pass needs
    more. `load` and `unload` are the model's. Belongs to the model's thread."""

    def __init__(
        self, size: int, load: Callable[[str, Path], None], unload: Callable[[str], None]
    ) -> None:
        self._size, self._load, self._unload = size, load, unload
        self._folders: dict[str, Path] = {}
        self._loaded: dict[str, None] = {}  # least recently used first

    def add(self, key: str, folder: Path) -> None:
        """Load an adapter, so that a damaged one fails before its first use."""
        self._folders[key] = folder
        self.need([key])

    def drop(self, key: str) -> None:
        """Free an adapter that no sequence uses."""
        self._folders.pop(key, None)
        if key in self._loaded:
            del self._loaded[key]
            self._unload(key)

    def need(self, keys: Collection[str]) -> None:
        """Before a pass with these adapters: load those that are not in memory."""
        for key in keys:
            if key not in self._loaded:
                idle = [other for other in self._loaded if other not in keys]
                for other in idle[: max(len(self._loaded) + 1 - self._size, 0)]:
                    del self._loaded[other]
                    self._unload(other)
                self._load(key, self._folders[key])
            self._loaded.pop(key, None)
            self._loaded[key] = None
