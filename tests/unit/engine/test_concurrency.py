"""Bounded concurrency: pytest tests/unit/engine/test_concurrency.py"""

import asyncio

import pytest

from shelftalker.engine.concurrency import bounded_gather


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
