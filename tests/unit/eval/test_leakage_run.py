"""The task `leakage`. Run: pytest tests/unit/eval/test_leakage_run.py"""

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from shelftalker.engine.base import Floats, Prompt
from shelftalker.eval.result import Figures
from shelftalker.eval.runs import leakage
from shelftalker.eval.task_setup import TaskSetup
from tests.conftest import COMEDIES, SPACE, THRILLERS
from tests.support.fakes import FakeEngine
from tests.unit.eval.conftest import task_of

GROUPS = (THRILLERS, COMEDIES, SPACE)


class Remembers(FakeEngine):
    """Knows whole titles, and who takes what after which titles."""

    async def likelihood(
        self, prefix: Prompt, continuations: Sequence[str], adapter: str | None = None
    ) -> Floats:
        asked = prefix[-1]["content"]
        met = [group for group in GROUPS if any(title in asked for title in group)]
        known = met or GROUPS
        return np.array([-10.0 * all(text not in group for group in known)
                         for text in continuations])  # fmt: skip


def measured(setup: TaskSetup, engine: FakeEngine) -> Figures:
    setup.engine_wanted = engine
    task = task_of("leakage", users=20, titles=8, rivals=4)
    return asyncio.run(leakage.run(task, setup))  # type: ignore[arg-type]


def test_a_memory_of_titles_and_lists_shows(setup: TaskSetup) -> None:
    result = measured(setup, Remembers())
    found = {row.system: row.metrics for row in result.rows}
    titles, numbers = (found[name]["ndcg@10"].mean for name in (leakage.TITLES, leakage.NUMBERS))
    assert titles == pytest.approx(1 / np.log2(3))  # as two of each group are left, which tie
    assert numbers < 0.5
    assert found[leakage.OTHERS_HISTORY]["ndcg@10"].mean < titles
    assert found["completion of titles"]["true half first"].mean == 1.0
    assert result.comparisons[1].difference.mean == pytest.approx(titles - numbers)


def test_a_model_that_knows_nothing_completes_nothing(setup: TaskSetup) -> None:
    result = measured(setup, FakeEngine())
    [found] = [row for row in result.rows if row.system == "completion of titles"]
    assert found.metrics["true half first"].mean == 0.0
    assert result.comparisons[0].difference.mean == 0.0
