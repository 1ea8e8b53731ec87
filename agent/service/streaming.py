"""Server-sent events, and work that ends when its client goes away."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from typing import Any, TypeVar

from fastapi.sse import format_sse_event
from starlette.requests import Request
from starlette.responses import StreamingResponse

from shelftalker.service.problems import answer_to

T = TypeVar("T")
Event = tuple[str, Any]
"""The name of a server-sent event, and its data."""
EVENT_STREAM = "text/event-stream"
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class ClientGone(Exception):
    """The client closed its connection before the answer was done."""


def wants_events(request: Request) -> bool:
    """Whether the client accepts server-sent events."""
    return EVENT_STREAM in request.headers.get("accept", "")


async def event_stream(events: AsyncGenerator[Event, None], keepalive: float) -> StreamingResponse:
    """A response of server-sent events; closing it closes the generator. It begins once the first
    event is there, so that an error of the request has its own status; a later one becomes the
    event `error`."""
    pieces = _formatted(await anext(events), events)
    sent = with_keepalive(pieces, keepalive)
    return StreamingResponse(sent, media_type=EVENT_STREAM, headers=_HEADERS)


async def _formatted(
    first: Event, events: AsyncGenerator[Event, None]
) -> AsyncGenerator[bytes, None]:
    async with contextlib.aclosing(events):
        try:
            yield _event(*first)
            async for name, data in events:
                yield _event(name, data)
        except Exception as error:  # noqa: BLE001  the headers are sent: this is how to say it
            status, detail = answer_to(error)
            yield _event("error", {"status": status, "detail": detail})


def _event(name: str, data: Any) -> bytes:
    return format_sse_event(event=name, data_str=json.dumps(data, ensure_ascii=False))


async def with_keepalive(
    pieces: AsyncGenerator[bytes, None], seconds: float
) -> AsyncIterator[bytes]:
    """The same pieces, and a comment whenever none came for so many seconds."""
    step: asyncio.Task[bytes] | None = None
    try:
        while True:
            step = step or asyncio.ensure_future(anext(pieces))
            await asyncio.wait({step}, timeout=seconds)
            if not step.done():
                yield format_sse_event(comment="keep-alive")
                continue
            try:
                piece = step.result()
            except StopAsyncIteration:
                return
            step = None
            yield piece
    finally:
        if step is not None:
            step.cancel()
            await asyncio.wait({step})
        await pieces.aclose()


async def while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """The result of some work, which is cancelled when the client goes away. Raises
    `ClientGone`."""
    task = asyncio.create_task(work)
    gone = asyncio.create_task(_disconnected(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientGone
        return task.result()
    finally:
        for each in (task, gone):
            each.cancel()
        await asyncio.wait({task, gone})


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
