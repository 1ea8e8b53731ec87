"""Off-policy estimates and sequential intervals, against simulations whose truth is known.

Run: pytest tests/unit/eval/test_off_policy.py
"""

import json
from dataclasses import replace

import numpy as np
import pytest

from shelftalker.errors import InputError
from shelftalker.eval.bench.off_policy import Simulation, coverage, trials
from shelftalker.eval.metrics.off_policy import (
    ESTIMATORS,
    Logged,
    PolicyValue,
    difference,
    effective_size,
    value,
)
from shelftalker.eval.metrics.sequential import confidence_sequence
from shelftalker.eval.metrics.sequential import difference as difference_so_far
from tests.support import ROOT

SIMULATION = Simulation.made()
REPETITIONS = 400


@pytest.fixture(scope="module")
def tried() -> dict[str, tuple[float, list[PolicyValue]]]:
    found = trials(SIMULATION, REPETITIONS, visitors=1000)
    return {name: (truth, estimates) for name, truth, estimates in found}


DIFFERENCES = ("difference", "difference from a baseline", "difference of whole answers")


@pytest.mark.parametrize("name", [*ESTIMATORS, *DIFFERENCES])
def test_intervals_cover_the_truth_as_often_as_they_say(
    tried: dict[str, tuple[float, list[PolicyValue]]], name: str
) -> None:
    truth, estimates = tried[name]
    assert 0.92 <= coverage(truth, estimates) <= 0.98  # two and a half standard errors
    means = np.array([one.mean for one in estimates])
    moved = 0.3 if name in ("clipped", "switch") else 0.2
    assert abs(means.mean() - truth) < moved * means.std()


def test_the_committed_figures_are_those_of_the_docs_and_hold_what_they_promise() -> None:
    result = json.loads((ROOT / "eval/results/off-policy.json").read_text())
    docs = (ROOT / "docs/results.md").read_text(encoding="utf-8")
    assert set(result["estimators"]) == {*ESTIMATORS, *DIFFERENCES}
    for name, figures in result["estimators"].items():
        assert 0.93 <= figures["coverage"] <= 0.97, name
        row = f"| {name.replace('_', ' ')} | {figures['truth']:.4f} | {figures['bias']:+.4f} | "
        row += f"{figures['standard deviation']:.4f} | {100 * figures['coverage']:.1f}% |"
        assert row in docs


def width(one: PolicyValue) -> float:
    return one.high - one.low


def test_normalising_a_reward_model_and_a_difference_narrow_the_interval(
    tried: dict[str, tuple[float, list[PolicyValue]]],
) -> None:
    wide = np.mean([width(one) for one in tried["ips"][1]])
    for name in ("snips", "doubly_robust", "switch"):
        assert np.mean([width(one) for one in tried[name][1]]) < 0.97 * wide
    for name in DIFFERENCES[:2]:
        assert np.mean([width(one) for one in tried[name][1]]) < 0.5 * wide
    lower = [
        own.mean - all_.mean for own, all_ in zip(tried["clipped"][1], tried["ips"][1], strict=True)
    ]
    assert max(lower) <= 0
    assert min(lower) < 0


def test_a_difference_takes_a_constant_off_and_knows_a_policy_that_is_the_same() -> None:
    logged, baseline = SIMULATION.drawn(1000, np.random.default_rng(1))
    same = difference(logged, logged.target)
    assert (same.mean, same.low, same.high) == (0, 0, 0)
    plain = difference(logged.first(), baseline[:, :1])
    raised = replace(logged.first(), reward=logged.first().reward + 5)
    assert width(difference(raised, baseline[:, :1])) == pytest.approx(width(plain), rel=0.05)


def test_a_share_that_was_never_shown_does_not_move_what_is_normalised() -> None:
    logged, _ = SIMULATION.drawn(1000, np.random.default_rng(1))
    lacking = replace(logged, target=0.95 * logged.target)
    whole, part = value(logged, "snips"), value(lacking, "snips")
    assert (part.mean, part.low, part.high) == pytest.approx((whole.mean, whole.low, whole.high))
    assert value(lacking, "ips").mean == pytest.approx(0.95 * value(logged, "ips").mean)


