"""Conversations over HTTP. Run: pytest tests/service/test_conversations.py"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from shelftalker.service import conversing
from shelftalker.store.service_db import ServiceDb
from tests.conftest import COMEDIES, THRILLERS
from tests.service.conftest import SSE, events_of, served


def begun(client: TestClient, **body: Any) -> dict[str, Any]:
    response = client.post("/v1/conversations", json=body)
    assert response.status_code == 201
    answer: dict[str, Any] = response.json()
    return answer


def said(client: TestClient, name: str, **body: Any) -> dict[str, Any]:
    response = client.post(f"/v1/conversations/{name}/turns", json=body)
    assert response.status_code == 200, response.text
    turn: dict[str, Any] = response.json()
    return turn


def titles(turn: dict[str, Any]) -> set[str]:
    return {card["title"] for card in turn["cards"]}


def test_a_turn_corrects_the_one_before(client: TestClient) -> None:
    first = begun(client, message="a thriller")
    assert titles(first["turn"]) <= set(THRILLERS)
    second = said(client, first["id"], message="a comedy instead")
    assert titles(second) <= set(COMEDIES)
    assert {"added": False, "label": "Thriller"} in second["changes"]


def test_another_process_goes_on_and_undoes(place: Path) -> None:
    with served(place) as client:
        first = begun(client, message="a thriller")
        chip = first["turn"]["taste"][0]["key"]
        liked = first["turn"]["cards"][0]["item_id"]
        said(client, first["id"], button="like", value=liked)
    with served(place) as other:
        why = said(other, first["id"], message="why the first one?")
        assert why["why"] == [liked]
        said(other, first["id"], button="undo")
        assert other.app.state.context.recommender.profile(first["user"]).history == ()  # type: ignore[attr-defined]
        gone = said(other, first["id"], button="remove", value=chip)
        assert gone["taste"] == []


def test_a_stream_of_a_turn(client: TestClient) -> None:
    name = begun(client)["id"]
    path = f"/v1/conversations/{name}/turns"
    with client.stream("POST", path, json={"message": "a thriller"}, headers=SSE) as stream:
        names = events_of(stream)
    assert len(names) > 2  # it grew
    assert set(names[:-1]) == {"turn"}
    assert names[-1] == "done"
    assert said(client, name, message="why the first one?")["why"]


def test_one_turn_at_a_time_holds_a_conversation(client: TestClient) -> None:
    name = begun(client)["id"]
    store = client.app.state.context.store  # type: ignore[attr-defined]
    _, state = store.take_conversation(name, 60)
    response = client.post(f"/v1/conversations/{name}/turns", json={"message": "a thriller"})
    assert response.status_code == 409
    store.save_conversation(name, "u1", state)
    assert said(client, name, message="a thriller")["cards"]


def test_a_conversation_that_is_not_there_and_a_turn_that_is_none(client: TestClient) -> None:
    path = "/v1/conversations/nowhere/turns"
    assert client.post(path, json={"message": "a thriller"}).status_code == 404
    name = begun(client)["id"]
    for body, named in (
        ({}, "give a message, or a button"),
        ({"button": "jump"}, "allowed: like"),
        ({"button": "like", "value": "f99"}, "f99"),
    ):
        response = client.post(f"/v1/conversations/{name}/turns", json=body)
        assert named in response.json()["detail"]
    assert said(client, name, message="a thriller")["cards"]  # and it goes on


def test_what_one_conversation_says_is_in_no_other(client: TestClient) -> None:
    def talk(number: int) -> tuple[str, str]:
        secret = f"zanzibar{number}q"
        first = begun(client, message=f"a thriller {secret}")
        return secret, str(
            [first, *(said(client, first["id"], message=m) for m in ("shorter", "undo"))]
        )

    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(talk, range(6)))
    for secret, answers in told:
        assert secret in answers
        assert not [other for other, _ in told if other != secret and other in answers]


def test_what_is_deleted_while_a_turn_waits_for_it_is_not_there(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = begun(client, user="u1", message="a thriller")["id"]
    asked: list[str] = []

    def owner(_: ServiceDb, name: str) -> str | None:
        asked.append(name)
        return None if asked[1:] else "u1"

    monkeypatch.setattr(conversing, "WAIT_SECONDS", 0.1)
    monkeypatch.setattr(ServiceDb, "conversation_user", owner)
    monkeypatch.setattr(ServiceDb, "take_conversation", lambda *_: None)
    answer = client.post(f"/v1/conversations/{name}/turns", json={"message": "a comedy"})
    assert answer.status_code == 404


def test_an_idle_conversation_is_deleted(place: Path) -> None:
    with served(place) as client:
        name = begun(client, user="u1", message="a thriller")["id"]
    with served(place, conversation_minutes=1e-9) as client:
        response = client.post(f"/v1/conversations/{name}/turns", json={"message": "a comedy"})
        assert response.status_code == 404
