"""Bounded concurrency: cases and computations, a few at a time; pieces until a deadline."""

import asyncio
import contextvars
import os
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Sequence,
)
from concurrent.futures import Future
from functools import cache, partial
from itertools import count
from queue import PriorityQueue
from threading import Thread
from typing import Any, TypeVar

from shelftalker.data.progress import Progress

Case = TypeVar("Case")
Result = TypeVar("Result")

CORES = os.cpu_count() or 1
WORKERS = "SHELFTALKER_WORKERS"
"""Environment variable: how many processes share the cores."""


READING, TEXTS, DEAL, PICK = 1, 2, 3, 4
"""What begins later: messages, then work after the first cards. What is nearest to its end comes
first, so that of many visitors who write at once most have cards long before the last."""


async def computed(work: Callable[..., Result], *args: Any, after: int = 0) -> Result:
    """`asyncio.to_thread` for work that needs a core: as much at once as this process has cores.
    More threads would take turns, and whoever wakes up for a moment would wait for all of them.
    What waits begins in the order of `after`, which is 0 for what is next to a first card."""
    inside = partial(contextvars.copy_context().run, work, *args)
    future: Future[Result] = Future()
    _queue().put((after, next(_COUNT), future, inside))
    return await asyncio.wrap_future(future)


_COUNT = count()
_Waiting = tuple[int, int, "Future[Any]", Callable[[], Any]]


@cache
def _queue() -> "PriorityQueue[_Waiting]":
    """What is to be computed, and the threads that do it."""
    queue: PriorityQueue[_Waiting] = PriorityQueue()
    for _ in range(compute_threads()):
        Thread(target=_work_off, args=(queue,), name="shelftalker-compute", daemon=True).start()
    return queue


def compute_threads() -> int:
    """How many computations this process runs at once: as many as it has cores for itself."""
    return max(CORES // int(os.environ.get(WORKERS, "1")), 1)


def _work_off(queue: "PriorityQueue[_Waiting]") -> None:
    while True:
        _, _, future, inside = queue.get()
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(inside())
            except BaseException as error:  # noqa: BLE001  the caller's, who awaits it
                future.set_exception(error)
        del future, inside  # nobody's data stay while the thread waits


async def run_all(calls: Iterable[Coroutine[Any, Any, Result]]) -> list[Result]:
    """Run calls concurrently; the first failure cancels the others and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(call) for call in calls]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


async def bounded_gather(
    work: Callable[[Case], Awaitable[Result]],
    cases: Sequence[Case],
    at_once: int,
    progress: Progress | None = None,
    note: str = "",
) -> list[Result]:
    """As `run_all`, the results of all cases in order; at most `at_once` run at a time."""
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

    return await run_all(one(case) for case in cases)


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
