"""Concurrent requests and their counts: pytest tests/contract/engine/test_requests.py"""

import asyncio
import time
from contextlib import aclosing
from pathlib import Path

import pytest

from shelftalker.engine.base import Engine, Sampling
from tests.contract.engine.reference import GREEDY, LABELS, QUIZ, TASTE, TITLES, ask

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_says_what_it_is(engine: Engine, tiny_model: Path) -> None:
    assert (engine.model, engine.reason) == (str(tiny_model), f"{engine.name} was asked for")
    assert engine.active() == 0


async def test_counts_the_seconds_in_which_it_works(engine: Engine) -> None:
    before, start = engine.busy(), time.perf_counter()
    await asyncio.sleep(0.2)
    assert engine.busy() == before
    await asyncio.gather(*(engine.write([TASTE], Sampling(max_tokens=3)) for _ in range(2)))
    worked = engine.busy() - before
    assert 0 < worked <= time.perf_counter() - start - 0.2


async def test_a_beginning_that_was_computed_is_not_computed_again(engine: Engine) -> None:
    beginning = "I like films about the sea, trains and winter. " * 12
    await engine.write([ask(beginning + "Name one.")], Sampling(max_tokens=1))
    asked, reused = engine.reuse.asked, engine.reuse.reused
    await engine.likelihood(ask(beginning + "Name two."), TITLES)
    await engine.write([ask(beginning + "Tell me about one.")], Sampling(max_tokens=1))
    asked, reused = engine.reuse.asked - asked, engine.reuse.reused - reused
    assert reused == 0 if engine.name == "transformers" else reused > 0.7 * asked


async def test_closing_a_stream_frees_its_request(engine: Engine) -> None:
    async with aclosing(engine.stream(ask("Count to 500."), Sampling(max_tokens=400))) as pieces:
        await anext(pieces)
        assert engine.active() == 1
    assert engine.active() == 0
    assert len(await engine.write([TASTE], Sampling(max_tokens=4))) == 1


async def test_cancelling_a_task_frees_its_request(engine: Engine) -> None:
    task = asyncio.create_task(engine.write([TASTE, TASTE], Sampling(max_tokens=400)))
    while engine.active() < 2:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert engine.active() == 0


async def test_concurrent_requests_interleave(engine: Engine) -> None:
    """A short request that came later ends while a long one still runs."""
    written: list[str] = []

    async def long_story() -> None:
        async for text in engine.stream(ask("Tell a long story."), Sampling(max_tokens=600)):
            written.append(text)

    story = asyncio.create_task(long_story())
    while not written:
        await asyncio.sleep(0.01)
    before = len(written)
    await engine.write([TASTE], Sampling(max_tokens=3))
    await engine.choose(QUIZ[:1], LABELS)
    assert not story.done()
    assert len(written) > before  # it did not stand still either
    story.cancel()


async def test_the_event_loop_stays_free(engine: Engine) -> None:
    """Other tasks of the loop run at least a fourth of the times that they ask for."""
    work = asyncio.create_task(engine.write(QUIZ, GREEDY))
    ticks, begun = 0, time.perf_counter()
    while not work.done():
        await asyncio.sleep(0.005)
        ticks += 1
    assert ticks > 0.25 * (time.perf_counter() - begun) / 0.005
