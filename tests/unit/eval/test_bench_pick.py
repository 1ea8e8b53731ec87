"""What the pick's benchmark holds out, and how it counts."""

import numpy as np
import pytest

from shelftalker.adapters.data.packing import TrainingRow
from shelftalker.data.events import Event
from shelftalker.eval.bench import pick as bench_pick
from shelftalker.eval.splits import leave_last
from shelftalker.ranking.pick_weights import PickWeights


def log(user: str, count: int) -> list[Event]:
    return [Event(user, f"i{at}", "view", time=at) for at in range(count)]


def test_the_last_events_are_held_out_each_with_what_came_before_it() -> None:
    split = leave_last(log("a", 7) + log("short", 4), 2, 3)
    assert [own[0].item for own in split.targets] == ["i5", "i6"]
    assert [[event.item for event in own] for own in split.histories] == [
        [f"i{at}" for at in range(5)],
        [f"i{at}" for at in range(6)],
    ]
    assert [(event.user, event.item) for event in split.train] == [
        *(("a", f"i{at}") for at in range(5)),
        *(("short", f"i{at}") for at in range(4)),
    ]


def test_a_missed_target_counts_nothing_and_ties_count_against() -> None:
    rows = [TrainingRow([0], [[1]] * 3, target) for target in (1, -1, 0)]
    scorer = np.array([[0.0, 2.0, 1.0], [1.0, 1.0, -np.inf]])
    llm = np.array([[0.0, 0.0, 5.0], [1.0, 0.0, -np.inf]])
    inputs = (scorer, llm, np.array([[1.0, 1.0, 1.0], [1.0, 1.0, -np.inf]]), np.array([1, 0]))
    alone = bench_pick._gains(inputs, PickWeights(), rows)
    assert alone == pytest.approx([1.0, 0.0, 1 / np.log2(3)])
    fused = bench_pick._gains(inputs, PickWeights(1.0, 1.0), rows)
    assert fused == pytest.approx([1 / np.log2(3), 0.0, 1.0])


def test_a_fusion_not_significantly_better_on_validation_is_not_served() -> None:
    rows = [TrainingRow([0], [[1]] * 3, 1) for _ in range(40)]
    users = np.array([f"u{at}" for at in range(40)])
    scorer = np.tile([1.0, 0.0, -1.0], (40, 1))
    target = np.ones(40, np.int64)
    for right, served in ((40, True), (12, False), (0, False)):
        llm = np.tile([0.0, -9.0, 0.0], (40, 1))  # pushes the target down
        llm[:right] = [0.0, 9.0, 0.0]
        inputs = (scorer, llm, np.zeros((40, 3)), target)
        assert bench_pick._proven(inputs, PickWeights(1.0, 1.0), rows, users, 0) == served


def test_users_are_the_units_however_many_events_they_have() -> None:
    gains = {"scorer": np.array([0.0, 0.0, 0.0, 1.0]), "fused": np.array([1.0, 1.0, 1.0, 0.0])}
    figures = bench_pick._compared(gains, np.array(["a", "a", "a", "b"]), seed=0)
    assert figures["users"] == 2
    assert figures["ndcg@10"]["fused"]["mean"] == pytest.approx(0.5)
    assert figures["less the scorer"]["fused"]["mean"] == pytest.approx(0.0)
