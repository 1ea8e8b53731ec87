"""Results as files: versions, provenance, and the comparison of two runs."""

import json
from pathlib import Path

import pytest

from shelftalker.errors import EvaluationError, InputError
from shelftalker.eval.compare_runs import changes
from shelftalker.eval.harness import run_tasks
from shelftalker.eval.metrics.statistics import Estimate
from shelftalker.eval.result import (
    Result,
    ResultRow,
    Sample,
    provenance,
    results_of,
    write_result,
)
from shelftalker.eval.task_setup import TaskSetup
from tests.unit.eval.conftest import task_of


def result(task: str = "ranking", version: int = 1, mean: float = 0.1) -> Result:
    return Result(
        task=task,
        version=version,
        kind="ranking",
        n=10,
        rows=[
            ResultRow(
                system="ours", metrics={"ndcg@10": Estimate(mean, mean - 0.01, mean + 0.01, 10)}
            )
        ],
        provenance=provenance({"data": "d", "split": "s", "seed": 0}, 1.0),
    )


def test_results_of_another_task_version_are_refused(tmp_path: Path) -> None:
    write_result(result(version=7), tmp_path)
    with pytest.raises(
        EvaluationError, match="version 7 of task 'ranking', which is now version 1"
    ):
        results_of(tmp_path)


@pytest.mark.parametrize("content", ["{}", "[1]", "not json", '{"task": "x"}'])
def test_a_file_that_is_no_result_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(InputError, match=r"x.json is no result of a task"):
        results_of(tmp_path)


def test_cards_of_users_are_stored_apart_from_the_figures(tmp_path: Path) -> None:
    card = Sample(user="7", title="Heat", description="A film.", source="model", score=0.5)
    file = write_result(result().model_copy(update={"samples": [card]}), tmp_path)
    assert "Heat" not in file.read_text()
    assert results_of(tmp_path)[0].samples == [card]


def test_an_empty_folder_says_how_to_make_results(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="shelftalker eval DIR --out"):
        results_of(tmp_path)


def test_runs_without_a_common_task_cannot_be_compared() -> None:
    with pytest.raises(EvaluationError, match="share no task"):
        changes([result("ranking")], [result("picking")])
    with pytest.raises(EvaluationError, match="version 1 in the first run and 2 in"):
        changes([result()], [result(version=2)])


def test_a_run_is_the_same_twice_and_compares_as_unchanged(
    setup: TaskSetup, tmp_path: Path
) -> None:
    task = task_of("ranking", systems=["ours", "popularity"])
    first, again = (run_tasks([task], setup, tmp_path / n)[0] for n in "ab")  # type: ignore[list-item]
    for name, estimate in first.rows[0].metrics.items():
        # Sums of the same numbers may differ in their last digit with the place in memory.
        assert again.rows[0].metrics[name].mean == pytest.approx(estimate.mean, abs=1e-9), name
    figures = changes(results_of(tmp_path / "a"), results_of(tmp_path / "b"))
    change = next(c for c in figures if c.metric == "ndcg@10")
    assert change.difference is not None
    assert change.difference.mean == 0
    assert change.verdict == "no clear difference"


def test_every_figure_states_how_to_reproduce_it(setup: TaskSetup, tmp_path: Path) -> None:
    task = task_of("ranking", systems=["ours", "popularity"])
    run_tasks([task], setup, tmp_path)  # type: ignore[list-item]
    made = json.loads((tmp_path / "ranking.json").read_text())
    assert (made["task"], made["version"], made["n"]) == ("ranking", 1, 30)
    assert {"data", "split", "seed", "commit", "command", "machine"} <= set(made["provenance"])
    assert all({"mean", "low", "high", "n"} == set(m) for m in made["rows"][0]["metrics"].values())
