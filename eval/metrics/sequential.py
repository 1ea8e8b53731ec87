"""Intervals that may be looked at as often as one likes: asymptotic confidence sequences.

Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic
confidence sequences" (Annals of Statistics, 2024), theorem 2.2. An ordinary 95% interval that is
looked at every day excludes the truth far more often than in 5% of all experiments.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ALPHA = 0.05
TIGHTEST_AT = 500
"""The number of visitors at which the interval is as tight as it can be made."""


@dataclass(frozen=True, slots=True)
class Sequential:
    """A mean with an interval that holds at all times together, with 95%."""

    mean: float
    low: float
    high: float
    n: int


def confidence_sequence(values: Sequence[float], alpha: float = ALPHA) -> Sequential:
    """The mean of so many independent values so far; without bound where there is but one."""
    n = len(values)
    if n < 2:
        mean = float(values[0]) if n else 0.0
        return Sequential(mean, -np.inf, np.inf, n)
    mean, half = float(np.mean(values)), _half(float(np.std(values)), n, alpha)
    return Sequential(mean, mean - half, mean + half, n)


def difference(values: Sequence[float], control: Sequence[float]) -> Sequential:
    """The difference of two means, each within its own sequence."""
    one, other = (confidence_sequence(each, ALPHA / 2) for each in (values, control))
    return Sequential(
        one.mean - other.mean, one.low - other.high, one.high - other.low, one.n + other.n
    )


def _half(deviation: float, n: int, alpha: float) -> float:
    log = -2 * np.log(alpha)
    rho = np.sqrt((log + np.log(log + 1)) / TIGHTEST_AT)
    scaled = n * rho**2 + 1
    return deviation * float(np.sqrt(2 * scaled / (n * rho) ** 2 * np.log(np.sqrt(scaled) / alpha)))
