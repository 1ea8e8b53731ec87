"""The logit of a user and an item as a weighted sum of parts, over one catalogue.

    logit(x, y) = a · f(x)ᵀ W g(y)  +  b · ℓ(Σ_j w_j B[j, y])  +  c · mean_j w_j cos(t_j, t_y)
                  +  d · popularity(y)  +  text(request, y)  +  bias

w_j is the recency weight of history item j, negative for a dislike; B is EASE, whose sums are
close to probabilities, and ℓ(s) = ± log(1 + |s| / ε) brings them to the scale of a logit; t is a
text embedding. The bias, and the normaliser inside text(·), make the logit a log density ratio:
σ(logit) is the probability that y is this user's next item rather than an item drawn at random.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import sparse

from shelftalker.scorer.base import Floats
from shelftalker.scorer.history import HistoryRows
from shelftalker.scorer.item_item import recency, weighted
from shelftalker.scorer.tower_weights import TowerWeights

PARTS = ("towers", "item_item", "content", "popularity")
LOG_SCALE = 0.03  # ε: item-to-item sums much below it count as zero
NORMALISER_ITEMS = 20_000  # items over which the normaliser of text(·) is estimated


@dataclass(frozen=True, slots=True)
class Mix:
    """Weights of the parts; all but `text` are fitted on validation users."""

    towers: float = 1.0
    item_item: float = 1.0
    content: float = 6.0
    popularity: float = 0.0
    text: float = 28.0
    bias: float = 0.0
    decay: float = 10.0
    content_decay: float = 3.0
    low_rating: float = 1.0

    def vector(self) -> Floats:
        """The fitted weights in the order of `PARTS`."""
        return np.array([getattr(self, name) for name in PARTS], np.float32)


@dataclass(frozen=True)
class Fitted:
    """Trained parts over the items of the log, the mix, and the validation metrics."""

    towers: TowerWeights | None = None
    item_item: sparse.csr_matrix | None = None
    mix: Mix = Mix()
    metrics: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class ItemSide:
    """The item-side arrays of one catalogue.

    `text` float32 [items, text_dim] unit rows; `centred` the same less the mean, unit again;
    `vectors` g(y) float32 [items, dim]; `item_item` B [trained, trained] and `place` [items,
    trained], each item as a mixture of trained ones; `prior` float32 [items]: log of the popularity
    relative to the mean. `towers`, `vectors`, `item_item` are None before any training.
    """

    text: Floats
    centred: Floats
    prior: Floats
    towers: TowerWeights | None
    vectors: Floats | None
    item_item: sparse.csr_matrix | None
    place: sparse.csr_matrix | None
    window: int

    def parts(
        self, readings: Sequence[HistoryRows], mix: Mix, columns: npt.NDArray[np.int64] | slice
    ) -> Floats:
        """Each part before weighting, float32 [users, columns, 4], in the order of `PARTS`."""
        out = np.zeros((len(readings), len(self.prior[columns]), len(PARTS)), np.float32)
        if self.towers is not None and self.vectors is not None:
            out[..., 0] = self.states(readings, mix) @ self.vectors[columns].T
        out[..., 1] = self.related(readings, mix, columns)
        out[..., 2] = self.taste(readings, mix) @ self.centred[columns].T
        out[..., 3] = self.prior[columns]
        return out

    def related(
        self,
        readings: Sequence[HistoryRows],
        mix: Mix,
        columns: npt.NDArray[np.int64] | slice = slice(None),
    ) -> Floats:
        """ℓ(Σ_j w_j B[j, y]), float32 [users, columns]."""
        if self.item_item is None or self.place is None:
            return np.zeros((len(readings), len(self.prior[columns])), np.float32)
        weights = _weights(readings, len(self.text), mix.decay, mix.low_rating) @ self.place
        sums = (self.place[columns] @ (weights @ self.item_item).toarray().T).T
        related: Floats = np.sign(sums) * np.log1p(np.abs(sums) / LOG_SCALE)
        return related

    def taste(self, readings: Sequence[HistoryRows], mix: Mix) -> Floats:
        """Weighted mean of the histories' centred texts, float32 [users, text_dim]."""
        weights = _weights(readings, len(self.text), mix.content_decay, mix.low_rating)
        total = np.asarray(abs(weights).sum(axis=1)) + 1e-9
        mean: Floats = (weights @ self.centred) / total
        return mean

    def logits(
        self,
        readings: Sequence[HistoryRows],
        queries: Floats,
        asked: npt.NDArray[np.bool_],
        mix: Mix,
        columns: npt.NDArray[np.int64] | slice = slice(None),
    ) -> Floats:
        """float32 [users, columns]. `queries` [users, text_dim] counts where `asked` [users].

        A user without history is ranked by popularity, or by the request alone where there is one.
        """
        known = np.array([len(reading.sequence(mix.low_rating)) > 0 for reading in readings])
        weights = np.tile(mix.vector(), (len(readings), 1))
        weights[~known, PARTS.index("popularity")] = np.where(asked[~known], 0.0, 1.0)
        out: Floats = np.einsum("ucp,up->uc", self.parts(readings, mix, columns), weights)
        out[known] += mix.bias
        if asked.any():
            out[asked] += self._request(queries[asked], mix, columns)
        return out

    def states(self, readings: Sequence[HistoryRows], mix: Mix) -> Floats:
        """f(x)ᵀ W of each user, float32 [users, dim]; zero for a user without counted events."""
        assert self.towers is not None
        assert self.vectors is not None
        out = np.zeros((len(readings), self.vectors.shape[1]), np.float32)
        sequences = [reading.sequence(mix.low_rating)[-self.window :] for reading in readings]
        filled = [user for user, sequence in enumerate(sequences) if len(sequence)]
        if filled:
            histories = [self.vectors[sequences[user]] for user in filled]
            out[filled] = self.towers.user_vectors(histories)
        return out

    def _request(self, queries: Floats, mix: Mix, columns: npt.NDArray[np.int64] | slice) -> Floats:
        """Scaled cosine of each item's text with the request, less its log-mean-exp over the
        catalogue (every k-th item of a large one): float32 [users, columns]."""
        sample = self.text[:: max(1, len(self.text) // NORMALISER_ITEMS)]
        scores = mix.text * (queries @ sample.T)
        top = scores.max(axis=1, keepdims=True)
        normaliser: Floats = top + np.log(np.exp(scores - top).mean(axis=1, keepdims=True))
        similarity: Floats = mix.text * (queries @ self.text[columns].T)
        return similarity - normaliser


def centre(text: Floats, mean: Floats) -> Floats:
    """Text vectors less what all items share, unit norm again."""
    shifted = text - mean
    unit: Floats = shifted / np.maximum(np.linalg.norm(shifted, axis=1, keepdims=True), 1e-6)
    return unit


def prior(counts: npt.NDArray[np.int64]) -> Floats:
    """Log popularity relative to the mean item, one event added to each: float32 [items]."""
    smoothed = counts + 1.0
    logs: Floats = np.log(smoothed / smoothed.mean()).astype(np.float32)
    return logs


def _weights(
    readings: Sequence[HistoryRows], items: int, decay: float, low_rating: float
) -> sparse.csr_matrix:
    rows = [reading.rows for reading in readings]
    own = [reading.weights(low_rating) * recency(len(reading.rows), decay) for reading in readings]
    return weighted(rows, own, items)
