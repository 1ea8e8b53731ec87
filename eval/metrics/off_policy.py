"""The value of a policy, estimated from what another one showed: one table of estimators.

IPS (Horvitz and Thompson 1952), clipped (Bottou et al. 2013), SNIPS (Swaminathan and Joachims
2015), doubly robust (Dudík, Langford and Li 2011), switch (Wang, Agarwal and Dudík 2017), cascade
for whole answers (McInerney et al. 2020, Kiyohara et al. 2022), and the difference of two policies
(Δ-OPE: Jeunen and Ustimenko, RecSys 2024, arXiv 2405.10024). Intervals are normal, at 95%.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from shelftalker.errors import InputError

Values = npt.NDArray[np.float64]
Indexes = npt.NDArray[np.int64]
MIN_EFFECTIVE = 100.0
"""Least effective sample size (Kish) for which a figure is given."""
MIN_OVERLAP = 0.9
"""Least mean importance weight: with full overlap it is 1, and what is missing was never shown."""
PRIOR = 10.0
"""Shown items that an item's reward is drawn towards the mean with."""
MOVED, BOUNDS = 0.2, 32
"""Share of its standard error that bounded weights may move an estimate by; bounds tried."""
Z = 1.959964


@dataclass(frozen=True, slots=True)
class Logged:
    """Answers that were shown, float64 [answers, places] each; see `of`.

    `propensity`, `target`: with which probability the policy that showed an item, and the one that
    is valued, put it there, given the items above. `expected`: the reward that a model expects of
    it; `of_target`: of what the target policy would put there. `user` int64 [answers]: whose.
    """

    reward: Values
    propensity: Values
    target: Values
    expected: Values
    of_target: Values
    user: Indexes

    @classmethod
    def of(
        cls, items: Indexes, reward: Values, propensity: Values, offered: Indexes, shares: Values,
        user: Indexes,
    ) -> Self:  # fmt: skip
        """Answers with their reward model: each item's mean reward at a place among the other half
        of the users, so that no answer helps to predict itself.

        `items` [answers, places]: numbers of the items shown, -1 where there is none. `offered`
        [answers, n], `shares` [answers, places, n]: what the target policy chooses from, and the
        probability of each at each place, given the items above.
        """
        none, places = items < 0, np.arange(items.shape[1])
        means = _means(items, reward, user, int(max(items.max(), offered.max())) + 1)
        half = user[:, None] % 2
        target = (shares * (offered[:, None, :] == items[:, :, None])).sum(2)
        modelled = means[half[:, :, None], places[None, :, None], offered[:, None, :]]
        return cls(
            np.where(none, 0.0, reward),
            np.where(none, 1.0, propensity),
            np.where(none, 1.0, target),
            np.where(none, 0.0, means[half, places, items]),
            np.where(none, 0.0, (shares * modelled).sum(2)),
            user,
        )

    @property
    def weights(self) -> Values:
        """Importance weights of the items down to each place, [answers, places]."""
        return np.cumprod(self.target / self.propensity, axis=1, dtype=np.float64)

    def first(self) -> "Logged":
        """The first places alone."""
        top = {name: getattr(self, name)[:, :1] for name in self.__slots__ if name != "user"}
        return replace(self, **top)


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """An estimate of the mean reward of an answer, with its 95% interval; `effective`: the
    effective sample size, `overlap`: the mean importance weight."""

    mean: float
    low: float
    high: float
    effective: float
    overlap: float


def value(logged: Logged, estimator: str) -> PolicyValue:
    """The target policy's value by one of `ESTIMATORS`: of first places, and of whole answers by
    `cascade`. Raises `InputError` where the log says too little about the policy."""
    supported = checked(logged if estimator == "cascade" else logged.first())
    function = ESTIMATORS[estimator]
    values, lost = _bounded(function, logged) if estimator in BOUNDED else (function(logged), 0.0)
    return _estimate(values, supported, logged.user, lost)


def difference(logged: Logged, baseline: Values | None = None) -> PolicyValue:
    """The value of the target policy less that of a baseline, over all places of the log (Δ-OPE).
    `baseline` [answers, places]: as `target`; by default it is the policy that logged. Raises
    `InputError` where the log says too little about one of them.

    The rewards are taken less the constant with which the variance is least; as the weights of both
    policies have the same mean, that changes no expectation. Where policies are alike, the interval
    is far narrower than that of each value.
    """
    other = replace(logged, target=logged.propensity if baseline is None else baseline)
    supported = checked(logged), checked(other)
    apart = logged.weights - other.weights
    square = apart**2
    constant = (square * logged.reward).sum(0) / np.maximum(square.sum(0), 1e-300)
    values = (apart * (logged.reward - constant)).sum(1)
    return _estimate(values, min(supported), logged.user)


