"""Texts written before, so that the same card for the same reasons costs no second writing.

A key holds all that a text depends on: the item's facts, the evidence, the language, the model, the
adapter, the prompt template and the seed. Kept in memory only, the longest unused goes first, and
every text goes after some hours: what is known of a user never reaches the disk this way.
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
        self.hits = self.misses = 0
        self._limit, self._seconds, self._clock = limit, seconds, clock
        self._kept: OrderedDict[str, tuple[float, T]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> T | None:
        """What was kept under a key, if it is still fresh."""
        with self._lock:
            kept, value = self._kept.get(key, (0.0, None))
            if value is not None and self._clock() - kept <= self._seconds:
                self._kept.move_to_end(key)
                self.hits += 1
                return value
            self._kept.pop(key, None)
            self.misses += 1
            return None

    def put(self, key: str, value: T) -> None:
        """Keep a value; the longest unused beyond the limit goes."""
        with self._lock:
            self._kept[key] = (self._clock(), value)
            self._kept.move_to_end(key)
            while len(self._kept) > self._limit:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()

    def __len__(self) -> int:
        return len(self._kept)


def text_key(item: Item, evidence: Sequence[Evidence], *parts: object) -> str:
    """One key of an item's facts, the evidence and whatever else a text depends on."""
    said = [[e.text, e.source, e.field, e.value] for e in evidence]
    whole = json.dumps([item.id, item.facts(), said, parts], default=str, ensure_ascii=False)
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()
