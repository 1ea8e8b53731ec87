"""One id for each request, so that all log lines about it can be found together.

The id is a context variable: tasks and `asyncio.to_thread` calls that a request starts inherit it.
"""

import contextlib
import uuid
from collections.abc import AsyncGenerator, Iterator
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")
REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request under way in this context; empty outside a request."""


@contextlib.contextmanager
def request_id(known: str = "") -> Iterator[str]:
    """An id for the block: the known one, that of the request around it, or a new one of 12
    hexadecimal digits."""
    token = REQUEST_ID.set(known or REQUEST_ID.get() or uuid.uuid4().hex[:12])
    try:
        yield REQUEST_ID.get()
    finally:
        REQUEST_ID.reset(token)


async def in_request(updates: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
    """The same updates, each computed under one request id. An async generator runs in the context
    of whoever iterates over it, so the id is set for each step and is gone between two."""
    with request_id() as known:
        pass
    try:
        while True:
            with request_id(known):
                try:
                    update = await anext(updates)
                except StopAsyncIteration:
                    return
            yield update
    finally:
        with request_id(known):
            await updates.aclose()
