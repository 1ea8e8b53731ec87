"""Shares of attention in the ranking task: what groups get, and what it costs.

Run: pytest tests/unit/eval/test_exposure_run.py
"""

from pathlib import Path

import numpy as np
import pytest

from shelftalker.eval.harness import run_tasks
from shelftalker.eval.metrics.beyond_accuracy import attention_share
from shelftalker.eval.report import summary
from shelftalker.eval.runs.exposure import WITH, WITHOUT
from shelftalker.eval.task_setup import TaskSetup
from tests.unit.eval.conftest import task_of

RULES = """
[[exposure]]
field = "genres"
value = "Comedy"
floor = 0.4
[[exposure]]
field = "no_such"
cap = 1.0
"""


def test_attention_is_shared_by_place() -> None:
    lists = np.array([[0, 1, 2], [2, -1, -1], [1, 0, -1], [-1, -1, -1]])
    shares = attention_share(lists, np.array([True, False, False]))
    total = 1 + 1 / np.log2(3)
    assert shares[:3] == pytest.approx([1 / (total + 0.5), 0, (1 / np.log2(3)) / total])
    assert np.isnan(shares[3])


def test_the_cost_of_shares_is_in_the_report(setup: TaskSetup, tmp_path: Path) -> None:
    rules = setup.workspace.domain_path("films") / "rules.toml"
    task = task_of("ranking", systems=["ours"], metrics=["ndcg@10"], k=4)
    [plain] = run_tasks([task], setup, tmp_path / "a")  # type: ignore[list-item]
    assert plain.row(WITH) is None
    rules.write_text(RULES.replace("no_such", "country"))
    [result] = run_tasks([task], setup, tmp_path / "b")  # type: ignore[list-item]
    rules.unlink()
    after, before = (result.row(name) for name in (WITH, WITHOUT))
    assert after is not None
    assert before is not None
    assert before.metrics["attention, genres Comedy"].mean < 0.39
    assert after.metrics["attention, genres Comedy"].mean >= 0.39
    assert after.metrics["attention, no country"].mean == 0
    [cost] = [one for one in result.comparisons if one.a == WITH]
    assert (cost.b, cost.metric) == (WITHOUT, "ndcg@4")
    lost = after.metrics["ndcg@4"].mean - before.metrics["ndcg@4"].mean
    assert cost.difference.mean == pytest.approx(lost)
    assert cost.difference.low <= lost <= cost.difference.high
    answers = dict(summary([result]))
    assert any("shares of attention change ndcg@4" in line for line in answers["At what price?"])
    assert not any("without them" in line for line in answers["Is it better?"])  # it is no peer
