"""Many pieces of asynchronous work, some of them at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from shelftalker.data.progress import Progress

Case = TypeVar("Case")
Found = TypeVar("Found")


async def gathered(
    work: Callable[[Case], Awaitable[Found]],
    cases: Sequence[Case],
    at_once: int,
    progress: Progress | None = None,
    note: str = "",
) -> list[Found]:
    """What `work` finds for every case, in order, `at_once` of them under way. The first error ends
    the others and is raised."""
    places = asyncio.Semaphore(at_once)
    done = 0

    async def one(case: Case) -> Found:
        nonlocal done
        async with places:
            found = await work(case)
        done += 1
        if progress:
            progress(done, len(cases), note)
        return found

    tasks = [asyncio.create_task(one(case)) for case in cases]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
