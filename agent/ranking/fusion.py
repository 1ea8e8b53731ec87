"""The weights of a pick's voices, fitted on choices whose outcome is known."""

import numpy as np
import numpy.typing as npt

from shelftalker.ranking.pick import Floats, log_softmax
from shelftalker.ranking.pick_weights import PickWeights

SURE = 2.0
"""How many standard errors a weight must lie from 0 to be kept."""


def fit_weights(
    scorer: Floats,
    llm: Floats,
    popularity: Floats,
    target: npt.NDArray[np.int64],
    *,
    heard: bool = True,
) -> PickWeights:
    """Maximum-likelihood weights of the fusion (a conditional logit, fitted by Newton steps).

    `scorer`, `llm`, `popularity`: [n, K], -inf in `scorer` where a shortlist is shorter; `target`:
    [n], the column that was chosen, -1 where it is not in the shortlist (left out). The LLM's and
    popularity's weights become 0 where they lie within `SURE` standard errors of 0 or, for the LLM,
    below, or where it is not to be `heard`; the rest is then fitted again. With nothing to learn
    from: the scorer alone.
    """
    usable = target >= 0
    if not usable.any():
        return PickWeights()
    features, present = _features(scorer[usable], llm[usable], popularity[usable])
    kept = [0, 1, 2] if heard else [0, 2]
    while True:
        found, errors = _newton(features[..., kept], present, target[usable])
        weak = [
            column
            for column, weight, error in zip(kept, found, errors, strict=True)
            if column and (abs(weight) <= SURE * error or (column == 1 and weight < 0))
        ]
        if not weak:
            break
        kept.remove(min(weak, key=lambda c: abs(found[kept.index(c)] / errors[kept.index(c)])))
    whole = dict(zip(kept, found.tolist(), strict=True))
    return PickWeights(max(whole[0], 0.0), whole.get(1, 0.0), whole.get(2, 0.0))


def order_gains(
    weights: PickWeights,
    scorer: Floats,
    llm: Floats,
    popularity: Floats,
    target: npt.NDArray[np.int64],
) -> Floats:
    """NDCG@10 of each choice in the order of these weights, float64 [n]; ties count against.
    Arguments as for `fit_weights`, every target given."""
    present = np.isfinite(scorer)
    voices = (np.where(present, voice, 0.0) for voice in (scorer, llm, popularity))
    said = (weights.scorer, weights.llm, weights.popularity)
    scores = sum(weight * voice for weight, voice in zip(said, voices, strict=True))
    scores = np.where(present, scores, -np.inf)
    own = np.take_along_axis(scores, target[:, None], 1)
    ranks = (scores >= own).sum(1) - 1
    return np.where(ranks < 10, 1 / np.log2(ranks + 2), 0.0)


def proven(
    weights: PickWeights,
    scorer: Floats,
    llm: Floats,
    popularity: Floats,
    target: npt.NDArray[np.int64],
) -> bool:
    """Whether these weights order the choices surely better than the scorer does: NDCG@10 by more
    than `SURE` standard errors. Arguments as for `order_gains`. Not all that foretells better
    orders better."""
    tables = (scorer, llm, popularity, target)
    apart = order_gains(weights, *tables) - order_gains(PickWeights(), *tables)
    return bool(apart.mean() > SURE * apart.std() / np.sqrt(len(apart)))


def unpruned(
    scorer: Floats, llm: Floats, popularity: Floats, target: npt.NDArray[np.int64]
) -> dict[str, tuple[float, float]]:
    """All three weights of `fit_weights`, weak ones too, each with its standard error; every target
    given."""
    features, present = _features(scorer, llm, popularity)
    found, errors = _newton(features, present, target)
    names = ("scorer", "llm", "popularity")
    return dict(zip(names, zip(found.tolist(), errors.tolist(), strict=True), strict=True))


def log_loss(
    weights: PickWeights,
    scorer: Floats,
    llm: Floats,
    popularity: Floats,
    target: npt.NDArray[np.int64],
) -> float:
    """Mean of -log p of the chosen, in nats; arguments as for `fit_weights`, every target given."""
    features, present = _features(scorer, llm, popularity)
    utility = features @ np.array([weights.scorer, weights.llm, weights.popularity])
    log_p = log_softmax(np.where(present, utility, -np.inf))
    return float(-log_p[np.arange(len(target)), target].mean())


def _features(
    scorer: Floats, llm: Floats, popularity: Floats
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """What the weights multiply, [n, K, 3], and which places of the shortlists are filled."""
    present = np.isfinite(scorer)
    voices = [log_softmax(np.where(present, voice, -1e9)) for voice in (scorer, llm)]
    features = np.stack([*voices, popularity], axis=-1)
    return np.where(present[..., None], features, 0.0), present


def _newton(
    features: Floats, present: npt.NDArray[np.bool_], target: npt.NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Weights and their standard errors. A faint ridge keeps separable data finite."""
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
