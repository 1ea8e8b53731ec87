"""What is taken more of late than over the whole log: a season, a fashion, a new release.

An event counts half as much after each half-life. The logarithm of an item's share of the recent
events, relative to its share of all events, is added to the logits of present visitors. Half-life
and weight are chosen on each validation user's last event, with the events before its time. A log
where that shows no clear gain has no such part.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from shelftalker.scorer.base import Floats
from shelftalker.scorer.history import HistoryRows
from shelftalker.scorer.ndcg import Held, ndcg_at_10

HALF_LIVES = (0.01, 0.03, 0.1)  # tried, as shares of the time that the log spans
WEIGHTS = (0.25, 0.5, 1.0)  # tried
USERS = 1_000  # validation users on whom both are chosen
CLEAR = 2.5  # standard errors that the gain in NDCG@10 must exceed, as the best of nine is taken

PRIOR = 5.0  # events

Times = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Trend:
    """`logs` float32 [items]: log of the recent share over the whole one, at `until`, the time of
    the log's last event in Unix seconds; `half_life` in seconds; `weight` of a visitor who has a
    history."""

    logs: Floats
    until: float
    half_life: float
    weight: float

    def bound(self, origin: npt.NDArray[np.int64]) -> "Trend":
        """That of another catalogue; `origin` as from `weights.origins`. What was not trained has
        no trend."""
        known = np.where(origin < len(self.logs), origin, -1)
        return replace(self, logs=np.append(self.logs, np.float32(0))[known])

    def weights(self, readings: Sequence[HistoryRows]) -> Floats:
        """Its weight for each visitor, float32 [users]: 1 without a history. Half for each
        half-life that lies between a history's end and the log's, so that who is ranked for the
        past, as in an evaluation, is not ranked by what came later."""
        ages = [self.until - r.times.max() if len(r.times) else 0.0 for r in readings]
        own = [self.weight if len(reading.times) else 1.0 for reading in readings]
        faded: Floats = np.array(own, np.float32) * np.exp2(
            -np.maximum(ages, 0.0) / self.half_life
        ).astype(np.float32)
        return faded


def choose_trend(
    histories: Sequence[HistoryRows], scores: Floats, held: Held
) -> tuple[float, float] | None:
    """Half-life and weight, or None. `histories`: the training events; `scores` float32 [users,
    items]: the logits of the validation users."""
    log = _Log.of(histories, scores.shape[1])
    if log.span <= 0:
        return None
    before = ndcg_at_10(scores, held.readings, held.targets)
    least, best = 0.0, None
    for half_life in log.span * np.array(HALF_LIVES):
        logs = log.at(held.times, half_life)
        for weight in WEIGHTS:
            gain = ndcg_at_10(scores + weight * logs, held.readings, held.targets) - before
            error = CLEAR * gain.std() / np.sqrt(len(gain))
            if gain.mean() > max(least, error):
                least, best = gain.mean(), (float(half_life), weight)
    return best


def fit_trend(
    histories: Sequence[HistoryRows], items: int, chosen: tuple[float, float] | None
) -> Trend | None:
    """The trend at the end of a log, with the half-life and weight of `choose_trend`."""
    if chosen is None:
        return None
    log = _Log.of(histories, items)
    until = float(log.times[-1])
    after = np.nextafter(until, np.inf)
    return Trend(log.at(np.array([after]), chosen[0])[0], until, *chosen)


@dataclass(frozen=True)
class _Log:
    """All events in the order of time: `rows` int64 [events], `times` float64 [events]."""

    rows: npt.NDArray[np.int64]
    times: Times
    items: int

    @classmethod
    def of(cls, histories: Sequence[HistoryRows], items: int) -> "_Log":
        rows = np.concatenate([np.empty(0, np.int64), *(history.rows for history in histories)])
        times = np.concatenate([np.empty(0), *(history.times for history in histories)])
        order = np.argsort(times, kind="stable")
        return cls(rows[order], times[order], items)

    @property
    def span(self) -> float:
        return float(self.times[-1] - self.times[0]) if len(self.times) else 0.0

    def at(self, moments: Times, half_life: float) -> Floats:
        """Log of each item's share of the events before a moment, decayed, over its share of all,
        float32 [moments, items]. `PRIOR` events, spread as all are, are added to the recent ones,
        and one event to each item."""
        every = np.bincount(self.rows, minlength=self.items)
        out = np.empty((len(moments), self.items), np.float32)
        recent, clock, done = np.zeros(self.items), self.times[0], 0
        for place in np.argsort(moments):
            now = moments[place]
            end = int(np.searchsorted(self.times, now))
            fresh = np.exp2((self.times[done:end] - now) / half_life)
            recent *= np.exp2((clock - now) / half_life)
            recent += np.bincount(self.rows[done:end], weights=fresh, minlength=self.items)
            scale = len(self.rows) / (recent.sum() + PRIOR)
            expected = scale * (recent + every * PRIOR / len(self.rows))
            out[place] = np.log((expected + 1) / (every + 1))
            clock, done = now, end
        return out