def test_a_place_of_a_cascade_counts_as_often_as_the_target_shows_what_is_above_it() -> None:
    logged, _ = SIMULATION.drawn(1000, np.random.default_rng(1))
    known = replace(logged, reward=logged.expected)  # so the model is right
    above = np.hstack([np.ones((len(logged.reward), 1)), logged.weights[:, :-1]])
    expected = (above * logged.of_target).sum(1).mean()
    assert value(known, "cascade").mean == pytest.approx(expected)


def test_answers_of_one_user_count_together() -> None:
    """All answers twice tell no more than once."""
    logged, _ = SIMULATION.drawn(1000, np.random.default_rng(1))
    names = ("reward", "propensity", "target", "expected", "of_target")
    twice = Logged(*(np.tile(getattr(logged, name), (2, 1)) for name in names),
                   np.tile(logged.user, 2))  # fmt: skip
    for name in ("ips", "cascade"):
        assert width(value(twice, name)) == pytest.approx(width(value(logged, name)))


def test_the_reward_model_is_of_other_users_and_short_answers_are_padded() -> None:
    items = np.array([[0, 1], [0, -1], [1, 0], [0, 1]])
    reward = np.array([[1.0, 0], [1, 9], [0, 0], [0, 0]])
    half, users = np.full((4, 2), 0.5), np.array([0, 0, 1, 1])
    shares = np.broadcast_to([0.25, 0.75], (4, 2, 2))
    logged = Logged.of(items, reward, half, np.tile([0, 1], (4, 1)), shares, users)
    assert logged.target.tolist() == [[0.25, 0.75], [0.25, 1], [0.75, 0.25], [0.25, 0.75]]
    assert (logged.propensity[1, 1], logged.reward[1, 1], logged.of_target[1, 1]) == (1, 0, 0)
    assert (logged.expected[:2] == 0).all()  # by the rewards of user 1
    prior = (2 + 10) / (2 + 10)  # both of user 0's first places were item 0, with reward 1
    assert logged.expected[3, 0] == pytest.approx(prior)
    assert logged.weights[3].tolist() == [0.5, 0.75]


def test_a_log_that_says_too_little_is_refused() -> None:
    logged, _ = SIMULATION.drawn(1000, np.random.default_rng(1))
    never = replace(logged, target=np.where(logged.target > 0.2, 0, logged.target))
    for name in ESTIMATORS:
        with pytest.raises(InputError, match="overlap"):
            value(never, name)
    with pytest.raises(InputError, match="overlap"):
        difference(logged, never.target)
    few, _ = SIMULATION.drawn(25, np.random.default_rng(2))
    with pytest.raises(InputError, match="effective sample size"):
        value(few, "snips")
    with pytest.raises(InputError, match="propensity above 0"):
        value(replace(logged, propensity=np.zeros(logged.reward.shape)), "ips")
    assert effective_size(np.array([1.0, 1.0, 0.0])) == pytest.approx(2)


def test_a_sequence_holds_at_all_times_together() -> None:
    """Looked at 40 times, an ordinary interval misses far more often than in 5% of the runs."""
    rng = np.random.default_rng(3)
    missed, ordinary = 0, 0
    for _ in range(300):
        values = (rng.random(2000) < 0.3).astype(float)
        looks = [values[:n] for n in range(50, 2001, 50)]
        missed += any(not (one.low <= 0.3 <= one.high) for one in map(confidence_sequence, looks))
        halves = [1.96 * own.std() / np.sqrt(len(own)) for own in looks]
        ordinary += any(
            abs(own.mean() - 0.3) > half for own, half in zip(looks, halves, strict=True)
        )
    assert missed / 300 <= 0.05
    assert ordinary / 300 > 0.15
    assert confidence_sequence([1.0]).high == np.inf
    one, other = rng.random(3000) < 0.5, rng.random(3000) < 0.3
    assert difference_so_far(one.astype(float).tolist(), other.astype(float).tolist()).low > 0
