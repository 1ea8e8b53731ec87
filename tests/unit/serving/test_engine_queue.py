"""What the LLM works on, and what happens to answers that it would be late for.

Run: pytest tests/unit/serving/test_engine_queue.py
"""

import asyncio
import time
from contextlib import ExitStack
from pathlib import Path

from shelftalker import Recommender
from shelftalker.serving.engine_queue import EngineQueue, EngineQueues
from shelftalker.types import Answer
from tests.support.fakes import FakeEngine


def soon(seconds: float) -> float:
    return time.monotonic() + seconds


async def measured(queue: EngineQueue, seconds: float, units: int = 1) -> None:
    """The queue has seen work that took so long."""
    async with queue.place(soon(60), units, alone=True) as admitted:
        assert admitted
        await asyncio.sleep(seconds)


async def test_places_are_given_first_come_first_served() -> None:
    queue, order = EngineQueue(1), []

    async def write(name: str) -> None:
        async with queue.place(soon(5)) as admitted:
            assert admitted
            order.append(name)
            await asyncio.sleep(0.01)
            order.append(name)

    await asyncio.gather(*(write(name) for name in "abc"))
    assert order == ["a", "a", "b", "b", "c", "c"]
    assert queue.counts() == {"admitted": 3}


async def test_work_that_waits_past_its_deadline_goes_on_without_the_llm() -> None:
    queue = EngineQueue(1)
    await measured(queue, 0.01)
    async with queue.place(soon(5)), queue.place(soon(0.5)) as admitted:
        assert not admitted
    assert queue.counts() == {"admitted": 2, "late": 1}
    async with queue.place(soon(5)) as admitted:  # the late one took no place
        assert admitted


async def test_work_that_would_be_late_is_refused_at_once() -> None:
    queue = EngineQueue(2)
    await measured(queue, 0.2, units=2)  # 0.1 s a unit
    async with queue.place(soon(5)):  # a place is free, but three units take too long
        async with queue.place(soon(0.25), units=3) as admitted:
            assert not admitted
        async with queue.place(soon(5), units=3) as admitted:
            assert admitted
            assert queue.wait() > 0
    assert queue.counts() == {"admitted": 3, "refused": 1}


async def test_who_is_alone_has_the_llm_however_slow_it_is() -> None:
    queues = EngineQueues(1)
    await measured(queues.stages["describe"], 0.2)
    for visitors, expected in ((1, True), (2, False)):
        with ExitStack() as answers:
            for _ in range(visitors):
                answers.enter_context(queues.under_way())
            async with queues.place("describe", soon(0.05)) as admitted:
                assert admitted is expected


async def test_a_cancelled_wait_takes_no_place() -> None:
    queue = EngineQueue(1)

    async def write() -> None:
        async with queue.place(soon(5)):
            pass

    async with queue.place(soon(5)):
        waiting = asyncio.create_task(write())
        await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    await asyncio.wait_for(write(), 1)
    assert queue.wait() == 0


async def test_more_visitors_than_places_all_get_cards_and_texts(place: Path) -> None:
    (place / "workspace.toml").write_text(
        'default_domain = "films"\ntext_cache_size = 0\n[budgets]\nwriters = 1\n'
    )
    engine = FakeEngine(["It was released in 1981. " * 40], pause=0.01)
    with Recommender.open(place, engine=engine) as recommender:
        answers: list[Answer] = await asyncio.gather(
            *(recommender.agenerate(f"new{n}", "a thriller", seconds=0.6) for n in range(4))
        )
        counts = recommender.queues["describe"].counts()
    assert all(len(answer.cards) == 3 for answer in answers)
    assert all(card.description for answer in answers for card in answer.cards)
    assert engine.opened <= 3 + 3  # one answer's cards, and those of a second at most
    late = [a for a in answers if any("took too long" in notice for notice in a.notices)]
    assert len(late) >= 2
    assert counts["refused"] + counts["late"] >= 2
