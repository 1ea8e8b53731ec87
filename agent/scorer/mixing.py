"""Fit the weights of a logit's parts on held-out last events: by likelihood, then by NDCG@10."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from shelftalker.eval.metrics.ranking import ndcg
from shelftalker.scorer.base import Floats, Rows
from shelftalker.scorer.history import BROWSED, LOW_RATING, HistoryRows
from shelftalker.scorer.parts import PARTS, ItemSide, Mix

LOW_RATINGS = (-0.5, 0.0, 0.5)
BROWSED_WEIGHTS = (1.0, 0.6, 0.3, 0.1)  # the first of equals is taken
REFINEMENTS = (0.5, 0.7, 1.4, 2.0)


@dataclass(frozen=True)
class Held:
    """Events that were held out: the histories before them, and their item rows, int64 [events]."""

    readings: Sequence[HistoryRows]
    targets: Rows

    def ndcg(self, scores: Floats) -> npt.NDArray[np.float64]:
        """NDCG@10 of each target among the items outside its history, float64 [events]. `scores`:
        float [events, items]. Ties count against the target; one in the history gets 0."""
        scores = scores.copy()
        for row, history in zip(scores, self.readings, strict=True):
            row[history.rows] = -np.inf
        own = np.take_along_axis(scores, self.targets[:, None], 1)
        ranks = (scores >= own).sum(1) - 1.0
        ranks[~np.isfinite(own[:, 0])] = np.inf
        return ndcg(ranks, 10)

    def mean_ndcg(self, scores: Floats) -> float:
        """The mean of `ndcg`."""
        return float(self.ndcg(scores).mean())


def fit_mix(side: ItemSide, held: Held, mix: Mix, used: Collection[str] = PARTS) -> Mix:
    """The mix with fitted, non-negative weights; parts that are not in `used` get 0.

    The weights are fitted by likelihood and refined by NDCG@10, since the two have slightly
    different optima; then all of them are scaled together by likelihood, and the bias is set.
    """
    columns = [PARTS.index(name) for name in PARTS if name in used]
    parts = side.parts(held.readings, mix, slice(None))[..., columns]
    weights = _refined(parts, held, _likeliest(parts, held))
    logits = parts @ weights
    scale = _likeliest(logits[..., None], held)[0]
    level = float(np.mean(np.logaddexp.reduce(scale * logits, axis=1))) - np.log(logits.shape[1])
    own = dict.fromkeys(PARTS, 0.0) | {
        PARTS[column]: float(scale * weight)
        for column, weight in zip(columns, weights, strict=True)
    }
    return replace(mix, **own, bias=float(-level))


def _likeliest(parts: Floats, held: Held) -> Floats:
    """Weights of `parts` [users, items, parts] by softmax cross-entropy of the held-out items."""
    features = torch.from_numpy(parts)
    scale = features.std(dim=(0, 1)) + 1e-6
    features = features / scale
    seen = torch.zeros(features.shape[:2])
    for user, reading in enumerate(held.readings):
        seen[user, reading.rows] = -torch.inf
    targets = torch.from_numpy(held.targets)
    valid = torch.isfinite(seen[torch.arange(len(targets)), targets])
    raw = torch.zeros(features.shape[2], requires_grad=True)
    optimizer = torch.optim.LBFGS([raw], max_iter=40, line_search_fn="strong_wolfe")

    def closure() -> float:
        optimizer.zero_grad()
        weights = functional.softplus(raw)
        logits = features @ weights + seen
        loss = functional.cross_entropy(logits[valid], targets[valid]) + 1e-4 * weights.sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    return np.asarray((functional.softplus(raw.detach()) / scale).numpy())


def _refined(parts: Floats, held: Held, weights: Floats) -> Floats:
    """Coordinate search: scale one weight after the other where that raises NDCG@10."""
    best = held.mean_ndcg(parts @ weights)
    for part in (*range(len(weights)), *range(len(weights))):
        for factor in REFINEMENTS:
            tried = weights.copy()
            tried[part] *= factor
            if (value := held.mean_ndcg(parts @ tried)) > best:
                best, weights = value, tried
    return weights


def choose_grades(side: ItemSide, mix: Mix, held: Held) -> Mix:
    """Set the most negative weight of low ratings that ranks no worse than weight 1, and the best
    weight of views and clicks where a log has more than these."""
    kinds = np.concatenate([np.empty(0, np.int8), *(own.kinds for own in held.readings)])

    def quality(tried: Mix) -> float:
        return held.mean_ndcg(side.logits(held.readings, tried))

    least = quality(mix)
    for weight in LOW_RATINGS:
        tried = replace(mix, low_rating=weight)
        if not (kinds == LOW_RATING).any() or quality(tried) >= least:
            mix = tried
            break
    if (kinds == BROWSED).any() and (kinds != BROWSED).any():
        mix = max((replace(mix, browsed=weight) for weight in BROWSED_WEIGHTS), key=quality)
    return mix
