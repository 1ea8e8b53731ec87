"""Logits of a history without each of its items: what an item of it adds to a score.

All these histories have the same events, with other weights. So the vectors of the events are read
once, and one matrix of weights [histories, events] takes the place of a history each.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from shelftalker.scorer.base import Floats, Mask, Rows
from shelftalker.scorer.history import HistoryRows
from shelftalker.scorer.parts import ItemSide, Mix, like_logits


def leave_one_out(
    side: ItemSide, reading: HistoryRows, left_out: Rows, query: Floats, mix: Mix, columns: Rows
) -> Floats:
    """Float32 [1 + left out, columns]: the logits of a history, then of it without the events of
    each of the rows `left_out`. `query` [text_dim] counts where it is not zero. They equal
    `ItemSide.logits` of these histories up to rounding."""
    variants = Variants(side, reading, left_out, mix)
    known: Mask = variants.counted.sum(axis=1) > 0
    asked = np.full(len(known), bool(query.any()))
    parts = (
        variants.towers(columns),
        variants.related(columns),
        variants.taste(columns),
        side.prior[columns],
    )
    out = side.summed(parts, known, asked, mix, columns)
    if side.again is not None and np.isin(columns, reading.rows).any():
        readings = [reading, *map(reading.without, left_out.tolist())]
        side.set_repeated(out, readings, columns)
    if asked.any():
        out += side.request(query[None], mix, columns)
    return out


@dataclass(frozen=True)
class Variants:
    """A history as a whole, then without each of the rows `left_out`; all arrays begin with that
    axis. The methods give one part of the logits each, float32 [variants, columns]."""

    side: ItemSide
    reading: HistoryRows
    left_out: Rows
    mix: Mix

    @cached_property
    def kept(self) -> Mask:
        """Which events are in a variant, bool [variants, events]."""
        whole = np.ones((1, len(self.reading.rows)), bool)
        return np.vstack([whole, self.reading.rows != self.left_out[:, None]])

    @cached_property
    def counted(self) -> Mask:
        """Which events the tower of users reads, bool [variants, events]."""
        return np.asarray(self.kept & (self.reading.weights(self.mix.grades) > 0))

    @cached_property
    def items(self) -> tuple[Rows, Rows]:
        """The rows of the history, each once, and the place of the last event on each."""
        rows, from_end = np.unique(self.reading.rows[::-1], return_index=True)
        return rows, len(self.reading.rows) - 1 - from_end

    def weights(self, decay: float) -> Floats:
        """The signed weight of the last event on each of `items`, [variants, items]."""
        signed = self.kept * self.reading.weights(self.mix.grades)
        weights = np.asarray(signed * np.exp(-_ages(self.kept) / decay), np.float32)
        return weights[:, self.items[1]]

    def related(self, columns: Rows) -> Floats:
        """As `ItemSide.related`."""
        side, (rows, _) = self.side, self.items
        if side.links is not None:
            each = side.links[np.ix_(rows, columns)]
        else:
            placed = side.place[rows]
            used = np.unique(placed.indices)
            each = (placed[:, used] @ (side.item_item[used] @ side.place[columns].T)).toarray()
        return like_logits(self.weights(self.mix.decay) @ each)

    def taste(self, columns: Rows) -> Floats:
        """Products of the columns' texts with the mean of those of a history."""
        centred, weights = self.side.centred, self.weights(self.mix.content_decay)
        each = centred[self.items[0]] @ centred[columns].T
        return np.asarray(weights @ each / (np.abs(weights).sum(axis=1, keepdims=True) + 1e-9))

    def towers(self, columns: Rows) -> Floats:
        """Products of the two towers; zero where a variant has no counted event."""
        side = self.side
        if side.towers is None or side.vectors is None:
            return np.zeros((len(self.kept), len(columns)), np.float32)
        ages = _ages(self.counted)
        read = self.counted & (ages < side.window)
        recent = np.flatnonzero(read.any(axis=0))  # no variant reads the others
        ages, read = ages[:, recent], read[:, recent]
        kernel = side.towers.kernel(side.window)[:, ::-1]  # by age, [decays, window]
        weights = kernel[:, np.clip(ages, 0, side.window - 1)] * read
        weights /= np.maximum(weights.sum(axis=2, keepdims=True), np.finfo(np.float32).tiny)
        pooled = weights @ side.vectors[self.reading.rows[recent]]  # [decays, variants, dim]
        flat = pooled.transpose(1, 0, 2).reshape(len(read), -1)
        states = side.towers.states(flat) * read.any(axis=1, keepdims=True)
        return np.asarray(states @ side.vectors[columns].T)


def _ages(events: Mask) -> Rows:
    """How many of the marked events come after each of them, int64 [variants, events]; -1 for what
    is before none and not marked."""
    return np.asarray(events[:, ::-1].cumsum(axis=1)[:, ::-1] - 1)
