"""The logit of a user and an item as a weighted sum of parts, over one catalogue.

    logit(x, y) = a · f(x)ᵀ W g(y)  +  b · ℓ(Σ_j w_j B[j, y])  +  c · mean_j w_j cos(t_j, t_y)
                  +  d · popularity(y)  +  text(request, y)  +  bias

w_j is the recency weight of history item j, negative for a dislike; B is EASE, whose sums are
close to probabilities, and ℓ(s) = ± log(1 + |s| / ε) brings them to the scale of a logit; t is a
text embedding. The bias, and the normaliser inside text(·), make the logit a log density ratio:
σ(logit) is the probability that y is this user's next item rather than an item drawn at random.
The logit of an item that the user may take again is that of `again.py`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from shelftalker.scorer.again import Again
from shelftalker.scorer.base import Columns, Floats, Mask, Rows, by_column
from shelftalker.scorer.history import Grades, HistoryRows
from shelftalker.scorer.item_item import recency, weighted
from shelftalker.scorer.tower_weights import TowerWeights
from shelftalker.scorer.trend import RecentCounts

PARTS = ("towers", "item_item", "content", "popularity")
LOG_SCALE = 0.03  # ε: item-to-item sums much below it count as zero
FEW_QUERIES = 4
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
    browsed: float = 1.0

    @property
    def grades(self) -> Grades:
        """What low ratings, views and clicks weigh in a history."""
        return self.low_rating, self.browsed

    def vector(self) -> Floats:
        """The fitted weights in the order of `PARTS`."""
        return np.array([getattr(self, name) for name in PARTS], np.float32)


@dataclass(frozen=True)
class Fitted:
    """Trained parts over the items of the log, the mix, and the validation metrics. The defaults
    are of an empty log."""

    towers: TowerWeights | None = None
    item_item: sparse.csr_matrix = field(
        default_factory=lambda: sparse.csr_matrix((0, 0), dtype=np.float32)
    )
    mix: Mix = Mix()
    metrics: dict[str, float] = field(default_factory=dict)
    again: Again | None = None
    recent: RecentCounts | None = None


@dataclass(frozen=True)
class ItemSide:
    """The item-side arrays of one catalogue.

    `text` float32 [items, text_dim] unit rows; `centred` the same less the mean, unit again;
    `vectors` g(y) float32 [items, dim]; `item_item` B [trained, trained] and `place` [items,
    trained], each item as a mixture of trained ones; `prior` float32 [items]: log of the popularity
    relative to the mean. `towers` and `vectors` are None before any training. `subjects`: as
    `text`, what requests are compared with, where that is not the whole text. `again` is None where
    nobody takes an item twice. `newcomers` float32 [items]: the prior by the events of late, for
    users without a history, and `trend` that of `RecentCounts`; None where all events count alike.
    `links` float32 [items, items]: B of all items, see `for_many`.
    """

    text: Floats
    centred: Floats
    prior: Floats
    towers: TowerWeights | None
    vectors: Floats | None
    item_item: sparse.csr_matrix
    place: sparse.csr_matrix
    window: int
    subjects: Floats | None = None
    again: Again | None = None
    newcomers: Floats | None = None
    trend: Floats | None = None
    links: Floats | None = None

    def for_many(self) -> "ItemSide":
        """With `links`, which takes time once and saves some for each user; the same where a sparse
        B is much smaller."""
        if self.links is not None or 4 * self.item_item.nnz < len(self.text) ** 2:
            return self
        return replace(self, links=(self.place @ self.item_item @ self.place.T).toarray())

    def parts(self, readings: Sequence[HistoryRows], mix: Mix, columns: Columns) -> Floats:
        """Each part before weighting, float32 [users, columns, 4], in the order of `PARTS`."""
        out = np.zeros((len(readings), len(self.prior[columns]), len(PARTS)), np.float32)
        for part, values in enumerate(self.each_part(readings, mix, columns)):
            out[..., part] = values
        return out

    def each_part(
        self, readings: Sequence[HistoryRows], mix: Mix, columns: Columns
    ) -> Iterator[Floats]:
        """In the order of `PARTS`, float32 [users, columns] or what spreads to that."""
        if self.towers is not None and self.vectors is not None:
            yield _products(self.states(readings, mix), self.vectors[columns])
        else:
            yield np.zeros(1, np.float32)
        yield self.related(readings, mix, columns)
        yield _products(self.taste(readings, mix), self.centred[columns])
        yield self.prior[columns]

    def related(
        self, readings: Sequence[HistoryRows], mix: Mix, columns: Columns = slice(None)
    ) -> Floats:
        """ℓ(Σ_j w_j B[j, y]), float32 [users, columns]."""
        own = [
            reading.weights(mix.grades) * recency(len(reading.rows), mix.decay)
            for reading in readings
        ]
        rows = [reading.rows for reading in readings]
        items = weighted(rows, own, len(self.text))
        if self.links is not None:
            return like_logits(items @ self.links[:, columns])
        weights = items @ self.place
        if isinstance(columns, slice):
            sums = (self.place @ (weights @ self.item_item).toarray().T).T
        else:  # of few items, a part of B is enough
            used = np.unique(weights.indices)
            sums = (weights[:, used] @ (self.item_item[used] @ self.place[columns].T)).toarray()
        return like_logits(sums)

    def taste(self, readings: Sequence[HistoryRows], mix: Mix) -> Floats:
        """Weighted mean of the histories' centred texts, float32 [users, text_dim]; a repeated item
        keeps its last weight."""
        mean = np.zeros((len(readings), self.text.shape[1]), np.float32)
        for own, reading in zip(mean, readings, strict=True):
            weights = reading.weights(mix.grades)
            weights *= recency(len(reading.rows), mix.content_decay)
            rows, latest = np.unique(reading.rows[::-1], return_index=True)
            weights = weights[::-1][latest]
            own[:] = weights @ self.centred[rows] / (np.abs(weights).sum() + 1e-9)
        return mean

    def logits(
        self,
        readings: Sequence[HistoryRows],
        mix: Mix,
        queries: Floats | None = None,
        columns: Columns = slice(None),
        now: bool = False,
    ) -> Floats:
        """float32 [users, columns]. `queries` [users, text_dim] are zero for users who ask for
        nothing; what users with one and the same reading have in common is computed once.

        A user without history is ranked by popularity, or by the request alone where there is one.
        Who asks for nothing `now`, at the end of the log, gets items by how much more popular they
        are of late.
        """
        known = np.array([len(reading.sequence(mix.grades)) > 0 for reading in readings])
        if queries is None:
            queries = np.zeros((len(readings), 0), np.float32)
        asked: Mask = np.asarray(queries.any(axis=1))
        distinct = {id(reading): reading for reading in readings}
        order = {key: place for place, key in enumerate(distinct)}
        users = [order[id(reading)] for reading in readings]
        parts = self.each_part(list(distinct.values()), mix, columns)
        each = (values[users] if values.ndim == 2 else values for values in parts)
        out = self.summed(each, known, asked, mix, columns)
        if now and self.trend is not None:
            out[known & ~asked] += self.trend[columns]
        self.set_repeated(out, readings, columns)
        if asked.any():
            out[asked] += self.request(queries[asked], mix, columns)
        return out

    def summed(
        self, parts: Iterable[Floats], known: Mask, asked: Mask, mix: Mix, columns: Columns
    ) -> Floats:
        """The weighted sum of the parts in the order of `PARTS`, float32 [users, columns]. `known`,
        bool [users]: whose history counts."""
        weights = np.tile(mix.vector(), (len(known), 1))
        weights[~known, PARTS.index("popularity")] = np.where(asked[~known], 0.0, 1.0)
        out = np.zeros((len(known), len(self.prior[columns])), np.float32)
        for part, values in enumerate(parts):
            out += weights[:, part, None] * values
        out[known] += mix.bias
        if self.newcomers is not None:
            out[~known & ~asked] += (self.newcomers - self.prior)[columns]
        return out

    def likeness(self, row: int, mix: Mix) -> Floats:
        """How like an item all items are, float32 [items], on the scale of logits: what it would
        raise as the only one of a history, and as a request by what it is about."""
        liked = HistoryRows(np.array([row]), np.ones(1, np.int8), np.zeros(1))
        subjects = self.text if self.subjects is None else self.subjects
        return np.asarray(self.logits([liked], mix, subjects[[row]])[0])

    def set_repeated(self, out: Floats, readings: Sequence[HistoryRows], columns: Columns) -> None:
        """Replace the logits of items that a user may take again."""
        if self.again is None:
            return
        known: dict[int, tuple[Rows, Floats]] = {}
        for own, reading in zip(out, readings, strict=True):
            if id(reading) not in known:
                known[id(reading)] = self.again.logits(reading)
            rows, logits = known[id(reading)]
            if isinstance(columns, slice):
                own[rows] = logits
            else:
                shown = np.isin(columns, rows)
                own[shown] = logits[np.searchsorted(rows, columns[shown])]

    def states(self, readings: Sequence[HistoryRows], mix: Mix) -> Floats:
        """f(x)ᵀ W of each user, float32 [users, dim]; zero for a user without counted events."""
        assert self.towers is not None
        assert self.vectors is not None
        out = np.zeros((len(readings), self.vectors.shape[1]), np.float32)
        sequences = [reading.sequence(mix.grades)[-self.window :] for reading in readings]
        filled = [user for user, sequence in enumerate(sequences) if len(sequence)]
        if filled:
            histories = [self.vectors[sequences[user]] for user in filled]
            out[filled] = self.towers.user_vectors(histories)
        return out

    def request(self, queries: Floats, mix: Mix, columns: Columns) -> Floats:
        """Scaled cosine of each item's subject with the request, less its log-mean-exp over the
        catalogue (every k-th item of a large one): float32 [users, columns]."""
        subjects = self.text if self.subjects is None else self.subjects
        subjects = subjects[:, : queries.shape[1]]  # a request in words has no picture
        step = max(1, len(subjects) // NORMALISER_ITEMS)
        scores = mix.text * _products(queries, subjects[::step])
        top = scores.max(axis=1, keepdims=True)
        normaliser = top + np.log(np.exp(scores - top).mean(axis=1, keepdims=True))
        if step > 1 or not isinstance(columns, slice):
            scores = mix.text * _products(queries, subjects[columns])
        return np.asarray(scores - normaliser)


def centre(text: Floats, mean: Floats) -> Floats:
    """Text vectors less what all items share, unit norm again."""
    shifted = text - mean
    unit: Floats = shifted / np.maximum(np.linalg.norm(shifted, axis=1, keepdims=True), 1e-6)
    return by_column(unit)


def prior(counts: npt.NDArray[Any]) -> Floats:
    """Log popularity relative to the mean item, one event added to each: float32 [items]."""
    smoothed = counts.astype(np.float64) + 1.0
    return np.asarray(np.log(smoothed / smoothed.mean()), np.float32)


def like_logits(sums: Floats) -> Floats:
    """ℓ of the module's text."""
    return np.asarray(np.sign(sums) * np.log1p(np.abs(sums) / LOG_SCALE))


def _products(queries: Floats, vectors: Floats) -> Floats:
    """Inner products, float32 [queries, vectors]. For a few queries BLAS is several times faster
    query by query, as it then reorders no matrix."""
    if len(queries) > FEW_QUERIES:
        return np.asarray(queries @ vectors.T)
    few = [vectors @ query if query.any() else np.zeros(len(vectors)) for query in queries]
    return np.array(few, np.float32).reshape(len(queries), len(vectors))
