"""Slots for adapters: loaded on demand, least recently used out, never while a request runs."""

import asyncio
from pathlib import Path

import pytest

from shelftalker.engine import slots
from shelftalker.engine.slots import ServedAdapter, Slots
from shelftalker.errors import EngineError


class Model:
    """Records loads and unloads, and refuses what no engine could do."""

    def __init__(self, size: int) -> None:
        self.inside: list[str] = []
        self.moves: list[str] = []
        self.slots = Slots(size, self._load, self._unload)

    async def _load(self, adapter: ServedAdapter) -> None:
        await asyncio.sleep(0)
        assert adapter.name not in self.inside
        if adapter.name == "!":
            raise EngineError("a scripted fault")
        self.inside.append(adapter.name)
        self.moves.append(f"+{adapter.name}")

    async def _unload(self, adapter: ServedAdapter) -> None:
        await asyncio.sleep(0)
        assert not adapter.running.count
        self.inside.remove(adapter.name)
        self.moves.append(f"-{adapter.name}")

    async def use(self, adapter: ServedAdapter, until: asyncio.Event | None = None) -> None:
        async with self.slots.using(adapter):
            assert adapter.name in self.inside
            await (until.wait() if until else asyncio.sleep(0))
            assert adapter.name in self.inside


async def settle() -> None:
    """Let every task run until it waits for an event. No clock is involved."""
    for _ in range(50):
        await asyncio.sleep(0)


def named(names: str) -> list[ServedAdapter]:
    return [ServedAdapter(name, key, Path(name)) for key, name in enumerate(names)]


async def test_the_least_recently_used_goes_first() -> None:
    model, (a, b, c) = Model(2), named("abc")
    for one in (a, b, a, c):
        await model.use(one)
    assert model.moves == ["+a", "+b", "-b", "+c"]


async def test_a_running_adapter_stays_even_where_it_is_the_least_recently_used() -> None:
    model, (a, b, c) = Model(2), named("abc")
    end = asyncio.Event()
    running = asyncio.create_task(model.use(a, end))
    await settle()
    await model.use(b)
    await model.use(c)
    assert model.inside == ["a", "c"]
    end.set()
    await running


async def test_where_all_run_the_next_one_waits_and_is_not_overtaken() -> None:
    """Requests for the adapter to be unloaded come after the one that waits for its slot."""
    model, (a, b) = Model(1), named("ab")
    end = asyncio.Event()
    order: list[str] = []

    async def use(one: ServedAdapter, until: asyncio.Event | None = None) -> None:
        await model.use(one, until)
        order.append(one.name)

    first = asyncio.create_task(use(a, end))
    await settle()
    waiting = asyncio.create_task(use(b))
    await settle()
    late = asyncio.create_task(use(a))
    await settle()
    assert model.inside == ["a"]
    end.set()
    await asyncio.gather(first, waiting, late)
    assert order == ["a", "b", "a"]


async def test_where_all_run_the_first_whose_requests_end_is_unloaded() -> None:
    model, (a, b, c) = Model(2), named("abc")
    ends = [asyncio.Event(), asyncio.Event()]
    running = [
        asyncio.create_task(model.use(one, end)) for one, end in zip((a, b), ends, strict=True)
    ]
    await settle()
    waiting = asyncio.create_task(model.use(c))
    await settle()
    ends[1].set()
    await asyncio.wait_for(waiting, 1)
    assert model.inside == ["a", "c"]
    await asyncio.wait_for(model.use(c), 1)  # and new requests for the other are served again
    again = asyncio.create_task(model.use(a))
    ends[0].set()
    await asyncio.wait_for(asyncio.gather(*running, again), 1)


async def test_a_removed_adapter_is_unloaded_once_its_requests_end() -> None:
    model, (a, _) = Model(2), named("ab")
    end = asyncio.Event()
    running = asyncio.create_task(model.use(a, end))
    await settle()
    removal = asyncio.create_task(model.slots.remove(a))
    await settle()
    assert model.inside == ["a"]
    end.set()
    await asyncio.gather(running, removal)
    assert model.inside == []


async def test_a_hundred_requests_over_eight_adapters_in_three_slots() -> None:
    model, adapters = Model(3), named("abcdefgh")
    await asyncio.gather(*(model.use(adapters[i * 5 % 8]) for i in range(100)))
    assert len(model.inside) == 3


async def test_all_requests_that_wait_for_one_adapter_start_together() -> None:
    model, (a, b, c) = Model(1), named("abc")
    end = asyncio.Event()
    running = asyncio.create_task(model.use(a, end))
    await settle()
    waiting = [asyncio.create_task(model.use(one)) for one in (b, c, b, c, b)]
    await settle()
    end.set()
    await asyncio.gather(running, *waiting)
    assert model.moves == ["+a", "-a", "+b", "-b", "+c"]


async def test_a_failed_load_fails_the_requests_that_wait_for_it_and_no_others() -> None:
    model, (bad, b) = Model(1), named("!b")
    failures = await asyncio.gather(model.use(bad), model.use(bad), return_exceptions=True)
    assert [type(failure) for failure in failures] == [EngineError, EngineError]
    await model.use(b)
    assert (model.inside, bad.running.count, bad.requests.count) == (["b"], 0, 0)


async def test_a_cancelled_request_frees_its_place() -> None:
    model, (a, b) = Model(1), named("ab")
    running = asyncio.create_task(model.use(a, asyncio.Event()))
    await settle()
    waiting = asyncio.create_task(model.use(b))
    await settle()
    running.cancel()
    await asyncio.wait_for(waiting, 1)
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_one_of_several_waiting_requests_is_cancelled() -> None:
    model, (a, b) = Model(1), named("ab")
    end = asyncio.Event()
    running = asyncio.create_task(model.use(a, end))
    await settle()
    first, second = (asyncio.create_task(model.use(b, asyncio.Event())) for _ in range(2))
    await settle()
    first.cancel()
    end.set()
    await running
    await settle()
    assert (model.inside, b.running.count) == (["b"], 1)
    second.cancel()
    await settle()
    assert b.running.count == 0


async def test_a_request_cancelled_while_it_waits_leaves_the_slots_in_order() -> None:
    model, (a, b) = Model(1), named("ab")
    end = asyncio.Event()
    running = asyncio.create_task(model.use(a, end))
    await settle()
    waiting = asyncio.create_task(model.use(b))
    await settle()
    waiting.cancel()
    await settle()
    end.set()
    await running
    await asyncio.wait_for(model.use(a), 1)
    await asyncio.wait_for(model.use(b), 1)
    assert (model.inside, b.running.count) == (["b"], 0)


async def test_a_long_wait_is_logged(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "SLOW_WAIT_SECONDS", 0.0)
    model, (a,) = Model(1), named("a")
    await model.use(a)
    assert ("WARNING", "adapter a waited 0.0 s for a slot") in [
        (record.levelname, record.getMessage()) for record in caplog.records
    ]
    monkeypatch.setattr(slots, "SLOW_WAIT_SECONDS", 60.0)
    caplog.clear()
    await model.use(a)
    assert not caplog.records
