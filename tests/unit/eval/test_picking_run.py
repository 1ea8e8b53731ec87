"""The picking task: planted position bias, crosstalk and seen items, and what its users may be."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import astuple

import numpy as np
import pytest

from shelftalker.engine.base import Adapters, Floats, Prompt
from shelftalker.errors import EvaluationError
from shelftalker.eval.runs import picking
from shelftalker.eval.runs.method_scores import position_bias_flag
from shelftalker.eval.runs.picking import crosstalk_flag
from shelftalker.eval.task_setup import TaskSetup
from tests.support.fakes import FakeEngine
from tests.unit.eval.conftest import task_of


@pytest.mark.usefixtures("scorer_that_returns_seen_items")
def test_a_scorer_that_returns_seen_items_stops_the_picking(setup: TaskSetup) -> None:
    setup.engine_wanted = FakeEngine()
    task = task_of("picking", users=20, methods=["letters-once"])
    with pytest.raises(EvaluationError, match="which is in the history"):
        asyncio.run(picking.run(task, setup))  # type: ignore[arg-type]


class AlwaysA(FakeEngine):
    async def choose(
        self, prompts: Sequence[Prompt], labels: Sequence[str], adapter: Adapters = None
    ) -> Floats:
        row = np.full(len(labels), np.log(0.01 / max(len(labels) - 1, 1)))
        row[0] = np.log(0.99)
        return np.tile(row, (len(prompts), 1))


def test_a_pick_that_always_says_a_is_flagged(setup: TaskSetup) -> None:
    setup.engine_wanted = AlwaysA()
    task = task_of("picking", users=20, methods=["letters-once"])
    result = asyncio.run(picking.run(task, setup))  # type: ignore[arg-type]
    assert result.row("letters-once").values["flip rate"] == 1.0  # type: ignore[union-attr]
    assert any("place 1 of the list in 100%" in flag for flag in result.flags)


def test_without_fitted_weights_the_scorers_order_is_served(setup: TaskSetup) -> None:
    task = task_of("calibration", users=20)
    setup.engine_wanted = engine = FakeEngine()
    result = asyncio.run(picking.run(task, setup))  # type: ignore[arg-type]
    served, scorer = result.row("served"), result.row("scorer")
    assert served is not None
    assert scorer is not None
    assert served.metrics.keys() == scorer.metrics.keys()
    for name, estimate in served.metrics.items():
        # Sums of the same numbers may differ in their last digit with the place in memory.
        assert astuple(estimate) == pytest.approx(astuple(scorer.metrics[name]), abs=1e-9), name
    assert "the scorer's order stands" in served.note
    assert set(engine.calls) == {"likelihood"}  # the crosstalk check alone


def test_a_pick_that_reads_the_items_is_not_flagged() -> None:
    assert position_bias_flag(np.random.default_rng(0).integers(0, 20, 100)) == ""


class Crossed(FakeEngine):
    """With concurrent requests it answers each with the previous prompt."""

    crossed = True

    def __init__(self) -> None:
        super().__init__()
        self._before: Prompt | None = None
        self.running = 0

    async def likelihood(
        self, prefix: Prompt, continuations: Sequence[str], adapter: str | None = None
    ) -> Floats:
        self.running += 1
        await asyncio.sleep(0.001)
        mixed = self.crossed and self.running > 1 and self._before
        prompt = self._before if mixed and self._before else prefix
        self._before = prefix
        await asyncio.sleep(0.001)
        self.running -= 1
        seed = abs(hash(json.dumps(list(prompt)))) % 2**32
        return np.random.default_rng(seed).normal(-20, 3, len(continuations))


class Straight(Crossed):
    crossed = False


@pytest.mark.parametrize(("engine", "crossed"), [(Crossed, True), (Straight, False)])
def test_an_engine_that_answers_for_the_wrong_user_is_flagged(
    setup: TaskSetup, engine: type[Crossed], crossed: bool
) -> None:
    setup.engine_wanted = engine()
    task = task_of("picking", users=12, methods=["likelihood"])
    result = asyncio.run(picking.run(task, setup))  # type: ignore[arg-type]
    assert any("answer of somebody else" in flag for flag in result.flags) == crossed


def test_small_differences_are_no_crosstalk() -> None:
    alone = np.array([[-1.0, -2.0], [-2.0, -1.0]])
    assert crosstalk_flag(alone, alone + 0.05) == ""
    assert "2 of 2 users" in crosstalk_flag(alone, alone[::-1])
