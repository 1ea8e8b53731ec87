"""Items that are hidden, deleted or expired are in no answer of any process after a second: of no
route, no tool of agents and no chat front end.

Run: pytest tests/service/processes/test_withdrawn.py
"""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from tests.service.conftest import served

pytestmark = pytest.mark.timeout(600)
WITHDRAWN = ("f2", "f3", "f4")  # hidden, deleted, expired
FILMS = ("f1", *WITHDRAWN)
TITLES = {one: f"Film {one} of Ida" for one in FILMS}


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
        "recommend": called(client, "recommend", request="a thriller")["picks"],
        "search_catalog": called(client, "search_catalog", query="a thriller", limit=20)["items"],
        "get_item": [one for id_ in FILMS if (one := called(client, "get_item", item_id=id_))],
        "completions": completed(client),
    }  # fmt: skip
    found = {route: {one["item_id"] for one in own} for route, own in rows.items()}
    for route, body in (("search", {"query": "a thriller"}), ("lookup", {"ids": FILMS})):
        products = client.post(f"/catalog/{route}", json=body).json()["products"]
        found[f"ucp {route}"] = {one["id"] for one in products}
    return found


def called(client: httpx.Client | TestClient, tool: str, **arguments: Any) -> dict[str, Any]:
    """What a tool of MCP answers, empty where it refuses."""
    call = {"method": "tools/call", "params": {"name": tool, "arguments": arguments}}
    accept = {"Accept": "application/json, text/event-stream"}
    sent = client.post("/mcp", json={"jsonrpc": "2.0", "id": 1, **call}, headers=accept)
    answer: dict[str, Any] = sent.json()["result"].get("structuredContent") or {}
    return answer


def completed(client: httpx.Client | TestClient) -> list[dict[str, str]]:
    """The items whose titles a completion names."""
    messages = [{"role": "user", "content": "a thriller"}]
    body = {"model": "shelftalker/films", "messages": messages}
    sent = client.post("/v1/chat/completions", json=body).json()
    text = sent["choices"][0]["message"]["content"]
    return [{"item_id": one} for one in FILMS if TITLES[one] in text]


def test_withdrawn_items_are_gone_from_every_process_within_a_second(
    two_workers: tuple[Path, int, httpx.Client],
) -> None:
    place, _, one = two_workers
    films = {item: _film(item) for item in FILMS}
    one.put("/v1/items", json={"items": list(films.values())}).raise_for_status()
    with served(place, currency="EUR") as other:
        both: list[httpx.Client | TestClient] = [one, other]
        clients = {
            client: client.post("/v1/conversations", json={"user": f"chat{n}"}).json()["id"]
            for n, client in enumerate(both)
        }
        for client, conversation in clients.items():
            found = offered(client, conversation)
            assert all(own & set(WITHDRAWN) for own in found.values()), found
            for route in ("recommendations", "shortlist", "get_item", "ucp lookup"):
                assert set(FILMS) <= found[route], route
        hidden, deleted, expiring = WITHDRAWN
        soon = datetime.now(UTC) + timedelta(seconds=1)
        films[hidden]["available"] = False
        films[expiring]["attributes"]["expires"] = soon.isoformat()
        changed = [films[hidden], films[expiring]]
        one.put("/v1/items", json={"items": changed}).raise_for_status()
        one.request("DELETE", "/v1/items", json={"ids": [deleted]}).raise_for_status()
        done = time.time()
        time.sleep(max(1.0, soon.timestamp() + 1 - done))
        for client, conversation in clients.items():
            for route, left in offered(client, conversation).items():
                assert left, route
                assert not left & set(WITHDRAWN), route


def _film(item: str) -> dict[str, Any]:
    return {
        "id": item,
        "title": TITLES[item],
        "price": 9.5,
        "attributes": {"genres": ["Thriller"], "director": ["Ida Brandt"], "year": 1981},
    }
