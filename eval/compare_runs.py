"""Comparison of two evaluation runs, paired over users where both tested the same ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shelftalker.errors import EvaluationError
from shelftalker.eval.metrics.statistics import Difference, Estimate, compare
from shelftalker.eval.result import Result


@dataclass(frozen=True, slots=True)
class FigureChange:
    """One figure in run A and in run B. `difference`: B less A, paired; None if the runs tested
    different users, so only the intervals can be compared."""

    task: str
    system: str
    metric: str
    a: Estimate
    b: Estimate
    difference: Difference | None

    @property
    def verdict(self) -> str:
        """In words; unpaired, only intervals that do not overlap count as a difference."""
        if self.difference is not None:
            return self.difference.verdict
        if self.a.high < self.b.low:
            return "higher"
        return "lower" if self.b.high < self.a.low else "no clear difference"


def changes(a: Sequence[Result], b: Sequence[Result]) -> list[FigureChange]:
    """Every figure that both runs have. Raises `EvaluationError` if the runs share no task, or have
    different versions of one."""
    figures = []
    ours = {result.task: result for result in a}
    shared = [(ours[result.task], result) for result in b if result.task in ours]
    if not shared:
        raise EvaluationError(
            f"the runs share no task: {', '.join(sorted(ours))} and "
            f"{', '.join(sorted(r.task for r in b))}; run the same tasks in both"
        )
    for old, new in shared:
        if old.version != new.version:
            raise EvaluationError(
                f"task {old.task!r} is version {old.version} in the first run and {new.version} in "
                "the second; run it again in the older one"
            )
        for row in (row for row in new.rows if row.segment == "all"):
            before = old.row(row.system)
            for metric, now in row.metrics.items():
                if before and metric in before.metrics:
                    pair = _paired(old, new, row.system, metric)
                    both = before.metrics[metric], now
                    figures.append(FigureChange(new.task, row.system, metric, *both, pair))
    return figures


def _paired(a: Result, b: Result, system: str, metric: str) -> Difference | None:
    old, new = (
        next((p for p in run.per_user if (p.system, p.metric) == (system, metric)), None)
        for run in (a, b)
    )
    if old is None or new is None or old.users != new.users:
        return None
    return compare(np.array(new.values), np.array(old.values))
