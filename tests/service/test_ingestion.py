"""Events and items sent by a shop. Run: pytest tests/service/test_ingestion.py"""

import time
from pathlib import Path
from typing import Any

from sqlalchemy import event
from starlette.testclient import TestClient

from shelftalker.data.event_log import EventLog
from tests.service.conftest import served

LIKE = {"user": "u1", "item": "f1", "kind": "like"}


def stored(client: TestClient, user: str = "u1") -> list[Any]:
    workspace = client.app.state.context.recommender.workspace  # type: ignore[attr-defined]
    return list(workspace.events.of_user("films", user))


def test_a_batch_is_on_disk_when_it_is_answered(client: TestClient, place: Path) -> None:
    rating = {"user": "new", "item": "f2", "kind": "rating", "value": 4, "time": 1000}
    answer = client.post("/v1/events", json={"events": [rating, {**LIKE, "user": "new"}]}).json()
    assert answer == {"stored": 2, "duplicates": 0, "refused": []}
    with EventLog(place / "events.db") as log:
        assert [event.item for event in log.of_user("films", "new")] == ["f2", "f1"]


def test_the_same_key_or_event_id_is_never_stored_twice(place: Path) -> None:
    key = {"Idempotency-Key": "batch-1"}
    named = {**LIKE, "id": "click-9"}
    with served(place) as client:
        before = len(stored(client))
        first = client.post("/v1/events", json={"events": [LIKE, LIKE]}, headers=key).json()
        assert first["stored"] == 2  # without ids, two equal events are two
    with served(place) as client:  # also after a restart
        again = client.post("/v1/events", json={"events": [LIKE, LIKE]}, headers=key).json()
        assert again == first
        assert client.post("/v1/events", json={"events": [named, named]}).json() == {
            "stored": 1, "duplicates": 1, "refused": [],
        }  # fmt: skip
        other = {"events": [LIKE]}
        response = client.post("/v1/events", json=other, headers=key)
        assert response.status_code == 422
        assert "other events" in response.json()["detail"]
        assert len(stored(client)) == before + 3


def test_one_event_that_cannot_be_stored_does_not_hold_up_the_others(client: TestClient) -> None:
    sent = [{**LIKE, "item": "f99"}, {"item": "f1", "kind": "view"}, LIKE]
    answer = client.post("/v1/events", json={"events": sent}).json()
    assert answer["stored"] == 1
    assert [one["index"] for one in answer["refused"]] == [0, 1]
    assert "f99" in answer["refused"][0]["detail"]


def test_events_of_before_an_erasure_stay_out(client: TestClient) -> None:
    old = {**LIKE, "time": time.time() - 100}
    client.post("/v1/events", json={"events": [old]})
    assert client.delete("/v1/users/u1").json()["count"] == 4
    assert client.post("/v1/events", json={"events": [old]}).json()["stored"] == 0
    assert stored(client) == []
    assert client.post("/v1/events", json={"events": [LIKE]}).json()["stored"] == 1


def test_items_come_and_go_at_once(client: TestClient) -> None:
    heist = {"id": "n1", "title": "The Ninth Vault", "attributes": {"genres": ["Heist"]}}
    assert client.put("/v1/items", json={"items": [heist]}).json() == {"count": 1}
    wanted = {"filters": [{"field": "genres", "op": "contains", "value": "Heist"}]}
    answer = client.post("/v1/recommendations", json=wanted).json()
    assert [card["item_id"] for card in answer["cards"]] == ["n1"]
    assert client.request("DELETE", "/v1/items", json={"ids": ["n1", "n2"]}).json() == {"count": 1}
    assert client.post("/v1/recommendations", json=wanted).json()["cards"] == []
    again = client.request("DELETE", "/v1/items", json={"ids": ["n1"]})
    assert again.json() == {"count": 0}


def test_a_batch_that_the_disk_does_not_take_is_not_acknowledged(client: TestClient) -> None:
    log = client.app.state.context.recommender.workspace.events  # type: ignore[attr-defined]
    only_read = ["ON"]

    @event.listens_for(log.db.engine, "checkout")
    def _set(connection: Any, *_: object) -> None:
        connection.execute(f"PRAGMA query_only = {only_read[-1]}")

    sent: dict[str, Any] = {"events": [{**LIKE, "id": "late"}]}
    response = client.post("/v1/events", json=sent, headers={"Idempotency-Key": "k"})
    assert response.status_code == 503
    assert "nothing of this was stored" in response.json()["detail"]
    only_read.append("OFF")
    sent_again = client.post("/v1/events", json=sent, headers={"Idempotency-Key": "k"})
    assert sent_again.json()["stored"] == 1


def test_an_attribute_without_a_letter_in_its_name_breaks_no_request(client: TestClient) -> None:
    odd = {"id": "n1", "title": "Odd", "attributes": {" ,;-": 3}}
    assert client.put("/v1/items", json={"items": [odd]}).status_code == 200
    asked = client.post("/v1/recommendations", json={"message": "3 thrillers"})
    assert asked.status_code == 200
