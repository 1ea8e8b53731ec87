"""`TwoTowerScorer`: logit(x, y) = f(x)ᵀ W g(y) + item-to-item + content + popularity + request.

`ScorerWeights` holds the trained weights over the items of the log. A scorer binds them to a
catalogue, whose other items are scored by their text: g without an id, and the item-to-item row of
their nearest trained neighbours. `parts.py` has the formula, `fitting.py` fits its weights.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.data.progress import Progress
from shelftalker.errors import InputError
from shelftalker.scorer.base import Columns, Encoder, Floats, Mask
from shelftalker.scorer.candidates import Candidates
from shelftalker.scorer.event_arrays import EventArrays, touched
from shelftalker.scorer.history import HistoryReader
from shelftalker.scorer.index import top_k
from shelftalker.scorer.item_texts import ItemTexts, digests, item_vectors, like_picture
from shelftalker.scorer.leave_one_out import leave_one_out
from shelftalker.scorer.parts import Fitted, ItemSide
from shelftalker.scorer.request_vectors import RequestVectors
from shelftalker.scorer.settings import Training, Watch
from shelftalker.scorer.weights import (
    ScorerWeights,
    bind,
    of_items,
    origins,
    read_weights,
    weights_of_fit,
    write_weights,
)
from shelftalker.store.settings import IndexSettings
from shelftalker.types import Reason, Scored

EXPLAINED = 40
"""Latest history items that are tried as reasons."""


class TwoTowerScorer:
    """Scores the items of one catalogue. Histories are ordered, oldest first."""

    def __init__(
        self,
        catalog: Catalog,
        encoder: Encoder,
        weights: ScorerWeights,
        texts: ItemTexts | None = None,
        like: ItemSide | None = None,
        cache: Path | None = None,
        requests: RequestVectors | None = None,
    ) -> None:
        """`texts`: if not given, those not in `weights` are encoded; the rest as in `bind`.
        `requests`: those of a catalogue before a change."""
        self.catalog = catalog
        self.encoder = encoder
        self.weights = weights
        known = [weights.texts]
        self._texts = texts or ItemTexts.encoded(catalog, encoder, known, weights.mean, cache)
        self.requests = requests or RequestVectors(catalog, cache)
        self._origin = origins(catalog, weights)
        self.side = bind(self._texts, self._origin, weights, like, cache)
        self._candidates: Candidates | None = None
        self._readings = HistoryReader(catalog)

    @classmethod
    def fit(
        cls,
        catalog: Catalog,
        events: Sequence[Event] | EventArrays,
        encoder: Encoder,
        *,
        seed: int = 0,
        progress: Progress | None = None,
        settings: Training | None = None,
        watch: Watch | None = None,
        checkpoints: Path | None = None,
    ) -> Self:
        """Train on a log; events of items that the catalogue does not hold are left out. `events`
        as arrays have their items from this catalogue.

        `watch` is called after every epoch. `checkpoints` is a folder, from which a killed fit
        resumes when it is called again with the same log, texts, settings and seed.
        """
        if not len(catalog):
            raise InputError("the catalogue holds no items; import some before fitting a scorer")
        from shelftalker.scorer.fitting import FitData, FitObservers, fit_parts  # loads torch

        text, mean = item_vectors(catalog, encoder, progress)
        settings = settings or Training()
        rows, trained, readings = touched(catalog, events)
        del events  # which may be the only hold on a large log
        fitted = Fitted()
        if rows:
            data = FitData(readings, text[rows], settings, seed)
            observers = FitObservers(_steps(settings, progress), watch)
            fitted = fit_parts(data, observers, checkpoints)
        if progress:
            progress(1, 1, "fitted")
        weights = weights_of_fit(trained, text[rows], mean, readings, fitted, settings)
        weights.card.update(encoder=encoder.name, seed=seed)
        weights.card["counts"]["catalog"] = len(catalog)
        known = [ItemTexts(text, digests(catalog))]
        return cls(catalog, encoder, weights, ItemTexts.encoded(catalog, encoder, known, mean))

    def shortlist(
        self,
        history: Sequence[Event],
        *,
        text: str = "",
        n: int = 20,
        allowed: Mask | None = None,
        exclude_seen: bool = True,
        logits: Floats | None = None,
        now: bool = False,
    ) -> list[Scored]:
        """The n best items of those allowed (bool [items]), best first. `logits` float32 [items]:
        those of all items, where they are at hand. `now`: as in `logits`."""
        mask = self._mask(allowed)
        if exclude_seen:
            mask[self.catalog.rows([event.item for event in history])] = False
        rows = np.arange(len(mask))
        if logits is None:
            reading, mix = self._readings.of(history), self.weights.mix
            queries = self.requests.of([text], self.encoder)
            columns: Columns = slice(None)
            if self._candidates is not None:
                rows = columns = self._candidates.rows(reading, queries[0], mix, n, mask, now)
                mask = mask[rows]
            logits = self.side.logits([reading], mix, queries, columns, now)[0]
        best = top_k(logits, n, mask)
        ranked = zip(rows[best].tolist(), logits[best].tolist(), strict=True)
        return [Scored(self.catalog.ids[row], own, float(expit(own))) for row, own in ranked]

    def __getstate__(self) -> dict[str, Any]:
        """To be pickled without encoder and index, whose memory belongs to one process."""
        return {**self.__dict__, "encoder": None, "_candidates": None}

    def may_return(self, history: Sequence[Event]) -> list[int]:
        """The rows of items in a history that may be offered again."""
        again = self.side.again
        return again.rows(self._readings.of(history)).tolist() if again else []

    @property
    def indexed(self) -> bool:
        """Whether an index is searched."""
        return self._candidates is not None

    def use_index(self, folder: Path, settings: IndexSettings) -> None:
        """Search a catalogue larger than `settings.above` through an index kept in `folder`."""
        if len(self.catalog) > settings.above:
            self._candidates = Candidates.open(folder, self.catalog.ids, self.side, settings)

    def logits(
        self,
        histories: Sequence[Sequence[Event]],
        texts: Sequence[str] = (),
        items: Sequence[str] | None = None,
        *,
        now: bool = False,
    ) -> Floats:
        """float32 [users, items] without any mask; `items` are ids, by default all. `now`: users
        are here at the end of the log, and not right after their histories."""
        if texts and len(texts) != len(histories):
            raise InputError(
                f"got {len(texts)} texts for {len(histories)} histories; give one a history or none"
            )
        rows: Columns = slice(None)
        if items is not None:
            rows = np.array([self.catalog.row(item_id) for item_id in items], np.int64)
        distinct = {id(history): self._readings.of(history) for history in histories}
        readings = [distinct[id(history)] for history in histories]
        queries = self.requests.of(texts, self.encoder) if texts else None
        return self.side.logits(readings, self.weights.mix, queries, rows, now)

    def reasons_of(
        self, history: Sequence[Event], item_ids: Sequence[str], *, text: str = "", n: int = 3
    ) -> list[list[Reason]]:
        """For each item the history items that raise its logit most, by leave-one-out, largest
        first, among the latest `EXPLAINED`.

        Items that do not raise it are left out, and so are disliked ones: a dislike of something
        dissimilar may raise the logit, but is no reason. Raises `UnknownItem`.
        """
        latest = {event.item: event for event in history if event.item in self.catalog}
        newest = dict.fromkeys(e.item for e in reversed(history) if e.item in latest)
        items = [item for item in newest if latest[item].sign >= 0][:EXPLAINED]
        reading = self._readings.of(history)
        left_out, columns = (
            np.array([self.catalog.row(one) for one in ids], np.int64) for ids in (items, item_ids)
        )
        [query] = self.requests.of([text], self.encoder)
        logits = leave_one_out(self.side, reading, left_out, query, self.weights.mix, columns)
        return [
            [r for r in _largest(items, column[0] - column[1:], n + 1) if r.item_id != own][:n]
            for own, column in zip(item_ids, logits.T, strict=True)
        ]

    def like_picture(self, vector: npt.NDArray[np.floating[Any]]) -> Floats:
        """As `item_texts.like_picture`, for the items of this catalogue."""
        text, mean = self.encoder.dim, self.weights.mean
        return like_picture(self.side.text[:, text:], mean[text:], vector, self.weights.mix.text)

    def popularity(self) -> Floats:
        """log(1 + number of training events) of each item, float32 [items]."""
        return np.asarray(np.log1p(of_items(self.weights.counts, self._origin)), np.float32)

    def rebound(self, catalog: Catalog, weights: ScorerWeights) -> Self:
        """Other weights over another catalogue; what has not changed is shared with this scorer."""
        if catalog is not self.catalog:
            known, mean = [weights.texts, self._texts], weights.mean
            texts = ItemTexts.encoded(catalog, self.encoder, known, mean)
            requests = self.requests.over(catalog)
            return type(self)(catalog, self.encoder, weights, texts, requests=requests)
        old = self.weights
        same = weights.ids == old.ids and np.array_equal(weights.digests, old.digests)
        like = self.side if same and np.array_equal(weights.mean, old.mean) else None
        return type(self)(catalog, self.encoder, weights, self._texts, like, requests=self.requests)

    @property
    def digests(self) -> npt.NDArray[np.uint8]:
        """A 16-byte hash of every item's text, uint8 [items, 16]."""
        return self._texts.digests

    def save(self, folder: Path) -> None:
        """Write safetensors and card.json into an existing empty folder."""
        write_weights(self.weights, folder)

    @classmethod
    def load(
        cls, folder: Path, catalog: Catalog, encoder: Encoder, cache: Path | None = None
    ) -> Self:
        """Read what `save` wrote. Raises `NotFitted` or `WorkspaceError`."""
        return cls(catalog, encoder, read_weights(folder, encoder), cache=cache)

    def _mask(self, allowed: Mask | None) -> Mask:
        if allowed is None:
            return np.ones(len(self.catalog), bool)
        if allowed.shape != (len(self.catalog),):
            raise InputError(
                f"the mask has shape {allowed.shape}; this catalogue needs ({len(self.catalog)},)"
            )
        return allowed.astype(bool)


def _steps(settings: Training, progress: Progress | None) -> Callable[[str], None]:
    """Turn report lines into progress steps; with early stopping the total is an upper bound."""
    total, done = settings.epochs + 3, 0

    def report(line: str) -> None:
        nonlocal done
        done += 1
        if progress:
            progress(min(done, total), total, line)

    return report


def _largest(items: Sequence[str], weights: Floats, n: int) -> list[Reason]:
    best = np.argsort(-weights, kind="stable")[:n].tolist()
    return [Reason(items[at], float(weights[at])) for at in best if weights[at] > 0]
