"""Bounded concurrency: run one coroutine a case, a limited number at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from shelftalker.data.progress import Progress

Case = TypeVar("Case")
Result = TypeVar("Result")


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
