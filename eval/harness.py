"""Run evaluation tasks over one workspace; each result is written when its task ends."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from shelftalker.errors import InputError, ShelftalkerError
from shelftalker.eval.result import Figures, Result, write_result
from shelftalker.eval.task import Task
from shelftalker.eval.task_setup import TaskSetup

Run = Callable[[Any, TaskSetup], Coroutine[Any, Any, Figures]]


def run_tasks(
    tasks: Sequence[Task],
    setup: TaskSetup,
    out: Path,
    announce: Callable[[str], None] = lambda _: None,
) -> list[Result]:
    """Run in order, and write `out/<task>.json` for each; `announce` gets one line per task.

    The first error of a task is raised after all other tasks have run. Raises `InputError` if `out`
    is a file.
    """
    if out.exists() and not out.is_dir():
        raise InputError(f"--out {out} is a file; give a folder; it is created if missing")

    async def work() -> list[Result]:
        results: list[Result] = []
        failure: ShelftalkerError | None = None
        try:
            for task in tasks:
                announce(f"{task.name}: {task.title}")
                try:
                    start = time.perf_counter()
                    figures = await _run_of(task)(task, setup)
                    results.append(
                        Result.of(task, figures, setup.data_name, time.perf_counter() - start)
                    )
                except ShelftalkerError as error:
                    announce(f"{task.name} was not measured: {error}")
                    failure = failure or error
                else:
                    write_result(results[-1], out)
        finally:
            await setup.close()
        if failure is not None:
            raise failure
        return results

    return asyncio.run(work())


def _run_of(task: Task) -> Run:
    """`run(task, setup)` of the module in `runs/` that is named after the kind of task."""
    run: Run = import_module(f"shelftalker.eval.runs.{task.kind}").run
    return run
