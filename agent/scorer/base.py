"""The interface `Encoder`, and the arrays that the modules of this folder share."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from shelftalker.data.progress import Progress

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into vectors."""

    dim: int
    name: str

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        """Unit-norm vectors, float32 [texts, dim]."""
