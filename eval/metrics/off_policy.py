"""The value of a policy, estimated from what another one showed: IPS, SNIPS, doubly robust, Δ-OPE.

Each row is one item shown: its reward, the probability with which the logging policy showed it,
and the probability with which the target policy would. Horvitz and Thompson (1952); Swaminathan
and Joachims (NeurIPS 2015); Dudík, Langford and Li (ICML 2011); Jeunen and Ustimenko (RecSys 2024,
arXiv 2405.10024). Intervals are normal, at 95%.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shelftalker.errors import InputError

Values = npt.NDArray[np.float64]
MIN_EFFECTIVE = 100.0
"""Least effective sample size (Kish) for which a figure is given."""
MIN_OVERLAP = 0.9
"""Least mean importance weight: with full overlap it is 1, and what is missing was never shown."""
Z = 1.959964


@dataclass(frozen=True, slots=True)
class Logged:
    """Rows of a log, float64 [rows] each. `propensity` is above 0."""

    reward: Values
    propensity: Values
    target: Values

    @property
    def weights(self) -> Values:
        """Importance weights."""
        ratio: Values = self.target / self.propensity
        return ratio


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """An estimate of the mean reward of the target policy, with its 95% interval; `effective`: the
    effective sample size, `overlap`: the mean importance weight."""

    mean: float
    low: float
    high: float
    effective: float
    overlap: float


def ips(logged: Logged, clip: float | None = None) -> PolicyValue:
    """Inverse propensity scoring: unbiased, and of great variance; `clip` bounds the weights."""
    checked(logged)
    weights = logged.weights if clip is None else np.minimum(logged.weights, clip)
    return _estimate(logged, weights * logged.reward)


def snips(logged: Logged) -> PolicyValue:
    """Self-normalised: a little biased, and of smaller variance. Its interval is that of a ratio,
    by linearisation."""
    checked(logged)
    weights = logged.weights
    mean = float((weights * logged.reward).sum() / weights.sum())
    residual = weights * (logged.reward - mean) / weights.mean()
    return _estimate(logged, mean + residual)


def doubly_robust(logged: Logged, expected: Values, of_target: Values) -> PolicyValue:
    """A reward model, corrected where it was wrong on what was shown. `expected` [rows]: its reward
    for the item shown, fitted on other rows; `of_target` [rows]: its mean over the target policy's
    items. Unbiased if the propensities or the model are right."""
    checked(logged)
    return _estimate(logged, of_target + logged.weights * (logged.reward - expected))


def difference(logged: Logged, baseline: Values | None = None) -> PolicyValue:
    """The value of the target policy less that of a baseline (Δ-OPE). `baseline` [rows]: with which
    probability it would show the item; by default it is the policy that logged.

    The rewards are taken less the constant with which the variance is least; as the weights of both
    policies have the same mean, that changes no expectation. Where policies are alike, the interval
    is far narrower than that of each value.
    """
    checked(logged)
    apart = logged.weights - (1.0 if baseline is None else baseline / logged.propensity)
    square = apart**2
    constant = float((square * logged.reward).sum() / square.sum()) if square.any() else 0.0
    return _estimate(logged, apart * (logged.reward - constant))


def checked(logged: Logged) -> None:
    """Raises `InputError` where the log says too little about the target policy."""
    if not len(logged.reward) or not (logged.propensity > 0).all():
        raise InputError(
            "there are no logged rows with a propensity above 0; log what is shown with "
            "`log_shown = true`, and let rules.toml `sample` or `explore`"
        )
    effective, overlap = effective_size(logged.weights), float(logged.weights.mean())
    if effective < MIN_EFFECTIVE or overlap < MIN_OVERLAP:
        raise InputError(
            f"the log says too little about this policy: effective sample size {effective:.0f} "
            f"(at least {MIN_EFFECTIVE:.0f}), overlap {overlap:.2f} (at least {MIN_OVERLAP}); log "
            "more, or with more exploration, or evaluate a policy that is nearer to the logged one"
        )


def effective_size(weights: Values) -> float:
    """Kish's effective sample size, at most the number of rows."""
    square = float((weights**2).sum())
    return float(weights.sum()) ** 2 / square if square else 0.0


def _estimate(logged: Logged, values: Values) -> PolicyValue:
    mean, weights = float(values.mean()), logged.weights
    half = Z * float(values.std(ddof=1)) / np.sqrt(len(values))
    overlap = float(weights.mean())
    return PolicyValue(mean, mean - half, mean + half, effective_size(weights), overlap)
