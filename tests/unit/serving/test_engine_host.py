"""The engine's host: first load, restart after death, back-off, on scripted engines and a clock."""

import asyncio
import logging
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from shelftalker import Recommender, Workspace
from shelftalker.engine.base import Engine
from shelftalker.errors import EngineError
from shelftalker.serving.engine_host import (
    FIRST_DELAY_SECONDS,
    MAX_DELAY_SECONDS,
    REMOTE_DELAY_SECONDS,
    EngineHost,
    open_host,
)
from tests.support.fakes import FakeEngine


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Loads:
    """What each load does in turn: give an engine or raise; `open_gate` lets them go on."""

    def __init__(self, *outcomes: Engine | Exception) -> None:
        self.outcomes = list(outcomes)
        self.count = 0
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self) -> Engine:
        self.count += 1
        self.gate.wait(10)
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.01)


async def test_the_first_requests_wait_for_one_load() -> None:
    engine = FakeEngine()
    loads = Loads(engine)
    host = EngineHost(loads)
    assert loads.count == 0
    assert await asyncio.gather(*(host.get() for _ in range(5))) == [engine] * 5
    assert loads.count == 1
    assert host.notice == ""


async def test_a_load_that_was_begun_is_the_one_that_requests_wait_for() -> None:
    engine = FakeEngine()
    loads = Loads(engine)
    host = EngineHost(loads)
    host.begin()
    await until(lambda: loads.count == 1 and host.loaded is engine)
    host.begin()
    assert await host.get() is engine
    assert loads.count == 1


async def test_an_engine_that_was_loaded_ahead_is_the_one_that_requests_get() -> None:
    engine, later = FakeEngine(), FakeEngine()
    loads = Loads(engine, later)
    host = EngineHost(loads)
    host.load_ahead()
    await until(lambda: loads.count == 1)
    assert await host.get() is engine
    engine.dead = True
    await host.get()
    await until(lambda: host.loaded is later)
    assert loads.count == 2


async def test_an_engine_that_was_loaded_ahead_for_nobody_is_closed() -> None:
    engine = FakeEngine()
    loads = Loads(engine)
    loads.gate.clear()
    host = EngineHost(loads)
    host.load_ahead()
    closing = asyncio.create_task(host.close())
    loads.gate.set()
    await closing
    assert engine.dead  # closed


async def test_a_load_ahead_that_fails_is_told_to_the_request() -> None:
    host = EngineHost(Loads(EngineError("no memory")))
    host.load_ahead()
    assert await host.get() is None
    assert "no memory" in host.notice


async def test_one_caller_that_gives_up_does_not_stop_the_load_of_the_others() -> None:
    engine = FakeEngine()
    loads = Loads(engine)
    loads.gate.clear()
    host = EngineHost(loads)
    first, second = asyncio.create_task(host.get()), asyncio.create_task(host.get())
    await until(lambda: loads.count == 1)
    first.cancel()
    loads.gate.set()
    assert await second is engine


async def test_a_dead_engine_is_closed_and_restarted_beside_the_requests() -> None:
    dying, fresh = FakeEngine(), FakeEngine()
    loads = Loads(dying, fresh)
    host = EngineHost(loads)
    assert await host.get() is dying
    dying.dead = True
    loads.gate.clear()
    assert await host.get() is None  # it does not wait, though the load has not ended
    assert host.notice == "The LLM engine stopped; it is being restarted."
    assert dying.fail  # closed
    assert await host.get() is None
    loads.gate.set()
    await until(lambda: not host.notice)
    assert await host.get() is fresh
    assert loads.count == 2


async def test_a_failed_load_is_tried_again_after_longer_and_longer_waits() -> None:
    clock = Clock()
    engine = FakeEngine()
    loads = Loads(*[EngineError(f"no. {n}") for n in range(9)], engine)
    host = EngineHost(loads, clock=clock)
    assert await host.get() is None
    assert host.notice == "No LLM engine could be started: no. 0."
    wait = FIRST_DELAY_SECONDS
    for tries in range(1, 9):
        clock.now += wait - 0.1
        assert await host.get() is None
        assert loads.count == tries  # too early
        clock.now += 0.1
        assert await host.get() is None
        await until(lambda tries=tries: host.notice.endswith(f"no. {tries}."))
        wait = min(2 * wait, MAX_DELAY_SECONDS)
    clock.now += MAX_DELAY_SECONDS
    await host.get()
    await until(lambda: not host.notice)
    assert await host.get() is engine


