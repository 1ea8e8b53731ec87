"""A dead or closed engine: pytest tests/contract/engine/test_shutdown.py

Runs last in this folder: it ends the engines that all its tests share. That another one is loaded
once a server is back: `tests/unit/engine/test_server_engine.py`.
"""

import asyncio
import multiprocessing
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from shelftalker.engine import open_engine
from shelftalker.engine.base import Engine, Sampling
from shelftalker.errors import EngineError
from shelftalker.serving.engine_host import EngineHost
from tests.contract.engine.reference import GREEDY, LABELS, QUIZ, TASTE

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest.mark.timeout(900)  # vLLM starts again
async def test_a_dead_or_closed_engine_says_so_and_is_replaced(
    engine: Engine,
    tiny_model: Path,
    adapters: dict[str, Path],
    caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> None:
    assert engine.alive()
    running = asyncio.create_task(engine.write([TASTE], Sampling(max_tokens=400)))
    while not engine.active():
        await asyncio.sleep(0.01)
    if engine.name == "vllm":
        await asyncio.sleep(0.2)
        for child in multiprocessing.active_children():
            child.kill()
        with pytest.raises(EngineError, match="vLLM failed"):
            await asyncio.wait_for(running, 60)
        with pytest.raises(EngineError, match="vLLM failed"):
            await engine.choose(QUIZ, LABELS)
        assert not engine.alive()
        logged = [one for one in caplog.records if one.name.startswith("shelftalker.engine")]
        assert [one.getMessage() for one in logged] == ["the vLLM core died: EngineDeadError"]
        again = partial(open_engine, str(tiny_model), "vllm")
        await assert_answers_again(engine, adapters["x@v1"], again)
    elif engine.name == "server":
        server = request.getfixturevalue("llm_server")
        await asyncio.to_thread(server.kill)
        with pytest.raises(EngineError, match=r"gave no answer .* check that shelftalker llm runs"):
            await asyncio.wait_for(running, 60)
        assert not engine.alive()
        await engine.close()
    else:
        await engine.close()
        with pytest.raises(EngineError, match="closed"):
            await asyncio.wait_for(running, 60)
    with pytest.raises(EngineError, match=f"the {engine.name} engine is closed"):
        await engine.choose(QUIZ, LABELS)
    with pytest.raises(EngineError, match="closed"):
        await engine.write([TASTE], GREEDY)
    assert engine.active() == 0


async def assert_answers_again(dead: Engine, adapter: Path, load: Callable[[], Engine]) -> None:
    """The host closes the dead engine and loads another one."""
    host = EngineHost(load, dead)
    assert await host.get() is None
    while (engine := await host.get()) is None:
        assert "being restarted" in host.notice or "gave no answer" in host.notice
        await asyncio.sleep(0.2)
    await engine.add_adapter("x@v1", adapter)
    texts = await engine.write([QUIZ[0]] * 2, Sampling(max_tokens=5), [None, "x@v1"])
    assert texts[0] != texts[1]
    await host.close()
    assert not engine.alive()
