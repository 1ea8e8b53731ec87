"""The chat page as a part of the service, and its login. Run: pytest tests/service/test_page.py"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import httpx
import pytest
import uvicorn

from shelftalker import Recommender
from shelftalker.service.app import create_app
from shelftalker.service.keys import create_key
from shelftalker.store.service_db import ServiceDb
from tests.conftest import COMEDIES, SPACE

pytestmark = pytest.mark.skipif(find_spec("gradio") is None, reason="gradio is not installed")


@contextmanager
def page(place: Path, mode: Literal["visitors", "demo"]) -> Iterator[str]:
    """The service with its page, at a port of this machine."""
    with Recommender.open(place, engine="none") as recommender:
        app = create_app(recommender, page=mode)
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        server.should_exit = server.force_exit = True
        thread.join()


def history_of(address: str, user: str, **headers: str) -> str:
    """What the page shows as the history of a browser that says it is `user`."""
    with httpx.Client(base_url=f"{address}/chat", headers=headers, timeout=60) as browser:
        page = browser.get("/config").json()
        [turn] = [one["id"] for one in page["dependencies"] if one["api_name"] == "on_say"]
        shown, data = "", ["a thriller", user, "films", "English"]
        asked = {"data": data, "fn_index": turn, "session_hash": "tab"}
        browser.post("/gradio_api/queue/join", json=asked).raise_for_status()
        with browser.stream("GET", "/gradio_api/queue/data?session_hash=tab") as stream:
            for line in stream.iter_lines():
                shown += line
                if "process_completed" in line:
                    break
    assert "st-card" in shown
    return shown.partition("From your history")[2]


def test_the_page_believes_no_browser_about_its_user_but_in_a_demo(place: Path) -> None:
    with page(place, "visitors") as address:
        assert history_of(address, "u1") == ""
    with page(place, "demo") as address:
        assert COMEDIES[0] in history_of(address, "u1")


def test_with_keys_a_browser_logs_in_with_a_visitor_token(place: Path) -> None:
    with ServiceDb.of(place) as store:
        key = create_key(store, "serve")
    with page(place, "visitors") as address, httpx.Client(base_url=address) as browser:
        assert browser.get("/chat/config").status_code == 401
        assert browser.get("/chat-login?token=nonsense").status_code == 401
        assert browser.get(f"/chat-login?token={key}").status_code == 403
        header = {"Authorization": f"Bearer {key}"}
        made = httpx.post(f"{address}/v1/visitor-tokens", json={"user": "u2"}, headers=header)
        token = made.json()["token"]
        answer = browser.get("/chat-login", params={"token": token})
        assert answer.status_code == 303
        assert "HttpOnly" in answer.headers["set-cookie"]
        assert browser.get("/chat/config").status_code == 200
        shown = history_of(address, "u1", Cookie=f"shelftalker_visitor={token}")
        assert SPACE[0] in shown
        assert COMEDIES[0] not in shown
