"""Bounded concurrency: pytest tests/unit/engine/test_concurrency.py"""

import asyncio
import threading

import pytest

from shelftalker.engine.concurrency import bounded_gather, compute_threads, computed


async def test_results_are_in_order_and_no_more_are_under_way_than_allowed() -> None:
    running = most = 0
    progress: list[tuple[int, int, str]] = []

    async def work(case: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(9 - case):  # later ones end sooner
            await asyncio.sleep(0)
        running -= 1
        return case * case

    results = await bounded_gather(
        work, range(9), 3, lambda *step: progress.append(step), "squares"
    )
    assert results == [case * case for case in range(9)]
    assert most == 3
    assert progress == [(done, 9, "squares") for done in range(1, 10)]


async def test_the_first_error_ends_the_others() -> None:
    ended: list[int] = []

    async def work(case: int) -> None:
        if case == 0:
            raise ValueError("no")
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(case)

    with pytest.raises(ValueError, match="no"):
        await bounded_gather(work, [1, 0], 2)
    await asyncio.sleep(0)
    assert ended == [1]


async def test_what_gives_a_first_card_is_computed_before_what_gives_texts() -> None:
    """All threads are held until everything waits; then one of them works it off."""
    begun: list[int] = []
    go_on, end = threading.Event(), threading.Event()
    held = [computed(go_on.wait), *(computed(end.wait) for _ in range(compute_threads() - 1))]
    tasks = [asyncio.create_task(one) for one in held]
    tasks += [asyncio.create_task(computed(begun.append, n, after=n)) for n in (2, 0, 1, 0)]
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.wait_for(asyncio.gather(tasks[0], *tasks[-4:]), 10)
    end.set()
    await asyncio.gather(*tasks)
    assert begun == [0, 0, 1, 2]


async def test_it_is_computed_in_a_thread_of_its_own_which_raises_to_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        await computed(lambda: 1 // 0)
    assert await computed(lambda: threading.current_thread().name) == "shelftalker-compute"
