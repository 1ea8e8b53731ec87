"""Names for items that came after the adapter that picks by names: each is called what the named
item nearest to it in text is called. Nothing is trained again.
"""

from collections import ChainMap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from shelftalker.data.catalog import Catalog
from shelftalker.ranking.pick import digest, scored_title
from shelftalker.scorer.base import Floats


@dataclass(frozen=True)
class NewNames:
    """`known`: the names of an adapter, as in `PickWeights`. `vectors` float32 [items, dim]: unit
    text vectors of the catalogue; `rows` int64 [named]: which of its items have a name."""

    known: Mapping[str, str]
    catalog: Catalog
    vectors: Floats
    rows: npt.NDArray[np.int64]

    @classmethod
    def of(cls, known: Mapping[str, str], catalog: Catalog, vectors: Floats) -> Self:
        """Those of a catalogue."""
        named = [digest(scored_title(item)) in known for item in catalog]
        return cls(known, catalog, vectors, np.flatnonzero(named))

    def of_items(self, ids: Iterable[str]) -> Mapping[str, str]:
        """All names, with those of these items of the catalogue that have none of their own."""
        new = np.setdiff1d([self.catalog.row(one) for one in ids], self.rows)
        if not len(new) or not len(self.rows):
            return self.known
        likeness = self.vectors[new] @ self.vectors[self.rows].T
        nearest = self.rows[likeness.argmax(axis=1)]
        lent = {
            self._key(own): self.known[self._key(row)]
            for own, row in zip(new, nearest, strict=True)
        }
        return ChainMap(lent, dict(self.known))

    def _key(self, row: int) -> str:
        return digest(scored_title(self.catalog[self.catalog.ids[row]]))
