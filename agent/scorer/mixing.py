"""How the parts of a logit are weighed: by how events held out at the ends of histories are ranked,
first by likelihood and then by NDCG@10.
"""

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from shelftalker.scorer.base import Floats
from shelftalker.scorer.history import LOW_RATING, HistoryRows
from shelftalker.scorer.parts import PARTS, ItemSide, Mix

LOW_RATINGS = (-0.5, 0.0, 0.5)
REFINEMENTS = (0.5, 0.7, 1.4, 2.0)


@dataclass(frozen=True)
class Held:
    """Validation: histories less their last event, and the row of that event."""

    readings: list[HistoryRows]
    targets: npt.NDArray[np.int64]


def fit_mix(side: ItemSide, held: Held, mix: Mix, used: Collection[str] = PARTS) -> Mix:
    """Weights of the parts, none negative: by likelihood, then by NDCG@10, then to a likely scale.

    The likelihood of a whole list and its first ten places don't ask for quite the same weights.
    A part that is not `used` gets none.
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
    return dataclasses.replace(mix, **own, bias=float(-level))


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
    found: Floats = (functional.softplus(raw.detach()) / scale).numpy()
    return found


def _refined(parts: Floats, held: Held, weights: Floats) -> Floats:
    """One weight after the other scaled where that ranks the held-out items better."""
    best = ndcg_at_10(parts @ weights, held)
    for part in (*range(len(weights)), *range(len(weights))):
        for factor in REFINEMENTS:
            tried = weights.copy()
            tried[part] *= factor
            if (value := ndcg_at_10(parts @ tried, held)) > best:
                best, weights = value, tried
    return weights


def choose_low_rating(side: ItemSide, mix: Mix, held: Held) -> Mix:
    """The most negative weight of a low rating that ranks no worse than counting it as a visit."""
    if not any((reading.kinds == LOW_RATING).any() for reading in held.readings):
        return dataclasses.replace(mix, low_rating=LOW_RATINGS[0])
    least = ranked(side, mix, held)["ndcg@10"]
    for weight in LOW_RATINGS:
        tried = dataclasses.replace(mix, low_rating=weight)
        if ranked(side, tried, held)["ndcg@10"] >= least:
            return tried
    return mix


def ranked(side: ItemSide, mix: Mix, held: Held) -> dict[str, float]:
    """`ndcg@10` of the held-out items under a mix, and of how many `users`."""
    asked = np.zeros(len(held.targets), bool)
    queries = np.zeros((len(held.targets), side.text.shape[1]), np.float32)
    scores = side.logits(held.readings, queries, asked, mix)
    return {"ndcg@10": ndcg_at_10(scores, held), "users": len(held.targets)}


def ndcg_at_10(scores: Floats, held: Held) -> float:
    """Mean NDCG@10 of the held-out items, seen items removed, ties counted against."""
    scores = scores.copy()
    for user, reading in enumerate(held.readings):
        scores[user, reading.rows] = -np.inf
    own = np.take_along_axis(scores, held.targets[:, None], 1)
    rank = (scores >= own).sum(1) - 1
    gains = np.where((rank < 10) & np.isfinite(own[:, 0]), 1 / np.log2(rank + 2), 0.0)
    return float(gains.mean())
