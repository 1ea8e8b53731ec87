"""Off-policy estimates and sequential intervals, against simulations whose truth is known.

Run: pytest tests/unit/eval/test_off_policy.py
"""

from collections.abc import Callable

import numpy as np
import pytest

from shelftalker.errors import InputError
from shelftalker.eval.metrics.off_policy import (
    Logged,
    PolicyValue,
    difference,
    doubly_robust,
    effective_size,
    ips,
    snips,
)
from shelftalker.eval.metrics.sequential import confidence_sequence
from shelftalker.eval.metrics.sequential import difference as difference_so_far

ACTIONS = 5
CHANCE = np.array([0.1, 0.2, 0.3, 0.4, 0.5])  # of a reward, by action
LOGGING = np.array([0.3, 0.25, 0.2, 0.15, 0.1])
TARGET = LOGGING[::-1].copy()
TRUTH = float(TARGET @ CHANCE)


def drawn(rows: int, seed: int) -> tuple[Logged, np.ndarray]:
    rng = np.random.default_rng(seed)
    actions = rng.choice(ACTIONS, rows, p=LOGGING)
    reward = (rng.random(rows) < CHANCE[actions]).astype(float)
    return Logged(reward, LOGGING[actions], TARGET[actions]), actions


def _robust(logged: Logged, actions: np.ndarray) -> PolicyValue:
    model = CHANCE + 0.1  # wrong by the same everywhere
    return doubly_robust(logged, model[actions], np.full(len(actions), TARGET @ model))


@pytest.mark.parametrize(
    "estimate", [lambda log, _: ips(log), lambda log, _: snips(log), _robust],
    ids=["ips", "snips", "doubly robust"],
)  # fmt: skip
def test_intervals_cover_the_truth_as_often_as_they_say(
    estimate: Callable[[Logged, np.ndarray], PolicyValue],
) -> None:
    values = [estimate(*drawn(1500, seed)) for seed in range(1000)]
    covered = np.mean([value.low <= TRUTH <= value.high for value in values])
    assert 0.93 <= covered <= 0.97
    assert np.mean([value.mean for value in values]) == pytest.approx(TRUTH, abs=0.004)


def test_a_reward_model_and_normalising_narrow_the_interval() -> None:
    logged, actions = drawn(4000, 1)
    wide = ips(logged)
    assert snips(logged).high - snips(logged).low < wide.high - wide.low
    exact = doubly_robust(logged, CHANCE[actions], np.full(4000, TRUTH))
    assert exact.high - exact.low < wide.high - wide.low
    assert ips(logged, clip=1.0).mean < wide.mean


@pytest.mark.parametrize("baseline", [None, np.array([0.2, 0.2, 0.2, 0.2, 0.2])])
def test_the_difference_of_two_policies_is_covered_and_narrower_than_of_two_values(
    baseline: np.ndarray | None,
) -> None:
    near = 0.8 * (LOGGING if baseline is None else baseline) + 0.2 * TARGET
    truth = float((near - (LOGGING if baseline is None else baseline)) @ CHANCE)
    found, apart = [], []
    for seed in range(1000):
        logged, actions = drawn(1500, seed)
        target = Logged(logged.reward, logged.propensity, near[actions])
        shown = None if baseline is None else baseline[actions]
        found.append(difference(target, shown))
        other = LOGGING if baseline is None else baseline
        apart.append(
            ips(target).mean - ips(Logged(logged.reward, logged.propensity, other[actions])).mean
        )
    covered = np.mean([one.low <= truth <= one.high for one in found])
    assert 0.93 <= covered <= 0.97
    means = np.array([one.mean for one in found])
    assert means.mean() == pytest.approx(truth, abs=0.001)
    assert means.std() < 0.9 * np.std(apart)
    wide = ips(target)
    assert found[-1].high - found[-1].low < 0.5 * (wide.high - wide.low)


def test_a_log_that_says_too_little_is_refused() -> None:
    logged, _ = drawn(4000, 1)
    never = Logged(
        logged.reward, logged.propensity, np.where(logged.target > 0.2, 0, logged.target)
    )
    with pytest.raises(InputError, match="overlap"):
        ips(never)
    with pytest.raises(InputError, match="effective sample size"):
        snips(drawn(60, 2)[0])
    with pytest.raises(InputError, match="propensity above 0"):
        ips(Logged(np.ones(3), np.zeros(3), np.ones(3)))
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
