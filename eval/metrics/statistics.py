"""Confidence intervals and paired tests over users.

Intervals are percentile bootstraps; all metrics of a table share the same resamples. Two systems
are compared on the same users: a bootstrap interval of the mean difference, and the p-value of a
sign-flip (randomisation) test.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

Values = npt.NDArray[np.float64]
DRAWS = 1000
SIGN_FLIPS = 2000
_MAX_CELLS = 20_000_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over users with its 95% percentile-bootstrap interval."""

    mean: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.mean:.4f} [{self.low:.4f}, {self.high:.4f}]"


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean of a - b over the same users, its 95% interval, and the p-value of no difference."""

    mean: float
    low: float
    high: float
    p: float
    n: int

    @property
    def signed(self) -> str:
        """The mean with its sign, and the interval."""
        return f"{self.mean:+.4f} [{self.low:+.4f}, {self.high:+.4f}]"

    @property
    def p_text(self) -> str:
        """`p = 0.012`, or `p < 0.001`, the resolution of the test."""
        return f"p = {self.p:.3f}" if self.p >= 0.001 else "p < 0.001"

    @property
    def verdict(self) -> str:
        """`better` or `worse` if the interval excludes 0 and p < 0.05, else `no clear
        difference`."""
        if self.p >= 0.05 or self.low <= 0 <= self.high:
            return "no clear difference"
        return "better" if self.low > 0 else "worse"


def estimate(values: Values, seed: int = 0) -> Estimate:
    """Mean over users and its 95% interval from `DRAWS` bootstrap samples of users."""
    return estimates({"value": values}, seed)["value"]


def estimates(table: Mapping[str, Values], seed: int = 0) -> dict[str, Estimate]:
    """As `estimate`, for several metrics of the same users; NaN is left out, per metric."""
    columns = np.stack([np.asarray(values, np.float64) for values in table.values()], axis=1)
    known = np.isfinite(columns)
    filled = np.where(known, columns, 0.0)
    means = np.concatenate(
        [
            (drawn @ filled) / np.maximum(drawn @ known.astype(np.float64), 1e-12)
            for drawn in resamples(len(columns), seed)
        ]
    )
    lows, highs = np.percentile(means, [2.5, 97.5], axis=0)
    return {
        name: Estimate(
            float(filled[:, at].sum() / max(known[:, at].sum(), 1)),
            float(lows[at]),
            float(highs[at]),
            int(known[:, at].sum()),
        )
        for at, name in enumerate(table)
    }


def wilson(hits: int, n: int) -> Estimate:
    """The share of `hits` among n >= 1 cases with Wilson's 95% score interval."""
    low, high = binomtest(hits, n).proportion_ci(0.95, "wilson")
    return Estimate(hits / n, float(low), float(high), n)


def compare(a: Values, b: Values, seed: int = 0) -> Difference:
    """Paired comparison: one metric of two systems on the same users, in the same order."""
    differences = np.asarray(a, np.float64) - np.asarray(b, np.float64)
    mean = estimate(differences, seed)
    nonzero = differences[np.abs(differences) > 0]
    return Difference(mean.mean, mean.low, mean.high, _sign_flip(nonzero, seed), mean.n)


def by_user(values: Values, users: npt.NDArray[np.str_]) -> Values:
    """Mean per user, in the order of the users' ids. Events of one user are correlated, so
    intervals over events would be too narrow."""
    owner = np.unique(users, return_inverse=True)[1]
    return np.bincount(owner, values) / np.bincount(owner)


def kappa(a: Sequence[bool], b: Sequence[bool]) -> float | None:
    """Cohen's kappa of two raters on the same cases, 1 at most. None if both gave one and the same
    answer to all cases, where kappa is undefined."""
    p, q = float(np.mean(a)), float(np.mean(b))
    chance = p * q + (1 - p) * (1 - q)
    agreement = float(np.mean(np.equal(a, b)))
    return None if chance == 1 else (agreement - chance) / (1 - chance)


def resamples(n: int, seed: int = 0, draws: int = DRAWS) -> Iterator[Values]:
    """Number of times that each of n users is drawn, in blocks: float64 [block, n]."""
    rng = np.random.default_rng(seed)
    block = max(1, min(draws, _MAX_CELLS // max(n, 1)))
    for start in range(0, draws, block):
        size = min(block, draws - start)
        taken = rng.integers(0, n, (size, n))
        taken += np.arange(size)[:, None] * n
        yield np.bincount(taken.ravel(), minlength=size * n).reshape(size, n).astype(np.float64)


def _sign_flip(differences: Values, seed: int) -> float:
    """Share of random sign flips whose mean is at least as far from 0."""
    if not len(differences):
        return 1.0
    rng = np.random.default_rng(seed)
    block = max(1, min(SIGN_FLIPS, _MAX_CELLS // len(differences)))
    observed = abs(differences.sum()) - 1e-12
    beyond = 0
    for start in range(0, SIGN_FLIPS, block):
        signs = rng.integers(0, 2, (min(block, SIGN_FLIPS - start), len(differences))) * 2.0 - 1
        beyond += int((np.abs(signs @ differences) >= observed).sum())
    return (beyond + 1) / (SIGN_FLIPS + 1)
