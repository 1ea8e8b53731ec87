"""The engine that asks a shared server, and the server's faults.

Run: pytest tests/unit/engine/test_server_engine.py
"""

import asyncio
import itertools
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from shelftalker import Recommender, Workspace
from shelftalker.engine import open_engine
from shelftalker.engine.base import Message, Sampling
from shelftalker.engine.models import DEFAULT_MODEL
from shelftalker.engine.server.engine import ServerEngine
from shelftalker.errors import EngineError, InputError
from shelftalker.serving.engine_host import MAX_DELAY_SECONDS, EngineHost
from shelftalker.store.settings import as_toml, read_settings
from tests.support.fake_llm_server import Fake

PROMPT = [Message(role="user", content="Name a film.")]
SHORT = Sampling(max_tokens=8)


@pytest.fixture
def fake() -> Iterator[Fake]:
    fake = Fake(("127.0.0.1", 0))
    yield fake
    fake.close()


def opened(fake: Fake) -> ServerEngine:
    url = f"http://127.0.0.1:{fake.server.server_port}"
    engine = open_engine(DEFAULT_MODEL, "server", url=f"{url}/v1", workspace="shop", seconds=5)
    assert isinstance(engine, ServerEngine)
    return engine


def test_a_socket_is_an_address(tmp_path: Path) -> None:
    fake = Fake(str(tmp_path / "llm.sock"))
    engine = open_engine(DEFAULT_MODEL, "server", url=f"unix:{tmp_path}/llm.sock")
    assert asyncio.run(engine.choose([PROMPT], ["A", "B"])).shape == (1, 2)
    fake.close()


def test_prompts_are_sent_as_tokens_and_one_request_has_all(fake: Fake) -> None:
    fake.answer = lambda path, body: (200, json.dumps({"rows": [[-1.0, -2.0]] * 3}).encode())
    asyncio.run(opened(fake).choose([PROMPT] * 3, ["A", "B"]))
    [(path, body)] = fake.asked
    assert path == "/v1/shelftalker/choose"
    assert len(body["prompts"]) == 3
    assert all(isinstance(token, int) for token in body["prompts"][0])
    assert (body["workspace"], body["adapter"]) == ("shop", None)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (b'"He"\n"at"\n', "ended in the middle"),
        (b'"He"\n{"error": "vLLM failed: X", "adapter": false}\n', "vLLM failed: X"),
        (b'"He"\n"a', "gave no answer"),
    ],
)
def test_a_text_that_is_cut_off_is_an_error(fake: Fake, lines: bytes, message: str) -> None:
    engine = opened(fake)
    fake.answer = lambda path, body: (200, lines)
    with pytest.raises(EngineError, match=message):
        asyncio.run(engine.write([PROMPT], SHORT))
    fake.answer = lambda path, body: (200, b'"He"\n"at"\n{"asked": 9, "reused": 3}\n')
    assert asyncio.run(opened(fake).write([PROMPT], SHORT)) == ["Heat"]


def test_a_server_that_keeps_failing_is_dead(fake: Fake) -> None:
    engine = opened(fake)
    fake.answer = lambda path, body: (503, b'{"error": "vLLM failed: EngineDeadError"}')

    async def ask() -> None:
        for _ in range(3):
            assert engine.alive()
            with pytest.raises(EngineError, match="EngineDeadError"):
                await engine.choose([PROMPT], ["A", "B"])

    asyncio.run(ask())
    assert not engine.alive()


def test_a_server_that_is_gone_is_dead_at_once(fake: Fake) -> None:
    engine = opened(fake)
    fake.close()
    with pytest.raises(EngineError, match="check that shelftalker llm runs"):
        asyncio.run(engine.choose([PROMPT], ["A", "B"]))
    assert not engine.alive()


async def test_once_the_server_is_back_another_engine_is_loaded(fake: Fake) -> None:
    dead, place = opened(fake), ("127.0.0.1", fake.server.server_port)
    fake.close()
    with pytest.raises(EngineError, match="gave no answer"):
        await dead.choose([PROMPT], ["A", "B"])
    clock = itertools.count(0.0, MAX_DELAY_SECONDS)
    url = f"http://127.0.0.1:{place[1]}"
    load = partial(open_engine, DEFAULT_MODEL, "server", url=url)
    host = EngineHost(load, dead, clock=lambda: next(clock))
    async with asyncio.timeout(30):
        assert await host.get() is None
        assert "being restarted" in host.notice
        while "gave no answer" not in host.notice:
            assert await host.get() is None
            await asyncio.sleep(0.01)
        with pytest.raises(EngineError, match="closed"):
            await dead.choose([PROMPT], ["A", "B"])
        back = Fake(place)
        while (engine := await host.get()) is None:
            await asyncio.sleep(0.01)
    assert (await engine.choose([PROMPT], ["A", "B"])).shape == (1, 2)
    await host.close()
    back.close()


def test_another_kind_of_server_is_told(fake: Fake) -> None:
    fake.answer = lambda path, body: (404, b"not found")
    with pytest.raises(EngineError, match="answered 404 and no figures"):
        asyncio.run(opened(fake).choose([PROMPT], ["A", "B"]))


def at_address(place: Path, url: str | None) -> Path:
    with Workspace.open(place) as workspace:
        settings = workspace.settings
    remote = settings.remote.model_copy(update={"url": url, "workspace": None})
    changed = settings.model_copy(update={"remote": remote})
    (place / "workspace.toml").write_text(as_toml(changed), encoding="utf-8")
    return place


def test_a_workspace_names_its_server_and_composes_without_it(fake: Fake, place: Path) -> None:
    url = f"http://127.0.0.1:{fake.server.server_port}"
    fake.answer = lambda path, body: (200, b'"It is a thriller."\n{"asked": 9, "reused": 3}\n')
    assert read_settings(at_address(place, url) / "workspace.toml").remote.workspace == place.name
    with Recommender.open(place, engine="server") as recommender:
        assert recommender.generate("u1", "a thriller", k=1).engine == "server"
        assert all(body["workspace"] == place.name for _, body in fake.asked)
        fake.close()
        [card] = recommender.generate("u2", "a comedy", k=1).cards
    assert card.source == "template"
    with pytest.raises(InputError, match="the engine server needs an address"):
        Recommender.open(at_address(place, None), engine="server")
