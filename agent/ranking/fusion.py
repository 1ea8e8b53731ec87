"""Fit the fusion of scorer, LLM and popularity on choices with a known outcome, and test whether
it is better than the scorer alone."""

import numpy as np
import numpy.typing as npt

from shelftalker.eval.metrics.ranking import ndcg
from shelftalker.ranking.pick import Floats, log_softmax
from shelftalker.ranking.pick_weights import PickWeights

MIN_STANDARD_ERRORS = 2.0
"""How far from 0 a weight or a gain must be to count as significant."""


def fit_weights(
    scorer: Floats,
    llm: Floats,
    popularity: Floats,
    target: npt.NDArray[np.int64],
    *,
    use_llm: bool = True,
) -> PickWeights:
    """Maximum-likelihood weights of the fusion (a conditional logit, fitted by Newton steps).

    `scorer`, `llm`, `popularity`: [n, K], -inf in `scorer` where a shortlist is shorter; `target`:
    [n], the column that was chosen, -1 where it is not in the shortlist (left out). The weights of
    LLM and popularity become 0 where they are not significant, the LLM's also where it is negative
    or not `use_llm`; the others are then fitted again. Without usable rows: the scorer alone.
    """
    usable = target >= 0
    if not usable.any():
        return PickWeights()
    features, present = _features(scorer[usable], llm[usable], popularity[usable])
    kept = [0, 1, 2] if use_llm else [0, 2]
    while True:
        fitted, errors = _newton(features[..., kept], present, target[usable])
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


def order_gains(
    weights: PickWeights,
    scorer: Floats,
    llm: Floats,
    popularity: Floats,
    target: npt.NDArray[np.int64],
) -> Floats:
    """NDCG@10 of each choice in the order of these weights, float64 [n]; the target is last among
    ties. Arguments as for `fit_weights`, with a target in each row."""
    present = np.isfinite(scorer)
    fused = weights.scorer * np.where(present, scorer, 0.0)
    fused = fused + weights.llm * np.where(present, llm, 0.0)
    fused = fused + weights.popularity * np.where(present, popularity, 0.0)
    scores = np.where(present, fused, -np.inf)
    own = np.take_along_axis(scores, target[:, None], 1)
    return ndcg((scores >= own).sum(1) - 1.0)


def significantly_better(
    weights: PickWeights,
    scorer: Floats,
    llm: Floats,
    popularity: Floats,
    target: npt.NDArray[np.int64],
) -> bool:
    """Whether the NDCG@10 of these weights is significantly above the scorer's (paired by choice).
    Arguments as for `order_gains`. A lower log-loss alone does not make a better order."""
    tables = (scorer, llm, popularity, target)
    gains = order_gains(weights, *tables) - order_gains(PickWeights(), *tables)
    return bool(gains.mean() > MIN_STANDARD_ERRORS * gains.std() / np.sqrt(len(gains)))


def log_loss(
    weights: PickWeights,
    scorer: Floats,
    llm: Floats,
    popularity: Floats,
    target: npt.NDArray[np.int64],
) -> float:
    """Mean negative log-likelihood of the targets, in nats. Arguments as for `order_gains`."""
    features, present = _features(scorer, llm, popularity)
    utility = features @ np.array([weights.scorer, weights.llm, weights.popularity])
    log_p = log_softmax(np.where(present, utility, -np.inf))
    return float(-log_p[np.arange(len(target)), target].mean())


def _features(
    scorer: Floats, llm: Floats, popularity: Floats
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """The scores to be weighted, [n, K, 3], and which places hold an item, [n, K]."""
    present = np.isfinite(scorer)
    shares = [log_softmax(np.where(present, scores, -1e9)) for scores in (scorer, llm)]
    features = np.stack([*shares, popularity], axis=-1)
    return np.where(present[..., None], features, 0.0), present


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
        log_p = log_softmax(np.where(present, features @ at, -np.inf))
        return float(-log_p[rows, target].sum() + 0.5 * at @ ridge @ at)

    for _ in range(50):
        p = np.exp(log_softmax(np.where(present, features @ weights, -np.inf)))
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
