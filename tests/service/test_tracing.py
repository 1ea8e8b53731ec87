"""Spans of requests and their stages. Run: pytest tests/service/test_tracing.py"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.testclient import TestClient

from shelftalker import Recommender
from shelftalker.service.app import create_app
from shelftalker.service.telemetry import Traces
from tests.service.conftest import SSE, events_of, served

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
STAGES = ["shortlist", "pick", "describe"]


@contextmanager
def traced(place: Path) -> Iterator[tuple[TestClient, InMemorySpanExporter]]:
    spans = InMemorySpanExporter()
    with Recommender.open(place, engine="none") as recommender:
        app = create_app(recommender)
        app.state.context.traces = Traces(SimpleSpanProcessor(spans))
        with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
            yield client, spans


def test_a_request_and_its_stages_are_one_trace_of_the_caller(place: Path) -> None:
    with traced(place) as (client, spans):
        sent = {"traceparent": CALLER, "X-Request-Id": "shop-17"}
        asked = {"user": "u1", "message": "a thriller"}
        client.post("/v1/recommendations", json=asked, headers=sent)
        *stages, request = spans.get_finished_spans()
    assert [span.name for span in stages] == STAGES
    assert request.name == "POST /v1/recommendations"
    assert request.attributes is not None
    assert request.attributes["http.response.status_code"] == 200
    assert {f"{span.context.trace_id:032x}" for span in (*stages, request)} == {CALLER[3:35]}  # type: ignore[union-attr]
    assert {span.parent.span_id for span in stages} == {request.context.span_id}  # type: ignore[union-attr]
    for span in (*stages, request):
        assert (span.attributes or {})["request_id"] == "shop-17"
    assert stages[-1].end_time - stages[0].start_time > 0  # type: ignore[operator]
    ends = [span.end_time for span in stages]
    assert [span.start_time for span in stages[1:]] == ends[:-1]
    told = str([span.to_json() for span in (*stages, request)])
    assert "thriller" not in told
    assert '"u1"' not in told


def test_a_stream_a_turn_and_an_error_are_traced(place: Path) -> None:
    with traced(place) as (client, spans):
        begun = client.post("/v1/conversations", json={}).json()["id"]
        spans.clear()
        path = f"/v1/conversations/{begun}/turns"
        with client.stream("POST", path, json={"message": "a comedy"}, headers=SSE) as stream:
            events_of(stream)
        *stages, request = spans.get_finished_spans()
        spans.clear()
        client.get("/v1/users/u1/nothing")
        [wrong] = spans.get_finished_spans()
    assert [span.name for span in stages] == STAGES
    assert request.name == "POST /v1/conversations/{conversation_id}/turns"
    assert {span.parent.span_id for span in stages} == {request.context.span_id}  # type: ignore[union-attr]
    assert (wrong.attributes or {})["http.response.status_code"] == 405
    assert "u1" not in wrong.to_json()


@pytest.mark.parametrize("named", [True, False])
def test_spans_reach_the_collector_that_the_environment_names(
    place: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    received = ExportTraceServiceRequest()

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.MergeFromString(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Collector) as collector:
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        if named:
            address = f"http://127.0.0.1:{collector.server_port}"
            monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
            monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
        with served(place) as client:
            client.post("/v1/recommendations", json={"user": "u1"})
        collector.shutdown()
    names = [
        span.name
        for resource in received.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    assert names == ([*STAGES, "POST /v1/recommendations"] if named else [])
