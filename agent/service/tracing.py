"""OpenTelemetry traces: a span for each request, and below it one for each stage of its answer.

They are on where the environment names a collector, by OpenTelemetry's own variables
(`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_TRACES_SAMPLER` and so on). A span has the request's id, route
and status, and the versions that answered; no user, title or message, nor an error's text.
"""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Self

from starlette.datastructures import Headers

from shelftalker.errors import MissingExtra
from shelftalker.serving.request_id import REQUEST_ID
from shelftalker.types import Answer

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Span

_LOG = logging.getLogger(__name__)
_COLLECTOR = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class Traces:
    """The traces of one process; `processor` takes the spans that have ended."""

    def __init__(self, processor: "SpanProcessor") -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider

        name = os.environ.get("OTEL_SERVICE_NAME", "shelftalker")
        self._provider = TracerProvider(resource=Resource.create({"service.name": name}))
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("shelftalker")

    @classmethod
    def of_environment(cls) -> Self | None:
        """The traces that the environment asks for, if it does. They start a thread."""
        if not any(map(os.environ.get, _COLLECTOR)):
            return None
        if find_spec("opentelemetry.exporter") is None:
            _LOG.warning("no traces: %s", MissingExtra("opentelemetry-sdk", "traces"))
            return None
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        return cls(BatchSpanProcessor(OTLPSpanExporter()))

    @contextmanager
    def request(self, method: str, headers: Headers) -> Iterator["Span"]:
        """A span around a request, below that of the caller where `traceparent` names one."""
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        with self._tracer.start_as_current_span(
            method,
            TraceContextTextMapPropagator().extract(dict(headers.items())),
            SpanKind.SERVER,
            {"http.request.method": method, "request_id": REQUEST_ID.get()},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            yield span

    def stages(self, answer: Answer, milliseconds: dict[str, float]) -> None:
        """Spans of the stages of an answer, which came one after the other and end now."""
        versions = {
            "domain": answer.domain, "scorer": answer.scorer, "adapter": answer.adapter or "",
            "engine": answer.engine, "request_id": REQUEST_ID.get(),
        }  # fmt: skip
        end = time.time_ns() - int(1e6 * sum(milliseconds.values()))
        for stage, taken in milliseconds.items():
            begun, end = end, end + int(1e6 * taken)
            self._tracer.start_span(stage, attributes=versions, start_time=begun).end(end)

    def close(self) -> None:
        """Send what has ended."""
        self._provider.shutdown()
