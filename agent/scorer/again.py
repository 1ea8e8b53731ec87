"""What a user takes again and again, such as milk or a song: learned per item from its takers.

Only purchases and plays count. The probability that a user's next basket has an item that they took
before is a logistic function of the item's return rate (the share of its takers who came back), of
how often they took it, of how long ago, and of since when (Bhagat et al., KDD 2018; Anderson et
al., WWW 2014). Time counts baskets: events of one moment; a play is a basket of its own. An item to
which hardly anybody comes back is never offered twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from shelftalker.scorer.base import Floats, Rows
from shelftalker.scorer.history import CONSUMED, REFUSED, Histories, HistoryRows

LEAST_SHARE = 0.02  # of the latest events, on items taken before; a log below has no repeats
LEAST_RATE, LEAST_RETURNED = 0.05, 2  # return rate and returned takers of an item offered twice
SMOOTHING = 5.0  # takers with the log's own return rate that are added to each item
USERS = 4_000  # on whose last baskets the weights are fitted
STEPS, RIDGE = 12, 1e-3
FAVOUR = 1.0
"""Added to the logits beside those of new items, of which the other parts are too sure. NDCG@10 on
the last basket but one of a log of groceries: .235 with 0, .246 with 1 and with 2."""


@dataclass(frozen=True)
class Again:
    """`rates` float32 [items]: the return rate, 0 for an item that is not offered twice; `products`
    int64 [items]: a number that variants share, -1 for an item that is not trained; `weights`
    float32 [5]: of the constant, the log odds of the rate, and the logarithms of times taken, and
    of baskets since the last and the first time; `scale`: what makes a log probability the log
    density ratio that the other parts give, log(items / size of a basket)."""

    rates: Floats
    products: Rows
    weights: Floats
    scale: float

    def bound(self, origin: Rows) -> "Again":
        """That of another catalogue; `origin` as from `weights.origins`. An item that was learned
        online since then is not offered twice."""
        known = np.where(origin < len(self.rates), origin, -1)
        return replace(self, rates=np.append(self.rates, np.float32(0))[known], products=known)

    def rows(self, reading: HistoryRows) -> Rows:
        """The items of a history that may be offered again, ascending, int64 [k]: of the variants
        of a product the one that was taken last."""
        return self._taken(reading)[0]

    def logits(self, reading: HistoryRows) -> tuple[Rows, Floats]:
        """These items, and the logit of each, float32 [k]."""
        rows, features = self._taken(reading)
        shares = _probabilities(features, self.weights)
        # The other parts share what is left of the next event.
        repeated = float(shares.sum()) * np.exp(self.scale) / max(len(self.rates), 1)
        left = np.log1p(-min(repeated, 0.95))
        return rows, np.asarray(np.log(shares) + self.scale - left + FAVOUR, np.float32)

    def _taken(self, reading: HistoryRows) -> tuple[Rows, Floats]:
        """The items that may be offered again, and their features, float32 [k, 5]."""
        own, moments = self.products[reading.rows], _moments(reading)
        counted = (reading.kinds == CONSUMED) & (self.rates[reading.rows] > 0)
        places = np.flatnonzero(counted & ~np.isin(own, own[reading.kinds == REFUSED]))
        places = places[np.argsort(own[places], kind="stable")]
        products, start, times = np.unique(own[places], return_index=True, return_counts=True)
        first, last = places[start], places[start + times - 1]
        now = moments[-1] + 1 if len(moments) else 0
        rows = reading.rows[last]
        odds = np.clip(self.rates[rows], 1e-4, 1 - 1e-4)
        features = [
            np.ones(len(products)),
            np.log(odds / (1 - odds)),
            *map(np.log, (times, now - moments[last], now - moments[first])),
        ]
        order = np.argsort(rows)
        return rows[order], np.stack(features, axis=1)[order].astype(np.float32)


def fit_again(histories: Histories, items: int, seed: int = 0) -> Again | None:
    """Learn it from a log; None where too few events are repeats. The weights are fitted on the
    last basket of each user, with return rates from the baskets before."""
    starts = np.array([_last_basket(history) for history in histories])
    earlier = histories.first(starts)
    fitted = Again(return_rates(earlier, items), np.arange(items), np.zeros(5, np.float32), 0.0)
    features, hits, taken, baskets = [], [], 0, 0
    for user in np.random.default_rng(seed).permutation(len(histories))[:USERS]:
        history = histories[user][starts[user] :]
        basket = history.rows[history.kinds == CONSUMED]
        rows, own = fitted._taken(earlier[user])
        features.append(own)
        hits.append(np.isin(rows, basket))
        taken, baskets = taken + len(basket), baskets + (len(basket) > 0)
    repeated = np.concatenate([np.empty(0, bool), *hits])
    if repeated.sum() < max(LEAST_SHARE * taken, 1):
        return None
    weights = _fit(np.concatenate(features), repeated)
    scale = float(np.log(items) - np.log(taken / baskets))
    return Again(return_rates(histories, items), np.arange(items), weights, scale)


def _moments(history: HistoryRows) -> npt.NDArray[np.int64]:
    """Rising numbers, the same for events of one time, int64 [events]."""
    return np.cumsum(np.diff(history.times, prepend=history.times[:1]) != 0)


def _last_basket(history: HistoryRows) -> int:
    """Where the last basket of a history begins."""
    starts = np.flatnonzero(np.diff(history.times))
    return int(starts[-1]) + 1 if len(starts) else 0


def return_rates(histories: Sequence[HistoryRows], items: int) -> Floats:
    """The smoothed share of each item's takers who took it more than once, float32 [items]; 0 for
    an item that is not offered twice."""
    users = np.repeat(np.arange(len(histories)), [len(h.rows) for h in histories])
    rows = np.concatenate([np.empty(0, np.int64), *(h.rows for h in histories)])
    kinds = np.concatenate([np.empty(0, np.int8), *(h.kinds for h in histories)])
    consumed = kinds == CONSUMED
    pairs, times = np.unique(users[consumed] * items + rows[consumed], return_counts=True)
    takers = np.bincount(pairs % max(items, 1), minlength=items)
    returned = np.bincount((pairs % max(items, 1))[times > 1], minlength=items)
    usual = returned.sum() / max(takers.sum(), 1)
    rates = (returned + SMOOTHING * usual) / (takers + SMOOTHING)
    offered = (rates >= LEAST_RATE) & (returned >= LEAST_RETURNED)
    return np.where(offered, rates, 0.0).astype(np.float32)


def _probabilities(
    features: Floats, weights: npt.NDArray[np.floating[Any]]
) -> npt.NDArray[np.float64]:
    odds = np.asarray(features @ weights, np.float64)
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -20, 20))))


def _fit(features: Floats, hits: npt.NDArray[np.bool_]) -> Floats:
    """Logistic regression by Newton's method, float32 [features]."""
    weights = np.zeros(features.shape[1])
    ridge = RIDGE * np.eye(len(weights))
    for _ in range(STEPS):
        p = _probabilities(features, weights)
        curvature = (features * (p * (1 - p))[:, None]).T @ features + ridge
        weights += np.linalg.solve(curvature, features.T @ (hits - p) - ridge @ weights)
    return weights.astype(np.float32)
