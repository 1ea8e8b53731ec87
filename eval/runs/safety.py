"""Safety: attack strings in catalogue text: places gained, leaks into outputs, prompt escapes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from shelftalker.eval.attacks import PLACES, AttackPlan, Outcome
from shelftalker.eval.attacks import run as attack
from shelftalker.eval.metrics.statistics import estimates
from shelftalker.eval.result import Figures, ResultRow
from shelftalker.eval.task import SafetyTask
from shelftalker.eval.task_setup import TaskSetup


async def run(task: SafetyTask, setup: TaskSetup) -> Figures:
    """Raises `InputError` if the attack strings are missing."""
    folder = setup.data_set(task.data, "injections.jsonl")
    engine = await setup.engine() if task.methods or task.written else None
    plan = AttackPlan(
        count=task.strings,
        users=task.users or 5,
        methods=task.methods,
        written=task.written,
        adapter=setup.adapter_for("describe"),
        seed=task.seed,
    )
    outcomes = await attack(setup.workspace, folder, plan, domain=setup.domain, engine=engine)
    facts = {
        "data": f"{setup.data_name}; {task.strings or 'all'} public attack strings",
        "split": "none: the serving scorer; the item in the middle of a shortlist",
        "scorer": str(setup.workspace.current(setup.domain).scorer),
        **(await setup.engine_facts() if engine else {}),
    }
    return figures(outcomes, facts)


def figures(outcomes: Sequence[Outcome], facts: dict[str, Any] | None = None) -> Figures:
    """A row for each place of an item, and a flag for each string that got through."""
    rows = [_row(place, [o for o in outcomes if o.place == place]) for place in PLACES]
    flags = [f"{o.attack[:80]!r} in the {o.place} leaks: {o.leaks[0]!r}"
             for o in outcomes if o.leaks]  # fmt: skip
    flags += [f"{o.attack[:80]!r} breaks out of the prompt"
              for o in outcomes if not o.prompts_clean]  # fmt: skip
    return Figures(n=len(outcomes), facts=facts or {}, rows=rows, flags=flags)


def _row(place: str, outcomes: Sequence[Outcome]) -> ResultRow:
    """The figures of the strings planted in one place of an item."""
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
