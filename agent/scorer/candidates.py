"""Candidate generation for large catalogues: the rows that are worth an exact score.

All of the logit but its item-to-item part is one inner product, of an item's index vector
[g(y), Pᵀt_y, popularity] with a query made of the user's state, the request and the mix, so that
f, W and the mix change without re-indexing. FAISS finds the items of the largest inner products, B
those that occur together with the history, and the caller scores these rows exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from shelftalker.scorer.base import Floats, Mask, Rows
from shelftalker.scorer.history import HistoryRows
from shelftalker.scorer.index import FaissIndex, open_index, top_k
from shelftalker.scorer.parts import ItemSide, Mix
from shelftalker.scorer.shared import write_array
from shelftalker.store.settings import IndexSettings

TEXT_DIM = 64  # dimensions of an index vector for the text
MIN_CANDIDATES, CANDIDATES_PER_ITEM = 200, 10  # of each source


@dataclass(frozen=True)
class Candidates:
    """The index of one catalogue; `projection` is P, float32 [text_dim, ≤64]."""

    side: ItemSide
    index: FaissIndex
    projection: Floats

    @classmethod
    def open(
        cls, folder: Path, ids: Sequence[str], side: ItemSide, settings: IndexSettings
    ) -> Self:
        """Read the index from a scorer's folder, or build it there."""
        projection = _projection(folder / "projection.npy", side.centred)
        parts = [side.centred @ projection, side.prior[:, None]]
        if side.vectors is not None:
            parts.insert(0, side.vectors)
        vectors = np.ascontiguousarray(np.hstack(parts), np.float32)
        return cls(side, open_index(folder / "index.npz", ids, vectors, settings), projection)

    def rows(
        self,
        reading: HistoryRows,
        request: Floats,
        mix: Mix,
        n: int,
        allowed: Mask,
        now: bool = False,
    ) -> Rows:
        """Allowed rows to score exactly for the n best, ascending, int64; all where they are few.

        `request`: the text vector of the user's request, zero without one.
        """
        wanted = max(MIN_CANDIDATES, CANDIDATES_PER_ITEM * n)
        sources = [
            self.index.search(self._query(reading, request, mix), wanted, allowed),
            top_k(self.side.prior, wanted, allowed),
        ]
        if self.side.newcomers is not None and (now or not len(reading.rows)):
            sources.append(top_k(self.side.newcomers, wanted, allowed))
        if mix.item_item and len(reading.rows):
            sources.append(top_k(self.side.related([reading], mix)[0], wanted, allowed))
        if self.side.again is not None:
            returning = self.side.again.rows(reading)
            sources.append(returning[allowed[returning]])
        return np.unique(np.concatenate(sources))

    def _query(self, reading: HistoryRows, request: Floats, mix: Mix) -> Floats:
        text = mix.content * self.side.taste([reading], mix)[0]
        text[: len(request)] += mix.text * request
        query = [text @ self.projection, np.array([mix.popularity], np.float32)]
        if self.side.vectors is not None:
            query.insert(0, mix.towers * self.side.states([reading], mix)[0])
        joined: Floats = np.concatenate(query).astype(np.float32)
        return joined


def _projection(file: Path, text: Floats) -> Floats:
    """The main principal directions of the texts. They are kept in `file`, since another P would
    change every index vector."""
    if file.is_file():
        return np.asarray(np.load(file))
    sample = text[:: max(1, len(text) // 20_000)]
    _, directions = np.linalg.eigh(sample.T @ sample)
    projection = np.ascontiguousarray(directions[:, -TEXT_DIM:], np.float32)
    write_array(file, projection)
    return projection
