"""The interface `Encoder`, and the arrays that the modules of this folder share."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from shelftalker.data.progress import Progress

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Columns = Rows | slice
"""Some columns, or all."""

BY_COLUMN = 100_000
"""Rows up to which text vectors lie column by column in memory: their inner products with one query
are then computed three times as fast, and taking a few rows out is slower, as an index needs it."""


class Encoder(Protocol):
    """Turns texts into vectors."""

    dim: int
    name: str

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        """Unit-norm vectors, float32 [texts, dim]."""


def by_column(vectors: Floats) -> Floats:
    """The same array, laid out in memory for whole products with single queries."""
    return np.asfortranarray(vectors) if len(vectors) <= BY_COLUMN else vectors