def checked(logged: Logged) -> tuple[float, float]:
    """Effective sample size and overlap. Raises `InputError` where one is too small."""
    if not len(logged.reward) or not (logged.propensity > 0).all():
        raise InputError(
            "there are no logged rows with a propensity above 0; log what is shown with "
            "`log_shown = true`, and let rules.toml `sample` or `explore`"
        )
    weights = logged.weights[:, -1]
    effective, overlap = effective_size(weights), float(weights.mean())
    if effective < MIN_EFFECTIVE or overlap < MIN_OVERLAP:
        raise InputError(
            f"the log says too little about this policy: effective sample size {effective:.0f} "
            f"(at least {MIN_EFFECTIVE:.0f}), overlap {overlap:.2f} (at least {MIN_OVERLAP}); log "
            "more, or with more exploration, or evaluate a policy that is nearer to the logged one"
        )
    return effective, overlap


def effective_size(weights: Values) -> float:
    """Kish's effective sample size, at most the number of answers."""
    square = float((weights**2).sum())
    return float(weights.sum()) ** 2 / square if square else 0.0


def _ips(logged: Logged, bound: float = np.inf) -> Values:
    """Unbiased, and of great variance; with a bound on the weights, too low."""
    return np.minimum(logged.weights[:, 0], bound) * logged.reward[:, 0]


def _snips(logged: Logged) -> Values:
    """Self-normalised: a little biased, and of smaller variance. The values are those of a ratio,
    linearised."""
    weights, reward = logged.weights[:, 0], logged.reward[:, 0]
    mean = float((weights * reward).sum() / weights.sum())
    values: Values = mean + weights * (reward - mean) / weights.mean()
    return values


def _doubly_robust(logged: Logged, bound: float = np.inf) -> Values:
    """The reward model, corrected where it was wrong on what was shown. Where the weight is above
    a bound, by the model alone."""
    weights = logged.weights[:, 0]
    used = np.where(weights <= bound, weights, 0.0)
    return logged.of_target[:, 0] + used * (logged.reward - logged.expected)[:, 0]


def _cascade(logged: Logged) -> Values:
    """Doubly robust at each place: what is below a place changes nothing of its reward, so the
    weights are those of the items down to it."""
    weights = logged.weights
    above = np.hstack([np.ones((len(weights), 1)), weights[:, :-1]])
    right = above * logged.of_target + weights * (logged.reward - logged.expected)
    values: Values = right.sum(1)
    return values


ESTIMATORS: dict[str, Callable[..., Values]] = {
    "ips": _ips,
    "clipped": _ips,
    "snips": _snips,
    "doubly_robust": _doubly_robust,
    "switch": _doubly_robust,
    "cascade": _cascade,
}
"""By name: values [answers] whose mean is the estimate."""
BOUNDED = ("clipped", "switch")


def _bounded(estimator: Callable[..., Values], logged: Logged) -> tuple[Values, float]:
    """With the least bound on the weights that moves the mean by no more than `MOVED` of its
    standard error; and what was lost by that, which widens the interval."""
    exact = kept = estimator(logged)
    most, lost = MOVED * float(exact.std() / np.sqrt(len(exact))), 0.0
    for bound in np.geomspace(max(logged.weights[:, 0].max(), 1.0), 1.0, BOUNDS):
        tried = estimator(logged, bound * (1 - 1e-9))
        if abs(exact.mean() - tried.mean()) > most:
            break
        kept, lost = tried, float(exact.mean() - tried.mean())
    return kept, lost


def _means(items: Indexes, reward: Values, user: Indexes, count: int) -> Values:
    """Mean rewards [2, places, items], drawn towards those of the places; [0] is for users with an
    even number, and comes from the others."""
    shown, places = items >= 0, np.broadcast_to(np.arange(items.shape[1]), items.shape)
    means = np.zeros((2, items.shape[1], count))
    for half in (0, 1):
        rows = shown & (user[:, None] % 2 != half)
        cells = places[rows] * count + items[rows]
        size = items.shape[1] * count
        sums = np.bincount(cells, reward[rows], size).reshape(-1, count)
        counts = np.bincount(cells, minlength=size).reshape(-1, count)
        overall = sums.sum(1, keepdims=True) / np.maximum(counts.sum(1, keepdims=True), 1)
        means[half] = (sums + PRIOR * overall) / (counts + PRIOR)
    return means


def _estimate(
    values: Values, supported: tuple[float, float], user: Indexes, lost: float = 0.0
) -> PolicyValue:
    """The answers of one user are not independent: the variance is that of the users' sums. The
    interval is wider on the side where something was lost."""
    mean = float(values.mean())
    own = np.bincount(np.unique(user, return_inverse=True)[1], values - mean)
    half = Z * float(np.sqrt((own**2).sum() * len(own) / max(len(own) - 1, 1))) / len(values)
    low, high = mean - half + min(lost, 0.0), mean + half + max(lost, 0.0)
    return PolicyValue(mean, low, high, *supported)
