"""Stands for a text encoder where only the number and the size of vectors matter."""

from collections.abc import Sequence
from zlib import crc32

import numpy as np

from shelftalker.data.progress import Progress
from shelftalker.scorer.base import Floats


class RandomVectors:
    """A random unit vector for each text, the same whenever the text is the same."""

    name, dim = "random", 384

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        """Unit-norm vectors, float32 [texts, dim]."""
        draws = [
            np.random.default_rng(crc32(text.encode())).standard_normal(self.dim, np.float32)
            for text in texts
        ]
        vectors = np.array(draws, np.float32).reshape(-1, self.dim)
        unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit
