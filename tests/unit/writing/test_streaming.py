"""How many answers the LLM writes at once, and what happens to those that would wait too long."""

import asyncio
import time
from pathlib import Path

from shelftalker import Recommender
from shelftalker.types import Answer
from shelftalker.writing.streaming import Writers
from tests.support.fakes import FakeEngine


async def test_places_are_given_first_come_first_served() -> None:
    writers, order = Writers(1), []

    async def write(name: str) -> None:
        async with writers.place(time.monotonic() + 5):
            order.append(name)
            await asyncio.sleep(0.01)
            order.append(name)

    await asyncio.gather(*(write(name) for name in "abc"))
    assert order == ["a", "a", "b", "b", "c", "c"]


async def test_an_answer_that_waits_past_its_deadline_goes_on_without_a_place() -> None:
    writers = Writers(1)
    async with writers.place(time.monotonic() + 5):
        start = time.monotonic()
        async with writers.place(start + 0.05):
            assert time.monotonic() - start >= 0.05
    async with writers.place(time.monotonic() + 5):  # the late one took no place
        pass


async def test_an_answer_that_would_wait_too_long_goes_on_at_once() -> None:
    writers = Writers(1)
    async with writers.place(time.monotonic() + 5):
        await asyncio.sleep(0.2)  # that is what an answer takes
    async with writers.place(time.monotonic() + 5):
        start = time.monotonic()
        async with writers.place(start + 0.3) as deadline:
            assert deadline <= time.monotonic() < start + 0.1
    soon = time.monotonic() + 0.1
    async with writers.place(soon) as deadline:  # a free place is taken whatever time is left
        assert deadline == soon


async def test_a_cancelled_wait_takes_no_place() -> None:
    writers = Writers(1)

    async def write() -> None:
        async with writers.place(time.monotonic() + 5):
            pass

    async with writers.place(time.monotonic() + 5):
        waiting = asyncio.create_task(write())
        await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    await asyncio.wait_for(write(), 1)


async def test_more_visitors_than_writers_all_get_cards_and_texts(place: Path) -> None:
    (place / "workspace.toml").write_text(
        'default_domain = "films"\ntext_cache_size = 0\n'
        "[budgets]\nwriters = 1\ndescribe_seconds = 0.4\n"
    )
    engine = FakeEngine(["It was released in 1981. " * 40], pause=0.01)
    with Recommender.open(place, engine=engine) as recommender:
        answers: list[Answer] = await asyncio.gather(
            *(recommender.agenerate(f"new{n}", "a thriller") for n in range(4))
        )
    assert all(len(answer.cards) == 3 for answer in answers)
    assert all(card.description for answer in answers for card in answer.cards)
    assert engine.opened <= 3 + 3  # one answer's cards, and those of a second at most
    late = [a for a in answers if any("took too long" in notice for notice in a.notices)]
    assert len(late) >= 2
