"""An LRU cache of texts with a time limit, so that an equal request for a text is written once.

It is kept in memory only, since texts hold what is known of a user.
"""

import threading
from collections import OrderedDict
from time import monotonic

from shelftalker.writing.accepted_text import CheckedSentence

Text = tuple[CheckedSentence, ...]


class TextCache:
    """At most `limit` texts, none older than `seconds`. Safe to share between threads."""

    def __init__(self, limit: int, seconds: float) -> None:
        self._limit, self._seconds = limit, seconds
        self._entries: OrderedDict[str, tuple[float, Text]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Text:
        """The text of a key (`TextRequest.key`), empty where there is none or it is too old."""
        with self._lock:
            added, text = self._entries.pop(key, (0.0, ()))
            if not text or monotonic() - added > self._seconds:
                return ()
            self._entries[key] = (added, text)
            return text

    def put(self, key: str, text: Text) -> None:
        """Add a text; beyond the limit the least recently used is dropped."""
        with self._lock:
            self._entries.pop(key, None)
            self._entries[key] = (monotonic(), text)
            while len(self._entries) > self._limit:
                self._entries.popitem(last=False)

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._entries.clear()
