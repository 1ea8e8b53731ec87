"""Bounded concurrency: cases and computations, a few at a time; pieces until a deadline."""

import asyncio
import contextvars
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any, TypeVar

from shelftalker.data.progress import Progress

Case = TypeVar("Case")
Result = TypeVar("Result")

CORES = os.cpu_count() or 1


async def computed(work: Callable[..., Result], *args: Any) -> Result:
    """`asyncio.to_thread` for work that needs a core: as much at once as there are cores. More
    threads would take turns, and whoever wakes up for a moment would wait for all of them."""
    inside = partial(contextvars.copy_context().run, work, *args)
    return await asyncio.get_running_loop().run_in_executor(_threads(), inside)


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(CORES, "shelftalker-compute")


async def bounded_gather(
    work: Callable[[Case], Awaitable[Result]],
    cases: Sequence[Case],
    at_once: int,
    progress: Progress | None = None,
    note: str = "",
) -> list[Result]:
    """The results of all cases, in order; at most `at_once` run at a time. The first error cancels
    the others and is raised."""
    places = asyncio.Semaphore(at_once)
    done = 0

    async def one(case: Case) -> Result:
        nonlocal done
        async with places:
            result = await work(case)
        done += 1
        if progress:
            progress(done, len(cases), note)
        return result

    tasks = [asyncio.create_task(one(case)) for case in cases]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


async def until(pieces: AsyncIterator[str], deadline: float | None) -> AsyncGenerator[str, None]:
    """The same pieces; `TimeoutError` once the deadline (`time.monotonic()` seconds) has passed."""
    try:
        while True:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError
            try:
                # Not wait_for: before Python 3.12 it can swallow a cancellation.
                async with asyncio.timeout(left):
                    piece = await anext(pieces)
            except StopAsyncIteration:
                return
            yield piece
    finally:
        close = getattr(pieces, "aclose", None)
        if close is not None:
            await close()
