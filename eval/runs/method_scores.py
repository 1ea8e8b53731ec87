"""The answers of one pick method on every tested user, and the figures made from them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from shelftalker.eval.metrics.classification import Floats, ece_by_chance, ece_estimate
from shelftalker.eval.metrics.ranking import ndcg, recall
from shelftalker.eval.metrics.statistics import Estimate
from shelftalker.eval.result import Curve
from shelftalker.ranking.pick_fitting import Choice

POSITION_BIAS_SHARE = 0.9
"""Share of first picks at one position, over both orders of the list, that is flagged."""


@dataclass
class MethodScores:
    """Log-probabilities [users, n] for the list, for the reversed list (none where its order cannot
    matter), and seconds per user; aligned with `choices`."""

    choices: Sequence[Choice]
    log_p: list[Floats] = field(default_factory=list)
    reversed_log_p: list[Floats] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def milliseconds(self) -> float:
        """Median milliseconds per user."""
        return 1000 * float(np.median(self.seconds))

    def ranking(self, k: int) -> dict[str, Floats]:
        """NDCG@k, recall@1 and recall@3 of each user; a miss of the shortlist ranks last."""
        ranks = np.array([_rank(p, one) for p, one in zip(self.log_p, self.choices, strict=True)])
        return {
            f"ndcg@{k}": ndcg(ranks, k),
            "recall@1": recall(ranks, 1),
            "recall@3": recall(ranks, 3),
        }

    def calibration(self, seed: int) -> dict[str, Estimate]:
        """Expected calibration error of the first picks, and of every item of the shortlists."""
        hits = self._hits()
        if not hits:
            return {}
        stated, correct = self.first_picks()
        every = np.exp(np.concatenate([p for p, _ in hits]))
        taken = np.concatenate([np.arange(len(p)) == one.target for p, one in hits])
        owner = np.repeat(np.arange(len(hits)), [len(p) for p, _ in hits])
        return {
            "ece of first picks": ece_estimate(stated, correct, np.arange(len(hits)), seed),
            "ece of all items": ece_estimate(every, taken, owner, seed),
        }

    def facts(self) -> tuple[dict[str, float], str]:
        """Median latency, flip rate, and the calibration error that first picks would show by
        chance if perfectly calibrated; and a flag where the position in the list decides."""
        facts, bias = {"milliseconds a user": self.milliseconds}, ""
        stated, _ = self.first_picks()
        if len(stated):
            facts["ece of first picks by chance"] = ece_by_chance(stated)
        if self.reversed_log_p:
            last = np.array([len(one.items) - 1 for one in self.choices])
            first, first_reversed = (
                np.array([np.argmax(log_p) for log_p in own])
                for own in (self.log_p, self.reversed_log_p)
            )
            facts["flip rate"] = float((first != last - first_reversed).mean())
            bias = position_bias_flag(np.concatenate([first, first_reversed]))
        return facts, bias

    def curves(self, name: str, ndcg_mean: float) -> list[Curve]:
        """Reliability of the first picks, and the point of quality against latency."""
        curves = []
        stated, correct = self.first_picks()
        if len(stated):
            curves.append(Curve.reliability(name, stated, correct))
        x, y = [self.milliseconds], [ndcg_mean]
        return [*curves, Curve(kind="quality against latency", name=name, x=x, y=y)]

    def first_picks(self) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Probability of each first pick, and whether it was the next item; lists that hold it
        only."""
        hits = self._hits()
        stated = np.exp([p.max() for p, _ in hits])
        correct = np.array([int(np.argmax(p)) == one.target for p, one in hits], bool)
        return np.clip(stated, 0, 1), correct

    def _hits(self) -> list[tuple[Floats, Choice]]:
        both = zip(self.log_p, self.choices, strict=True)
        return [(p, one) for p, one in both if one.target >= 0]


def _rank(log_p: Floats, one: Choice) -> float:
    if one.target < 0:
        return float(len(one.items))
    return float((log_p > log_p[one.target]).sum())


def position_bias_flag(positions: npt.NDArray[np.int64]) -> str:
    """A flag if nearly all first picks have one position in the list as shown, else empty."""
    common = int(np.bincount(positions).argmax())
    share = float((positions == common).mean())
    if share < POSITION_BIAS_SHARE:
        return ""
    return (
        f"picks place {common + 1} of the list in {share:.0%} of the cases, whichever item "
        "stands there; it reads the place, not the items"
    )
