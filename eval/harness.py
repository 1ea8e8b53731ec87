"""Run evaluation tasks over one workspace; each result is written when its task ends."""

import asyncio
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from shelftalker.errors import InputError, ShelftalkerError
from shelftalker.eval.result import Figures, Result, write_result
from shelftalker.eval.task import Task
from shelftalker.eval.task_setup import TaskSetup


def run_tasks(
    tasks: Sequence[Task],
    setup: TaskSetup,
    out: Path,
    announce: Callable[[str], None] = lambda _: None,
) -> list[Result]:
    """Run in order, each by the module in `runs/` that is named after its kind, and write
    `out/<task>.json` for each; `announce` gets one line per task.

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
                kind = import_module(f"shelftalker.eval.runs.{task.kind}")
                start = time.perf_counter()
                try:
                    figures: Figures = await kind.run(task, setup)
                except ShelftalkerError as error:
                    announce(f"{task.name} was not measured: {error}")
                    failure = failure or error
                    continue
                seconds = time.perf_counter() - start
                results.append(Result.of(task, figures, setup.data_name, seconds))
                write_result(results[-1], out)
        finally:
            await setup.close()
        if failure is not None:
            raise failure
        return results

    return asyncio.run(work())
