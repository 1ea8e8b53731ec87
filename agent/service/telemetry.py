"""What operators see of the service: Prometheus metrics, and OpenTelemetry traces, a span for each
request and below it one for each stage of its answer.

Traces are on where the environment names a collector, by OpenTelemetry's own variables
(`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_TRACES_SAMPLER` and so on). A span has the request's id, route
and status, and the versions that answered; no user, title or message, nor an error's text.
"""

import logging
import os
import time
from collections import Counter as Totals
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Self

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.datastructures import Headers

from shelftalker.errors import MissingExtra
from shelftalker.serving.engine_queue import EngineQueue
from shelftalker.serving.request_id import REQUEST_ID
from shelftalker.types import Answer

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Span

_LOG = logging.getLogger(__name__)
_COLLECTOR = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_REFUSALS = "shelftalker.writing.accepted_text"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_NO_STAGES = ("total", "first_sentence")


class Metrics(logging.Handler):
    """The metrics of one app. As a log handler it counts the sentences that writing refused.

    With several worker processes, `PROMETHEUS_MULTIPROC_DIR` names the folder that they share.
    """

    def __init__(self) -> None:
        super().__init__()
        self._registry = registry = CollectorRegistry()

        def counter(name: str, what: str, *labels: str) -> Counter:
            return Counter(f"shelftalker_{name}", what, labels, registry=registry)

        def seconds(name: str, what: str, *labels: str) -> Histogram:
            name = f"shelftalker_{name}_seconds"
            return Histogram(name, what, labels, buckets=_SECONDS, registry=registry)

        self.requests = counter("requests", "HTTP requests.", "method", "route", "status")
        self.seconds = seconds("request", "Time until a response is sent whole.", "route")
        self.stages = seconds("stage", "Time of the stages of an answer.", "stage")
        self.cards = counter("cards", "Cards, by who wrote the text.", "domain", "source")
        self.empty = counter("empty_answers", "Answers without a card.", "domain")
        self.refused = counter("refused_sentences", "Sentences not shown, by rule.", "rule")
        self.llm = counter("llm_work", "Work for the LLM, by what became of it.", "stage", "result")
        self.events = counter("events", "Events received, by what became of them.", "result")

        def gauge(name: str, what: str, joined: Any, *labels: str) -> Gauge:
            name = f"shelftalker_{name}"  # `joined`: how the values of several workers become one
            return Gauge(name, what, labels, registry=registry, multiprocess_mode=joined)

        self.under_way = gauge("answers_under_way", "Answers being made now.", "livesum")
        wait, last = "Expected wait for the LLM.", "Unix time of the last answer by these versions."
        self.llm_wait = gauge("llm_wait_seconds", wait, "livemax", "stage")
        self.versions = gauge("served_seconds", last, "max", "domain", "scorer", "adapter")

    def observe(self, answer: Answer, queues: Mapping[str, EngineQueue]) -> None:
        """Count an answer, and take over what became of the LLM's work, by stage."""
        for stage, ms in stages_of(answer).items():
            self.stages.labels(stage).observe(ms / 1000)
        for card in answer.cards:
            self.cards.labels(answer.domain, card.source).inc()
        if not answer.cards:
            self.empty.labels(answer.domain).inc()
        versions = (answer.domain, answer.scorer, answer.adapter or "none")
        self.versions.labels(*versions).set(time.time())
        for stage, queue in queues.items():
            self.llm_wait.labels(stage).set(queue.wait())
            for result, count in queue.counts().items():
                self.llm.labels(stage, result).inc(count)

    def emit(self, record: logging.LogRecord) -> None:
        """Count the refusals that a log record tells of."""
        for rule, count in getattr(record, "refused", {}).items():
            self.refused.labels(rule).inc(count)

    def totals(self, counted: Counter, label: str) -> dict[str, int]:
        """A counter of this process, by the values of one of its labels."""
        totals = Totals[str]()
        for metric in counted.collect():
            for one in metric.samples:
                if one.name.endswith("_total"):
                    totals[one.labels[label]] += int(one.value)
        return totals

    def listen(self) -> None:
        """Count refused sentences from now on, whatever the log level is."""
        logger = logging.getLogger(_REFUSALS)
        logger.setLevel(logging.INFO)
        logger.addHandler(self)

    def close(self) -> None:
        """Stop listening."""
        logging.getLogger(_REFUSALS).removeHandler(self)
        super().close()

    def text(self) -> bytes:
        """All metrics in Prometheus' text format; of all worker processes, if there are several."""
        registry = self._registry
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def stages_of(answer: Answer) -> dict[str, float]:
    """Milliseconds of the stages of an answer, in their order."""
    return {name: ms for name, ms in answer.timings_ms.items() if name not in _NO_STAGES}


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
