"""Keys, scopes, limits and visitor tokens. Run: pytest tests/service/test_access.py"""

import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from shelftalker.errors import InputError
from shelftalker.service.keys import create_key, revoke_key, rotate_key
from shelftalker.service.running import check_address
from shelftalker.store.service_db import KNOWN_SECONDS, ServiceDb
from tests.service.conftest import SSE, served

Bearer = Callable[..., dict[str, str]]
ROUTES: dict[tuple[str, str], tuple[Any, set[str]]] = {
    ("POST", "/v1/recommendations"): ({}, {"serve", "visitor"}),
    ("POST", "/v1/shortlist"): ({}, {"serve", "visitor"}),
    ("POST", "/v1/conversations"): ({}, {"serve", "visitor"}),
    ("POST", "/v1/conversations/{conversation_id}/turns"): (
        {"message": "a thriller"}, {"serve", "visitor"},
    ),
    ("POST", "/v1/events"): ({"events": [{"item": "f1", "kind": "view"}]}, {"ingest", "visitor"}),
    ("PUT", "/v1/items"): ({"items": [{"id": "n", "title": "New"}]}, {"ingest"}),
    ("DELETE", "/v1/items"): ({"ids": ["n"]}, {"ingest"}),
    ("POST", "/v1/visitor-tokens"): ({"user": "u1"}, {"serve"}),
    ("POST", "/v1/users/{user}/merge"): ({"anonymous": "visitor-1"}, {"ingest"}),
    ("GET", "/v1/users/{user}/export"): (None, {"admin"}),
    ("DELETE", "/v1/users/{user}"): (None, {"admin"}),
    ("GET", "/health/live"): (None, {"nobody", "serve", "ingest", "admin", "visitor"}),
    ("GET", "/health/ready"): (None, {"nobody", "serve", "ingest", "admin", "visitor"}),
    ("GET", "/metrics"): (None, {"admin"}),
    ("GET", "/v1/admin/domains"): (None, {"admin"}),
    ("POST", "/v1/admin/domains/{domain}/serving"): ({}, {"admin"}),
    ("POST", "/v1/admin/domains/{domain}/rollback"): (None, {"admin"}),
    ("GET", "/v1/admin/domains/{domain}/hooks"): (None, {"admin"}),
    ("POST", "/v1/admin/domains/{domain}/hooks"): (
        {"ids": ["x"], "status": "rejected"}, {"admin"},
    ),
    ("GET", "/v1/models"): (None, {"serve", "visitor"}),
    ("POST", "/v1/chat/completions"): (
        {"model": "shelftalker/films", "messages": [{"role": "user", "content": "a thriller"}]},
        {"serve", "visitor"},
    ),
    ("GET", "/.well-known/ucp"): (None, {"nobody", "serve", "ingest", "admin", "visitor"}),
    ("POST", "/catalog/search"): ({}, {"serve", "visitor"}),
    ("POST", "/catalog/lookup"): ({"ids": ["f1"]}, {"serve", "visitor"}),
}  # fmt: skip
"""Every route, with a body it takes, and who may call it. `nobody` sends no key."""


def callers(client: TestClient, bearer: Bearer) -> dict[str, dict[str, str]]:
    """A header for each kind of caller."""
    headers = {scope: bearer(scope) for scope in ("serve", "ingest", "admin")}
    made = client.post("/v1/visitor-tokens", json={"user": "u1"}, headers=headers["serve"]).json()
    return {**headers, "visitor": {"Authorization": f"Bearer {made['token']}"}, "nobody": {}}


def test_every_route_lets_in_whom_it_should_and_nobody_else(place: Path, bearer: Bearer) -> None:
    with served(place, currency="EUR") as client:
        _check_matrix(client, bearer)


def _check_matrix(client: TestClient, bearer: Bearer) -> None:
    paths = client.app.openapi()["paths"]  # type: ignore[attr-defined]
    known = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert known == set(ROUTES)
    headers = callers(client, bearer)
    for (method, path), (body, allowed) in ROUTES.items():
        filled = path.format(conversation_id="none", user="u29", domain="films")
        for name, header in headers.items():
            status = client.request(method, filled, json=body, headers=header).status_code
            refused = 401 if name == "nobody" else 403
            assert (status == refused) is (name not in allowed), (method, path, name, status)


def test_a_visitor_token_acts_for_its_visitor_only(client: TestClient, bearer: Bearer) -> None:
    headers = callers(client, bearer)
    visitor, serve = headers["visitor"], headers["serve"]
    own = client.post("/v1/recommendations", json={}, headers=visitor).json()
    assert own["user"] == "u1"
    like = {"events": [{"user": "u2", "item": "f1", "kind": "like"}]}
    theirs = client.post("/v1/conversations", json={"user": "u2"}, headers=serve).json()["id"]
    turn = f"/v1/conversations/{theirs}/turns"
    for path, body, status in (
        ("/v1/recommendations", {"user": "u2"}, 403),
        ("/v1/shortlist", {"user": "u2"}, 403),
        ("/v1/conversations", {"user": "u2"}, 403),
        ("/v1/events", like, 403),
        (turn, {"message": "a thriller"}, 404),
        ("/v1/recommendations", {"adapter": "films@v1"}, 403),
    ):
        assert client.post(path, json=body, headers=visitor).status_code == status, path
        stream = client.post(path, json=body, headers={**visitor, **SSE})
        assert stream.status_code == status, path


