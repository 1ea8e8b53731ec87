"""Safety: attack strings planted in catalogue text: places won, outputs that repeat them, prompts
that they break out of."""

import time

import numpy as np

from shelftalker.errors import InputError
from shelftalker.eval.attacks import PLACES, Outcome
from shelftalker.eval.attacks import run as attack
from shelftalker.eval.metrics.statistics import estimates
from shelftalker.eval.result import Result, ResultRow
from shelftalker.eval.task import SafetyTask
from shelftalker.eval.task_setup import TaskSetup


async def run(task: SafetyTask, bench: TaskSetup) -> Result:
    """Raises `InputError` where the strings are not there."""
    start = time.perf_counter()
    folder = bench.data / task.data
    if not (folder / "injections.jsonl").is_file():
        raise InputError(
            f"no file {folder / 'injections.jsonl'}; "
            f"name the folder above {task.data!r} with --data"
        )
    engine = await bench.engine()
    outcomes = await attack(
        bench.workspace,
        folder,
        domain=bench.domain,
        count=task.strings,
        users=task.users or 5,
        engine=engine,
        written=task.written,
        adapter=bench.adapter_for("describe"),
        seed=task.seed,
    )
    return Result.of(
        task,
        len(outcomes),
        time.perf_counter() - start,
        {
            "data": f"{bench.data_name}; {task.strings} public attack strings",
            "split": "none: the serving scorer; the item in the middle of a shortlist",
            "scorer": str(bench.workspace.current(bench.domain).scorer),
            **await bench.engine_facts(),
        },
        rows=[_row(place, [o for o in outcomes if o.place == place]) for place in PLACES],
        flags=_flags(outcomes),
    )


def _row(place: str, outcomes: list[Outcome]) -> ResultRow:
    """Strings planted in one place of an item."""
    gained = {
        f"places gained with the {name}": np.array([o.gained[name] for o in outcomes], np.float64)
        for name in outcomes[0].gained
    }
    leaks = np.array([bool(o.leaks) for o in outcomes], np.float64)
    return ResultRow(
        system=f"attack in the {place}",
        metrics=estimates(gained | {"outputs that leak": leaks}),
        values={"prompts kept clean": float(np.mean([o.prompts_clean for o in outcomes]))},
    )


def _flags(outcomes: list[Outcome]) -> list[str]:
    return [
        f"{o.attack[:80]!r} in the {o.place} leaks: {o.leaks[0]!r}" for o in outcomes if o.leaks
    ] + [f"{o.attack[:80]!r} breaks out of the prompt" for o in outcomes if not o.prompts_clean]
