"""`RequestVectors`: texts of requests as vectors, less what every short text has in common."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from shelftalker.data.catalog import Catalog
from shelftalker.language.tokens import phrase
from shelftalker.scorer.base import Encoder, Floats
from shelftalker.scorer.shared import shared

SAMPLED_WORDS = 128
"""Words of the catalogue's texts whose mean is what short texts have in common."""
MIN_LETTERS = 3
"""Words up to this long say little by themselves."""


class RequestVectors:
    """Encodes requests for one catalogue. `cache`: as the folder of `shared`.

    An encoder puts all short texts near to each other, so a request of a few words is near to
    every item of which the catalogue says little more than a genre. Without their common part
    (the mean of single words) it is near to what it means.
    """

    def __init__(self, catalog: Catalog, cache: Path | None = None) -> None:
        self._catalog, self._cache = catalog, cache
        self._common: Floats | None = None

    def over(self, catalog: Catalog) -> "RequestVectors":
        """The same for a catalogue after a change: what is computed stays."""
        return self if self._common is not None else RequestVectors(catalog, self._cache)

    def of(self, texts: Sequence[str], encoder: Encoder) -> Floats:
        """Vectors of the requests, float32 [users, text_dim]; zero for an empty one."""
        vectors = dict.fromkeys(texts, np.zeros(encoder.dim, np.float32))
        for text in filter(str.strip, vectors):
            if self._common is None:
                self._common = self._mean_of_words(encoder)
            vectors[text] = encoder.encode([text])[0] - self._common[0]
        return np.array([vectors[text] for text in texts], np.float32)

    def _mean_of_words(self, encoder: Encoder) -> Floats:
        words = sorted({word for item in self._catalog for word in phrase(item.text)})
        long = [word for word in words if len(word) > MIN_LETTERS]
        sample = long[:: 1 + len(long) // SAMPLED_WORDS]
        if not sample:
            return np.zeros((1, encoder.dim), np.float32)

        def mean() -> Floats:
            return np.asarray(encoder.encode(sample).mean(axis=0, keepdims=True))

        content = encoder.name.encode(), "\n".join(sample).encode()
        return shared(self._cache, "words", mean, *content)
