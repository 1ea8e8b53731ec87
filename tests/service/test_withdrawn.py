"""Items that are hidden, deleted or expired are in no answer of any process after a second.

Run: pytest tests/service/test_withdrawn.py
"""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from tests.service.conftest import served
from tests.service.test_running import running

pytestmark = pytest.mark.timeout(600)
WITHDRAWN = ("f2", "f3", "f4")  # hidden, deleted, expired


def offered(client: httpx.Client | TestClient, conversation: str) -> dict[str, set[str]]:
    """The items in the answers of one process, by route."""
    who = {"user": "new"}
    cards = client.post("/v1/recommendations", json={**who, "k": 20}).json()["cards"]
    asked = {**who, "message": "a thriller", "k": 20}
    thrillers = client.post("/v1/recommendations", json=asked).json()["cards"]
    items = client.post("/v1/shortlist", json={**who, "n": 20}).json()["items"]
    path = f"/v1/conversations/{conversation}/turns"
    turn = client.post(path, json={"message": "a thriller"}).json()
    rows: dict[str, list[dict[str, Any]]] = {
        "recommendations": cards, "message": thrillers, "shortlist": items, "turn": turn["cards"],
    }  # fmt: skip
    return {route: {one["item_id"] for one in own} for route, own in rows.items()}


def test_withdrawn_items_are_gone_from_every_process_within_a_second(place: Path) -> None:
    with running(place, "--engine", "none") as (_, one), served(place) as other:
        clients = {
            client: client.post("/v1/conversations", json={"user": f"chat{n}"}).json()["id"]
            for n, client in enumerate((one, other))
        }
        for client, conversation in clients.items():
            found = offered(client, conversation)
            assert {"f1", *WITHDRAWN} <= found["recommendations"] & found["shortlist"]
            assert found["message"] & {"f1", *WITHDRAWN}
            assert found["turn"]
        hidden, deleted, expiring = WITHDRAWN
        soon = datetime.now(UTC) + timedelta(seconds=3)
        films = {item: _film(item) for item in (hidden, expiring)}
        films[hidden]["available"] = False
        films[expiring]["attributes"]["expires"] = soon.isoformat()
        one.put("/v1/items", json={"items": list(films.values())}).raise_for_status()
        one.request("DELETE", "/v1/items", json={"ids": [deleted]}).raise_for_status()
        done = time.time()
        time.sleep(max(1.0, soon.timestamp() + 1 - done))
        for client, conversation in clients.items():
            for route, found in offered(client, conversation).items():
                assert found, route
                assert not found & set(WITHDRAWN), route


def _film(item: str) -> dict[str, Any]:
    return {
        "id": item,
        "title": f"Film {item}",
        "attributes": {"genres": ["Thriller"], "director": ["Ida Brandt"], "year": 1981},
    }