def test_a_token_ends_with_its_key_and_with_its_time(
    client: TestClient, bearer: Bearer, place: Path
) -> None:
    serve = bearer("serve")
    made = client.post("/v1/visitor-tokens", json={"user": "u1"}, headers=serve).json()["token"]
    short = client.post(
        "/v1/visitor-tokens", json={"user": "u1", "minutes": 1e-9}, headers=serve
    ).json()["token"]
    visitor = {"Authorization": f"Bearer {made}"}
    assert client.post("/v1/shortlist", json={}, headers=visitor).status_code == 200
    late = {"Authorization": f"Bearer {short}"}
    assert client.post("/v1/shortlist", json={}, headers=late).status_code == 401
    forged = {"Authorization": f"Bearer {made[:-6]}AAAAAA"}
    assert client.post("/v1/shortlist", json={}, headers=forged).status_code == 401
    with ServiceDb.of(place) as store:
        revoke_key(store, store.all_keys()[0].id)
    time.sleep(KNOWN_SECONDS)
    assert client.post("/v1/shortlist", json={}, headers=visitor).status_code == 401
    assert client.post("/v1/shortlist", json={}, headers=serve).status_code == 401
    assert client.post("/v1/shortlist", json={}).status_code == 401  # a key was there: never open


def test_a_rotated_key_has_the_same_rights_and_the_old_one_ends(place: Path) -> None:
    with served(place) as client, ServiceDb.of(place) as store:
        old = create_key(store, "serve", 7)
        new = rotate_key(store, store.all_keys()[0].id, overlap_seconds=0)
        row = store.all_keys()[-1]
        assert (row.scopes, row.per_minute) == ("serve", 7)
        for key, status in ((old, 401), (new, 200)):
            header = {"Authorization": f"Bearer {key}"}
            assert client.post("/v1/shortlist", json={}, headers=header).status_code == status
        with pytest.raises(InputError, match="no key"):
            rotate_key(store, store.all_keys()[0].id, overlap_seconds=0)


def test_a_key_has_its_limit_a_minute(
    client: TestClient, bearer: Bearer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shelftalker.service.access.time.time", lambda: 6000.0)
    header, other = bearer("serve", 3), bearer("serve")
    for _ in range(3):
        assert client.post("/v1/shortlist", json={}, headers=header).status_code == 200
    refused = client.post("/v1/shortlist", json={}, headers=header)
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "60"
    assert client.post("/v1/shortlist", json={}, headers=other).status_code == 200
    monkeypatch.setattr("shelftalker.service.access.time.time", lambda: 6060.0)
    assert client.post("/v1/shortlist", json={}, headers=header).status_code == 200


def test_without_a_key_only_this_machine_is_served(client: TestClient, place: Path) -> None:
    check_address(place, "127.0.0.1")
    with pytest.raises(InputError, match="no API key"):
        check_address(place, "0.0.0.0")
    rebound = client.post("/v1/shortlist", json={}, headers={"Host": "evil.example"})
    assert rebound.status_code == 400
    with ServiceDb.of(place) as store:
        create_key(store, "serve")
    check_address(place, "0.0.0.0")


def test_another_origin_may_not_call_unless_a_setting_says_so(place: Path) -> None:
    ask = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    with served(place) as client:
        answer = client.options("/v1/shortlist", headers=ask)
        assert "access-control-allow-origin" not in answer.headers
    with served(place, cors_origins=("https://shop.example",)) as client:
        answer = client.options("/v1/shortlist", headers=ask)
        assert answer.headers["access-control-allow-origin"] == "https://shop.example"


def test_no_secret_is_stored_or_logged(
    place: Path, bearer: Bearer, caplog: pytest.LogCaptureFixture
) -> None:
    key = bearer("serve,ingest,admin")["Authorization"].removeprefix("Bearer ")
    caplog.set_level(logging.DEBUG)
    with served(place) as client:
        header = {"Authorization": f"Bearer {key}"}
        asked = {"user": "u1", "message": "a thriller for Ottilie"}
        client.post("/v1/recommendations", json=asked, headers=header)
        client.delete("/v1/users/u1", headers=header)
        client.post("/v1/shortlist", json={}, headers={"Authorization": f"Bearer {key}x"})
    secret = key.split("_", 2)[2]
    ours = [record for record in caplog.records if record.name.startswith("shelftalker")]
    above_debug = [record for record in ours if record.levelno > logging.DEBUG]
    told = json.dumps([vars(record) for record in above_debug], default=str)
    assert '"route": "/v1/users/{user:path}"' in told
    for private in (secret, "Ottilie", "users/u1"):
        assert private not in told
    assert all(secret.encode() not in path.read_bytes() for path in place.glob("service.db*"))


def test_one_request_id_joins_all_lines_of_a_request(client: TestClient) -> None:
    sent = client.get("/health/live", headers={"X-Request-Id": "shop-17"})
    assert sent.headers["x-request-id"] == "shop-17"
    odd = client.get("/health/live", headers={"X-Request-Id": "a b\tc"})
    assert odd.headers["x-request-id"] != "a b\tc"
