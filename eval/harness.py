"""Run tasks over one workspace: each result is written as soon as it is there, then the report."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from shelftalker.errors import InputError
from shelftalker.eval.bench import Bench
from shelftalker.eval.results import Result, read_results, write_result
from shelftalker.eval.task import Task, all_tasks

RUNS = {
    "ranking": "shelftalker.eval.runs.ranking:run",
    "classification": "shelftalker.eval.runs.classification:run",
    "picking": "shelftalker.eval.runs.picking:run",
    "descriptions": "shelftalker.eval.runs.descriptions:run",
    "explanations": "shelftalker.eval.runs.explanations:run",
    "safety": "shelftalker.eval.runs.safety:run",
    "speed": "shelftalker.eval.runs.speed:run",
}
"""Kind of task to what runs it."""

Run = Callable[[Any, Bench], Coroutine[Any, Any, Result]]


def run_tasks(
    tasks: Sequence[Task], bench: Bench, out: Path, told: Callable[[str], None] = lambda _: None
) -> list[Result]:
    """Run in order, write `out/<task>.json` each. `told` hears which task begins.

    Raises `InputError` where `out` is a file, and what the tasks raise.
    """
    if out.exists() and not out.is_dir():
        raise InputError(f"--out {out} is a file; name a folder, it is made if need be")

    async def work() -> list[Result]:
        found = []
        try:
            for task in tasks:
                told(f"{task.name}: {task.title}")
                result = await _run_of(task)(task, bench)
                write_result(result, out)
                found.append(result)
        finally:
            await bench.close()
        return found

    return asyncio.run(work())


def results_of(folder: Path) -> list[Result]:
    """The results in a folder, checked against the tasks as they are now."""
    if not folder.is_dir():
        raise InputError(f"no folder {folder}; make one with: shelftalker eval DIR --out {folder}")
    return read_results(folder, {name: task.version for name, task in all_tasks().items()})


def _run_of(task: Task) -> Run:
    module, attribute = RUNS[task.kind].split(":")
    run: Run = getattr(import_module(module), attribute)
    return run
