"""The chat page as a part of the service, and its login. Run: pytest tests/service/test_page.py"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
import uvicorn

from shelftalker import Recommender
from shelftalker.service.app import create_app
from shelftalker.service.keys import create_key
from shelftalker.store.service_db import ServiceDb

gradio_client = pytest.importorskip("gradio_client")


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


def asked(address: str, user: str, **login: Any) -> str:
    """Who the page thinks that a client is which says it is `user`."""
    client = gradio_client.Client(f"{address}/chat/", verbose=False, **login)
    answer: dict[str, Any] = client.predict("a thriller", user, "", "", api_name="/chat")
    assert len(answer["cards"]) == 3
    client.close()
    return str(answer["user"])


def test_the_page_believes_no_browser_about_its_user_but_in_a_demo(place: Path) -> None:
    with page(place, "visitors") as address:
        assert asked(address, "u1").startswith("visitor-")
    with page(place, "demo") as address:
        assert asked(address, "u1") == "u1"


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
        cookie = {"Cookie": f"shelftalker_visitor={token}"}
        assert asked(address, "u1", headers=cookie) == "u2"
