"""Fit the fusion of scorer, LLM and popularity on choices with a known outcome, and test whether
it is better than the scorer alone."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax

from shelftalker.eval.metrics.ranking import ndcg
from shelftalker.ranking.pick import Floats
from shelftalker.ranking.pick_weights import PickWeights

MIN_STANDARD_ERRORS = 2.0
"""How far from 0 a weight or a gain must be to count as significant."""


class ChoiceTables(NamedTuple):
    """Choices with a known outcome. `scorer`, `llm`, `popularity`: float64 [n, K], -inf in `scorer`
    where a shortlist is shorter; `target`: int64 [n], the column that was chosen."""

    scorer: Floats
    llm: Floats
    popularity: Floats
    target: npt.NDArray[np.int64]

    @classmethod
    def of(
        cls, scores: Sequence[tuple[npt.ArrayLike, Floats, npt.ArrayLike]], targets: Iterable[int]
    ) -> Self:
        """Of the scores of scorer, LLM and popularity of each shortlist."""
        table = np.full((3, len(scores), max((len(own[1]) for own in scores), default=0)), -np.inf)
        for row, own in enumerate(scores):
            table[:, row, : len(own[1])] = own
        scorer, llm, popularity = table
        return cls(scorer, llm, popularity, np.array(list(targets), np.int64))

    def chosen(self, values: Floats) -> Floats:
        """Of values [n, K] those of the targets, [n]."""
        return np.take_along_axis(values, self.target[:, None], 1)[:, 0]

    def features(self) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """The scores to be weighted, [n, K, 3], and which places hold an item, [n, K]."""
        present = np.isfinite(self.scorer)
        shares = [
            log_softmax(np.where(present, own, -1e9), axis=-1) for own in (self.scorer, self.llm)
        ]
        features = np.stack([*shares, self.popularity], axis=-1)
        return np.where(present[..., None], features, 0.0), present

    def fused(self, weights: PickWeights) -> Floats:
        """The weighted sum of the scores, [n, K], -inf where a place holds no item."""
        features, present = self.features()
        fused = features @ np.array([weights.scorer, weights.llm, weights.popularity])
        return np.where(present, fused, -np.inf)


def fit_weights(tables: ChoiceTables, *, use_llm: bool = True) -> PickWeights:
    """Maximum-likelihood weights of the fusion (a conditional logit, fitted by Newton steps).

    The weights of LLM and popularity become 0 where they are not significant, the LLM's also where
    it is negative or not `use_llm`; the others are then fitted again.
    """
    features, present = tables.features()
    kept = [0, 1, 2] if use_llm else [0, 2]
    while True:
        fitted, errors = _newton(features[..., kept], present, tables.target)
        weak = [
            column
            for column, weight, error in zip(kept, fitted, errors, strict=True)
            if column
            and (abs(weight) <= MIN_STANDARD_ERRORS * error or (column == 1 and weight < 0))
        ]
        if not weak:
            break
        kept.remove(min(weak, key=lambda c: abs(fitted[kept.index(c)] / errors[kept.index(c)])))
    by_column = dict(zip(kept, fitted.tolist(), strict=True))
    return PickWeights(max(by_column[0], 0.0), by_column.get(1, 0.0), by_column.get(2, 0.0))


def order_gains(weights: PickWeights, tables: ChoiceTables) -> Floats:
    """NDCG@10 of each choice in the order of these weights, float64 [n]; the target is last among
    ties."""
    scores = tables.fused(weights)
    return ndcg((scores >= tables.chosen(scores)[:, None]).sum(1) - 1.0)


def significantly_better(weights: PickWeights, tables: ChoiceTables) -> bool:
    """Whether the NDCG@10 of these weights is significantly above the scorer's (paired by choice).
    A lower log-loss alone does not make a better order."""
    gains = order_gains(weights, tables) - order_gains(PickWeights(), tables)
    return bool(gains.mean() > MIN_STANDARD_ERRORS * gains.std() / np.sqrt(len(gains)))


def log_loss(weights: PickWeights, tables: ChoiceTables) -> float:
    """Mean negative log-likelihood of the targets, in nats."""
    return float(-tables.chosen(log_softmax(tables.fused(weights), axis=-1)).mean())


def _newton(
    features: Floats, present: npt.NDArray[np.bool_], target: npt.NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Weights and their standard errors. A small ridge penalty keeps them finite where the data can
    be separated."""
    rows = np.arange(len(target))
    weights = np.zeros(features.shape[-1])
    weights[0] = 1.0
    ridge = 1e-3 * np.eye(len(weights))
    hessian = ridge

    def loss(at: Floats) -> float:
        log_p = log_softmax(np.where(present, features @ at, -np.inf), axis=-1)
        return float(-log_p[rows, target].sum() + 0.5 * at @ ridge @ at)

    for _ in range(50):
        p = np.exp(log_softmax(np.where(present, features @ weights, -np.inf), axis=-1))
        mean = np.einsum("nk,nkf->nf", p, features)
        gradient = (features[rows, target] - mean).sum(0) - ridge @ weights
        centred = features - mean[:, None]
        hessian = np.einsum("nk,nkf,nkg->fg", p, centred, centred) + ridge
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        while loss(weights + size * step) > loss(weights) + 1e-12 and size > 1e-4:
            size /= 2
        weights = weights + size * step
        if np.abs(size * step).max() < 1e-7:
            break
    return weights, np.sqrt(np.diag(np.linalg.inv(hessian)))
