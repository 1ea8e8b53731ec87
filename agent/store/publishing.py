"""When this context last put something into service, so that a request sees its own publishes.

Loaded domains are refreshed in the background while requests use the old state. A request in whose
context (the thread or task, and what it starts) something was published waits for the refresh.
"""

import time
from contextvars import ContextVar

_PUBLISHED: ContextVar[float] = ContextVar("published", default=float("-inf"))


def note_published() -> None:
    """Record that this context has published a scorer or a catalogue just now."""
    _PUBLISHED.set(time.monotonic())


def published_here() -> float:
    """`time.monotonic()` of the last publish in this context; minus infinity without one."""
    return _PUBLISHED.get()
