"""The bridge between callers and the engine's loop."""

import asyncio
from collections.abc import AsyncGenerator, Iterator

import pytest

from shelftalker.serving.event_loop import LoopThread


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    loop = LoopThread()
    yield loop
    loop.stop()


class Source:
    """Counts up for ever and notes when it is closed."""

    closed = False

    async def numbers(self) -> AsyncGenerator[int, None]:
        try:
            number = 0
            while True:
                yield number
                number += 1
                await asyncio.sleep(0.01)
        finally:
            self.closed = True


def test_closing_in_a_thread_closes_the_source(loop: LoopThread) -> None:
    source = Source()
    numbers = loop.iterate(source.numbers())
    assert [next(numbers), next(numbers)] == [0, 1]
    numbers.close()
    assert source.closed


async def test_cancelling_a_reader_on_another_loop_closes_the_source(loop: LoopThread) -> None:
    source = Source()
    seen = []

    async def read() -> None:
        async for number in loop.aiterate(source.numbers()):
            seen.append(number)

    reader = asyncio.create_task(read())
    await asyncio.sleep(0.1)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    await asyncio.sleep(0.2)
    assert seen[:2] == [0, 1]
    assert source.closed


def test_errors_reach_the_caller(loop: LoopThread) -> None:
    async def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        loop.run(fail())