async def test_an_engine_at_an_address_is_asked_again_soon(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Workspace.open(place) as workspace:
        own = workspace.settings.remote.model_copy(update={"url": "http://127.0.0.1:9"})
        workspace.settings = workspace.settings.model_copy(update={"remote": own})
        waits = []
        for engine in ("server", "transformers"):
            host, clock = open_host(workspace, engine), Clock()
            monkeypatch.setattr(host, "_clock", clock)
            monkeypatch.setattr(host, "_load", Loads(*[EngineError("away")] * 9))
            for _ in range(9):
                clock.now = host._next_load_at
                await host.get()
                await until(lambda host=host: host._loading is None)
            waits.append(host._next_load_at - clock.now)
    assert waits == [REMOTE_DELAY_SECONDS, MAX_DELAY_SECONDS]


async def test_an_engine_that_keeps_dying_is_restarted_less_and_less_often() -> None:
    clock = Clock()
    loads = Loads(*(FakeEngine() for _ in range(5)))
    host = EngineHost(loads, clock=clock)
    for tries in (1, 2):
        while (engine := await host.get()) is None:
            await asyncio.sleep(0.01)
        assert loads.count == tries
        engine.dead = True  # type: ignore[attr-defined]
    assert await host.get() is None
    await asyncio.sleep(0.05)
    assert loads.count == 2  # the second death came at once after the first
    clock.now += FIRST_DELAY_SECONDS
    await host.get()
    await until(lambda: not host.notice)
    assert loads.count == 3
    clock.now += 2 * MAX_DELAY_SECONDS  # a long life
    last = await host.get()
    last.dead = True  # type: ignore[union-attr]
    await host.get()
    await until(lambda: loads.count == 4)


async def test_an_engine_from_outside_is_not_replaced() -> None:
    engine = FakeEngine()
    host = EngineHost(None, engine)
    assert await host.get() is engine
    engine.dead = True
    assert await host.get() is None
    assert "open the recommender again" in host.notice


async def test_closing_frees_an_engine_that_is_still_loading() -> None:
    engine = FakeEngine()
    loads = Loads(engine)
    loads.gate.clear()
    host = EngineHost(loads)
    waiting = asyncio.create_task(host.get())
    await until(lambda: loads.count == 1)
    closing = asyncio.create_task(host.close())
    await asyncio.sleep(0.05)
    loads.gate.set()
    await closing
    assert engine.dead
    await waiting


def test_a_running_recommender_gets_its_engine_back(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = shutil.copytree(world, tmp_path / "ws")
    dying, fresh = FakeEngine(["It is a thriller."]), FakeEngine(["It is a thriller."])
    loads = Loads(dying, fresh)
    monkeypatch.setattr("shelftalker.engine.open_engine", lambda *_, **__: loads())
    with Recommender.open(place) as recommender:
        assert recommender.generate("u0").engine == "fake"
        dying.dead = dying.fail = True
        loads.gate.clear()
        meanwhile = recommender.generate("u0")
        assert meanwhile.engine == "none"
        assert {card.source for card in meanwhile.cards} == {"template"}
        assert any("is being restarted" in notice for notice in meanwhile.notices)
        loads.gate.set()
        answers = (recommender.generate("u0") for _ in range(1000))
        assert next(a for a in answers if a.engine == "fake").notices == ()
    assert fresh.dead  # closed with the recommender


def test_an_engine_that_dies_while_writing_is_told(world: Path, tmp_path: Path) -> None:
    class Dying(FakeEngine):
        def alive(self) -> bool:
            return not self.calls

    place = shutil.copytree(world, tmp_path / "ws")
    with Recommender.open(place, engine=Dying(fail=True)) as recommender:
        answer = recommender.generate("u0")
    assert len(answer.cards) == 3
    assert any("engine stopped" in notice for notice in answer.notices)


async def test_the_life_of_an_engine_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="shelftalker")
    loads = Loads(FakeEngine(), EngineError("no memory"), FakeEngine())
    clock = iter(range(0, 100_000, 1000))  # far enough apart for every retry
    host = EngineHost(loads, clock=lambda: float(next(clock)))
    first = await host.get()
    assert isinstance(first, FakeEngine)
    first.dead = True
    async with asyncio.timeout(10):
        while len(caplog.records) < 4:
            await host.get()
            await asyncio.sleep(0.01)
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [
        ("INFO", "engine loaded"),
        ("ERROR", "engine died"),
        ("ERROR", "engine failed to load"),
        ("INFO", "engine loaded"),
    ]
    loaded, _, failed, again = (vars(record) for record in caplog.records)
    assert (loaded["engine"], loaded["restart"], again["restart"]) == ("fake", False, True)
    assert failed["error"] == "no memory"
