"""What happens to every request: an id, a limit of its body, a metric and a log line.

Plain ASGI, so that a stream passes unbuffered and a client that goes away is noticed.
"""

import logging
import re
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shelftalker.service.context import ServiceContext
from shelftalker.service.problems import Refused
from shelftalker.service.streaming import ClientGone
from shelftalker.serving.request_id import request_id

if TYPE_CHECKING:
    from opentelemetry.trace import Span

_LOG = logging.getLogger(__name__)
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH")
GONE = 499
"""The status in logs and metrics of a request whose client went away."""


class RequestMiddleware:
    """`X-Request-Id` is taken over if it is plain, and sent back; it stands in all log lines."""

    def __init__(self, app: ASGIApp, context: ServiceContext) -> None:
        self.app, self.context = app, context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers, traces = Headers(scope=scope), self.context.traces
        sent = headers.get("x-request-id", "")
        with request_id(sent if _ID.fullmatch(sent) else "") as known:
            tracing = traces.request(_method(scope), headers) if traces else nullcontext()
            with tracing as span:
                await self._served(scope, receive, send, known, span)

    async def _served(
        self, scope: Scope, receive: Receive, send: Send, known: str, span: "Span | None"
    ) -> None:
        began, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = known
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self.app(scope, _limited(scope, receive, self.context.settings.body_bytes), noted)
        except ClientGone:
            status = GONE
        finally:
            # The route's template is noted, never the path, which may name a user.
            route = getattr(scope.get("route"), "path", None) or _mounted(scope)
            if span is not None:
                span.update_name(f"{_method(scope)} {route}")
                span.set_attributes({"http.route": route, "http.response.status_code": status})
            seconds, metrics = time.perf_counter() - began, self.context.metrics
            metrics.requests.labels(_method(scope), route, status).inc()
            metrics.seconds.labels(route).observe(seconds)
            noted_as = {"method": _method(scope), "route": route, "status": status}
            _LOG.info("request", extra={**noted_as, "ms": round(1000 * seconds, 1)})


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in _METHODS else "other"


def _limited(scope: Scope, receive: Receive, most: int) -> Receive:
    """The body of a request, which raises `Refused` beyond a number of bytes."""
    length, seen = Headers(scope=scope).get("content-length", "0"), 0
    too_long = length.isdigit() and int(length) > most

    async def limited() -> Message:
        nonlocal seen
        message = {} if too_long else await receive()
        seen += len(message.get("body", b""))
        if too_long or seen > most:
            raise Refused(413, f"the body is longer than {most} bytes, the most allowed; split it")
        return message

    return limited


def _mounted(scope: Scope) -> str:
    path: str = scope.get("path", "")
    return next((name for name in ("/chat", "/operator", "/mcp") if path.startswith(name)), "other")
