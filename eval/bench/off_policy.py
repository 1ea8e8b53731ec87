"""Off-policy estimates against a simulation whose truth is known: bias, and how often the 95%
intervals hold it.

python -m shelftalker.eval.bench.off_policy --out eval/results

Visitors come three times each and are shown three of twelve items. They look from above, and go on
with a probability that a click lowers; half of the visitors click three times as often as the
others. The truth is summed over all answers that a policy can give.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from shelftalker.eval.bench import harness
from shelftalker.eval.metrics.off_policy import (
    ESTIMATORS,
    Indexes,
    Logged,
    PolicyValue,
    Values,
    difference,
    value,
)

CONTEXTS, ITEMS, PLACES, VISITS = 6, 12, 3, 3
MOODS = np.array([0.5, 1.5])
"""Factors of a visitor's probability to click."""
GOES_ON, GOES_ON_AFTER_A_CLICK = 0.9, 0.4
SLATES = np.array(list(permutations(range(ITEMS), PLACES)))


@dataclass(frozen=True)
class Simulation:
    """`attraction`: probability of a click on an item that is looked at; `logging`, `target`,
    `baseline`: logits of policies that draw without replacement; all [contexts, items]."""

    attraction: Values
    logging: Values
    target: Values
    baseline: Values

    @classmethod
    def made(cls, seed: int = 0) -> "Simulation":
        """A target that knows the taste better than what logged; a baseline near to the target."""
        rng = np.random.default_rng(seed)
        taste, errors, *small = rng.normal(size=(4, CONTEXTS, ITEMS))
        return cls(
            0.5 / (1 + np.exp(-taste)),
            0.4 * taste + 0.5 * errors,
            0.8 * taste,
            0.8 * taste + 0.3 * small[0],
        )

    def drawn(self, visitors: int, rng: np.random.Generator) -> tuple[Logged, Values]:
        """A log of `visitors` * `VISITS` answers, and the baseline's probabilities of what was
        shown, [answers, places]."""
        user = np.repeat(np.arange(visitors), VISITS)
        context = rng.integers(0, CONTEXTS, visitors)[user]
        mood = MOODS[rng.integers(0, 2, visitors)][user]
        noisy = self.logging[context] + rng.gumbel(size=(len(user), ITEMS))
        items = np.argsort(-noisy, axis=1)[:, :PLACES]
        reward, looks = np.zeros(items.shape), np.ones(len(user), bool)
        for place in range(PLACES):
            likes = rng.random(len(user)) < mood * self.attraction[context, items[:, place]]
            reward[:, place] = clicked = looks & likes
            on = np.where(clicked, GOES_ON_AFTER_A_CLICK, GOES_ON)
            looks &= rng.random(len(user)) < on
        propensity, baseline = (
            np.take_along_axis(shares(logits[context], items), items[:, :, None], 2)[:, :, 0]
            for logits in (self.logging, self.baseline)
        )
        offered = np.broadcast_to(np.arange(ITEMS), (len(user), ITEMS))
        target = shares(self.target[context], items)
        return Logged.of(items, reward, propensity, offered, target, user), baseline

    def truth(self, logits: Values) -> tuple[float, float]:
        """The mean reward of a policy's first places, and of its whole answers."""
        first = whole = 0.0
        for context in range(CONTEXTS):
            each = shares(np.broadcast_to(logits[context], (len(SLATES), ITEMS)), SLATES)
            chance = np.take_along_axis(each, SLATES[:, :, None], 2)[:, :, 0].prod(1)
            for mood in MOODS:
                clicks = mood * self.attraction[context][SLATES]
                on = GOES_ON + (GOES_ON_AFTER_A_CLICK - GOES_ON) * clicks
                looks = np.cumprod(np.hstack([np.ones((len(SLATES), 1)), on[:, :-1]]), axis=1)
                first += float(chance @ clicks[:, 0])
                whole += float(chance @ (looks * clicks).sum(1))
        return first / (CONTEXTS * len(MOODS)), whole / (CONTEXTS * len(MOODS))


def shares(logits: Values, items: Indexes) -> Values:
    """The probability of each item at each place, given the items above: [answers, places, items],
    of logits [answers, items] and `items` [answers, places]."""
    odds = np.repeat(np.exp(logits)[:, None, :], items.shape[1], axis=1)
    for place in range(items.shape[1] - 1):
        np.put_along_axis(odds[:, place + 1 :], items[:, None, place : place + 1], 0.0, axis=2)
    whole: Values = odds / odds.sum(2, keepdims=True)
    return whole


def trials(
    simulation: Simulation, repetitions: int, visitors: int, seed: int = 0
) -> Iterator[tuple[str, float, list[PolicyValue]]]:
    """For each estimator: its name, the truth, and its estimates from so many logs."""
    logs = [
        simulation.drawn(visitors, np.random.default_rng([seed, n])) for n in range(repetitions)
    ]
    first, whole = simulation.truth(simulation.target)
    shown, _ = simulation.truth(simulation.logging)
    alike, alike_whole = simulation.truth(simulation.baseline)
    for name in ESTIMATORS:
        truth = whole if name == "cascade" else first
        yield name, truth, [value(logged, name) for logged, _ in logs]
    differences = [
        (difference(log.first()), difference(log.first(), other[:, :1]), difference(log, other))
        for log, other in logs
    ]
    from_logged, from_baseline, of_answers = map(list, zip(*differences, strict=True))
    yield "difference", first - shown, from_logged
    yield "difference from a baseline", first - alike, from_baseline
    yield "difference of whole answers", whole - alike_whole, of_answers


def coverage(truth: float, estimates: list[PolicyValue]) -> float:
    """Share of the intervals that hold the truth."""
    return float(np.mean([one.low <= truth <= one.high for one in estimates]))


def measure(repetitions: int = 5000, visitors: int = 1000, seed: int = 0) -> harness.Report:
    """Bias, error and coverage of each estimator."""
    figures = {}
    for name, truth, estimates in trials(Simulation.made(seed), repetitions, visitors, seed):
        means = np.array([one.mean for one in estimates])
        held = coverage(truth, estimates)
        figures[name] = {
            "truth": round(truth, 5),
            "bias": round(float(means.mean() - truth), 5),
            "standard deviation": round(float(means.std()), 5),
            "interval width": round(float(np.mean([e.high - e.low for e in estimates])), 5),
            "coverage": round(held, 4),
            "standard error of the coverage": round(np.sqrt(held * (1 - held) / repetitions), 4),
            "effective sample size": round(float(np.mean([e.effective for e in estimates])), 1),
        }
    facts = {"data": "simulated", "seed": seed}
    asked = {"repetitions": repetitions, "answers": visitors * VISITS}
    return harness.Report(
        "off-policy", "coverage of off-policy intervals", {**asked, "estimators": figures}, facts
    )


if __name__ == "__main__":
    harness.run(measure)
