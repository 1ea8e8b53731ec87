"""One id for each request, so that all log lines about it can be found together.

The id is a context variable: tasks and `asyncio.to_thread` calls that a request starts inherit it.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request under way in this context; empty outside a request."""


@contextmanager
def request_id() -> Iterator[str]:
    """A new id (12 hexadecimal digits) for the block; a request inside a request keeps its id."""
    if known := REQUEST_ID.get():
        yield known
        return
    token = REQUEST_ID.set(uuid.uuid4().hex[:12])
    try:
        yield REQUEST_ID.get()
    finally:
        REQUEST_ID.reset(token)
