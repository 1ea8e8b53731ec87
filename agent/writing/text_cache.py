"""An LRU cache of texts with a time limit, so that an equal request for a text is written once.

A key covers all that a text depends on: the item's facts, the evidence, the language, the model,
the adapter, the prompt template and the seed. It is kept in memory only, since texts hold what is
known of a user.
"""

import hashlib
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from shelftalker.data.catalog import Item
from shelftalker.types import Evidence

T = TypeVar("T")


class TextCache(Generic[T]):
    """At most `limit` entries, none older than `seconds`. Safe to share between threads."""

    def __init__(
        self, limit: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit, self._seconds, self._clock = limit, seconds, clock
        self._entries: OrderedDict[str, tuple[float, T]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> T | None:
        """The value of a key, None where there is none or it is too old."""
        with self._lock:
            added, value = self._entries.pop(key, (0.0, None))
            if value is None or self._clock() - added > self._seconds:
                return None
            self._entries[key] = (added, value)
            return value

    def put(self, key: str, value: T) -> None:
        """Add a value; beyond the limit the least recently used is dropped."""
        with self._lock:
            self._entries.pop(key, None)
            self._entries[key] = (self._clock(), value)
            while len(self._entries) > self._limit:
                self._entries.popitem(last=False)

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._entries.clear()

    def __len__(self) -> int:
        return len(self._entries)


def text_key(item: Item, evidence: Sequence[Evidence], *parts: object) -> str:
    """SHA-256 of an item's facts, the evidence and the other `parts` that a text depends on."""
    facts = [[e.text, e.source, e.field, e.value] for e in evidence]
    whole = json.dumps([item.id, item.facts(), facts, parts], default=str, ensure_ascii=False)
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()
