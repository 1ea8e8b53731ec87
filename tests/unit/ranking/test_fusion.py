"""The fusion's weights: fitted on simulated choices whose true weights are known."""

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from shelftalker.ranking.fusion import (
    ChoiceTables,
    fit_weights,
    log_loss,
    order_gains,
    significantly_better,
)
from shelftalker.ranking.pick_weights import PickWeights


def simulated(weights: PickWeights, n: int = 3000, seed: int = 0) -> ChoiceTables:
    """Choices drawn from the fusion model itself."""
    rng = np.random.default_rng(seed)
    scorer, llm, popularity = (rng.normal(size=(n, 10)) for _ in range(3))
    utility = weights.scorer * scorer + weights.llm * llm + weights.popularity * popularity
    target = (utility + rng.gumbel(size=utility.shape)).argmax(1)
    return ChoiceTables(scorer, llm, popularity, target)


def test_fitting_recovers_the_weights_of_simulated_choices() -> None:
    truth = PickWeights(1.2, 0.5, 0.3)
    found = fit_weights(simulated(truth))
    for name in ("scorer", "llm", "popularity"):
        assert getattr(found, name) == pytest.approx(getattr(truth, name), abs=0.1)


@pytest.mark.parametrize("llm", [0.0, -0.4])
def test_an_llm_that_does_not_help_gets_no_weight(llm: float) -> None:
    found = fit_weights(simulated(PickWeights(1.0, llm, 0.3), seed=3))
    assert found.llm == 0.0
    assert found.popularity > 0.2


def test_with_the_llm_the_log_loss_is_lower_than_with_the_rescaled_scorer() -> None:
    tables = simulated(PickWeights(2.0, 0.6, 0.0))
    fused, baseline = fit_weights(tables), fit_weights(tables, use_llm=False)
    assert baseline.llm == 0.0
    assert log_loss(fused, tables) < log_loss(baseline, tables) < log_loss(PickWeights(), tables)


def test_an_order_is_better_only_by_a_significant_difference() -> None:
    assert significantly_better(PickWeights(1.0, 0.6), simulated(PickWeights(1.0, 0.6, 0.0)))
    assert not significantly_better(PickWeights(1.0, 0.6), simulated(PickWeights(1.0, 0.0, 0.0)))
    few = ChoiceTables(*(table[:8] for table in simulated(PickWeights(1.0, 0.2, 0.0))))
    assert not significantly_better(PickWeights(1.0, 0.2), few)


def test_after_the_tenth_place_an_order_gains_nothing() -> None:
    """Here the LLM moves every target from the middle of the rest to the eleventh place."""
    scorer = np.tile(np.r_[np.full(10, 5.0), np.zeros(10)], (50, 1))
    target = np.full(50, 14)
    llm = np.eye(20)[target]
    tables = ChoiceTables(scorer, llm, np.zeros_like(scorer), target)
    assert log_loss(PickWeights(1.0, 1.0), tables) < log_loss(PickWeights(), tables)
    assert not order_gains(PickWeights(1.0, 1.0), tables).any()
    assert not significantly_better(PickWeights(1.0, 1.0), tables)
    assert order_gains(PickWeights(1.0, 6.0), tables).tolist() == [1.0] * 50


def test_fitted_probabilities_are_calibrated() -> None:
    choices = simulated(PickWeights(0.4, 0.0, 0.0), n=6000)
    shares = log_softmax(choices.scorer, axis=1)
    stated = softmax(fit_weights(choices).scorer * shares, axis=1).max(1).mean()
    uncalibrated = np.exp(shares).max(1).mean()
    right = (choices.scorer.argmax(1) == choices.target).mean()
    assert stated == pytest.approx(right, abs=0.02)
    assert uncalibrated > right + 0.1


def test_short_lists() -> None:
    choices = simulated(PickWeights(1.0, 0.6, 0.3))
    choices.scorer[choices.target < 8, 8:] = -np.inf
    assert fit_weights(choices).llm == pytest.approx(0.6, abs=0.1)
