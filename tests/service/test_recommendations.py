"""POST /v1/recommendations and /v1/shortlist. Run: pytest tests/service/test_recommendations.py"""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from shelftalker import Recommender
from shelftalker.service.app import create_app
from shelftalker.store.settings import Service
from tests.conftest import THRILLERS
from tests.service.conftest import SSE, events_of, served
from tests.support.fakes import FakeEngine


def test_a_message_gets_cards_with_texts_and_no_item_that_breaks_it(client: TestClient) -> None:
    answer = client.post("/v1/recommendations", json={"user": "u1", "message": "a thriller"}).json()
    assert {card["title"] for card in answer["cards"]} <= set(THRILLERS)
    assert len(answer["cards"]) == 3
    assert all(card["description"] for card in answer["cards"])


def test_filters_of_the_caller_hold(client: TestClient) -> None:
    bound = {"field": "year", "op": "at_most", "value": 1981}
    body = {"user": "u2", "filters": [bound], "k": 5}
    answer = client.post("/v1/recommendations", json=body).json()
    titles = [card["title"] for card in answer["cards"]]
    assert sorted(titles) == ["Cold Harbour", "The Silent Ledger"]


def test_a_stream_gives_cards_then_sentences_then_the_whole(client: TestClient) -> None:
    with client.stream("POST", "/v1/recommendations", json={"user": "u1"}, headers=SSE) as stream:
        names = events_of(stream)
    assert names[:2] == ["shortlisted", "picked"]
    assert set(names[2:-1]) == {"sentence"}
    assert names[-1] == "done"


def test_without_a_user_each_call_is_a_new_visitor(client: TestClient) -> None:
    users = {client.post("/v1/recommendations", json={}).json()["user"] for _ in range(2)}
    assert len(users) == 2


def test_the_shortlist_is_the_recommenders_own(client: TestClient) -> None:
    recommender = client.app.state.context.recommender  # type: ignore[attr-defined]
    items = client.post("/v1/shortlist", json={"user": "u1", "n": 4}).json()["items"]
    expected = [scored.item_id for scored in recommender.shortlist("u1", n=4)]
    assert [item["item_id"] for item in items] == expected


def test_a_wrong_request_is_a_problem_with_one_sentence(client: TestClient) -> None:
    for body, named in (
        ({"k": 99}, "k is 99"),
        ({"colour": "red"}, "colour is not a known field"),
        ({"filters": [{"field": "year", "op": "above", "value": "soon"}]}, "above takes a number"),
        ({"domain": "songs"}, "its domains: films"),
        ({"user": "a\u0000b"}, "no user id"),
        ({"adapter": "films@v9"}, "films@v9"),
    ):
        response = client.post("/v1/recommendations", json=body)
        assert response.status_code in (404, 422, 503), body
        assert response.headers["content-type"] == "application/problem+json"
        assert named in response.json()["detail"], response.json()
        assert response.json()["request_id"] == response.headers["x-request-id"]


def test_when_time_is_up_the_rest_is_composed(place: Path) -> None:
    engine = FakeEngine(["It is a film that runs for a while. " * 20], pause=0.05)
    with served(place, engine) as client:
        client.post("/v1/shortlist", json={})  # loads the domain
        start = time.monotonic()
        body = {"user": "u1", "message": "a thriller", "seconds": 0.5}
        answer = client.post("/v1/recommendations", json=body).json()
    assert time.monotonic() - start < 8  # writing it all takes 12 s and more
    assert len(answer["cards"]) == 3
    assert all(card["description"] for card in answer["cards"])


def test_a_long_body_is_refused(place: Path) -> None:
    with served(place, body_bytes=1000) as client:
        for content in (b'{"message": "%s"}' % (b"x" * 2000), _chunks()):
            response = client.post(
                "/v1/recommendations", content=content, headers={"Content-Type": "application/json"}
            )
            assert response.status_code == 413
            assert "1000 bytes" in response.json()["detail"]


def _chunks() -> Any:
    yield from [b'{"message": "', b"x" * 2000, b'"}']


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
async def test_a_client_that_goes_away_frees_the_engine(place: Path, accept: str) -> None:
    engine = FakeEngine(["It is a film that runs for a while. " * 50], pause=0.05)
    with Recommender.open(place, engine=engine) as recommender:
        app = create_app(recommender, Service())
        await asyncio.wait_for(_leaves_early(app, accept, lambda: engine.opened > 0), 20)
        for _ in range(100):
            if engine.closed_streams == engine.opened:
                break
            await asyncio.sleep(0.05)
        assert engine.closed_streams == engine.opened > 0


async def _leaves_early(app: Any, accept: str, started: Any) -> None:
    """An ASGI client that sends a request and disconnects once the engine works on it."""
    body = json.dumps({"user": "u1", "message": "a thriller"}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"accept", accept.encode()),
        (b"host", b"localhost"),
    ]
    scope = {
        "type": "http", "method": "POST", "path": "/v1/recommendations", "headers": headers,
        "query_string": b"", "http_version": "1.1", "scheme": "http", "root_path": "",
        "raw_path": b"/v1/recommendations", "server": ("localhost", 80), "client": ("t", 1),
        "asgi": {"version": "3.0", "spec_version": "2.3"},
    }  # fmt: skip
    sent = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Any:
        if (message := next(sent, None)) is not None:
            return message
        while not started():
            await asyncio.sleep(0.02)
        return {"type": "http.disconnect"}

    async def send(_: Any) -> None:
        await asyncio.sleep(0)

    await app(scope, receive, send)


def test_silence_is_filled_with_comments(place: Path) -> None:
    engine = FakeEngine(["It is a film that runs for a while."], pause=0.3)
    with (
        served(place, engine, keepalive_seconds=0.1) as client,
        client.stream("POST", "/v1/recommendations", json={"user": "u1"}, headers=SSE) as stream,
    ):
        lines = list(stream.iter_lines())
    assert ": keep-alive" in lines
    assert "event: done" in lines


def test_an_answer_is_whole_within_the_text_seconds_and_operators_see_what_the_llm_did(
    place: Path,
) -> None:
    engine = FakeEngine(["It was released in 1981. " * 2000], pause=0.01)
    with served(place, engine, text_seconds=0.5) as client:
        answer = client.post("/v1/recommendations", json={"user": "u1"}).json()
        metrics = client.get("/metrics").text
    assert len(answer["cards"]) == 3
    assert any("took too long" in notice for notice in answer["notices"])
    assert answer["timings_ms"]["total"] < 30_000  # the whole text takes minutes
    assert 'shelftalker_llm_work_total{result="admitted",stage="describe"} 1.0' in metrics
