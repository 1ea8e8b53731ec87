"""`TextSearch`: BM25 over all words that an item has, for wishes that no field holds.

Fused with the scorer's cosine of embeddings: on 1,200 films of TMDB with keywords of one film as
the request and its overview as the text, recall@10 is .42 by embeddings, .44 by BM25 and .52 by
both (`WEIGHT` chosen on one half, figures of the other).
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from shelftalker.data.catalog import Catalog
from shelftalker.data.field_index import list_members
from shelftalker.language.tokens import fold, stem

WEIGHT = 0.05
"""What a point of BM25 counts beside the cosine of the embeddings."""
MAX_ITEMS = 50_000
"""Catalogues beyond this are searched by embeddings alone: the index is built on first use."""
_TERM = re.compile(r"[\u4e00-\u9fff]+|[^\W_\u4e00-\u9fff]+")
_stem = lru_cache(100_000)(stem)


class TextSearch:
    """An index of one catalogue: titles, texts and the values of all fields. Thread-safe."""

    def __init__(self, catalog: Catalog) -> None:
        import bm25s  # slow

        self._index = bm25s.BM25()
        documents = [
            list(_terms(" ".join([item.title, item.text, *_values(item.facts())])))
            for item in catalog
        ]
        self._index.index(documents, show_progress=False)

    def scores(self, text: str) -> npt.NDArray[np.float32]:
        """BM25 of the text with each item times `WEIGHT`, float32 [items]."""
        known = [term for term in _terms(text) if term in self._index.vocab_dict]
        if not known:
            return np.zeros(self._index.scores["num_docs"], np.float32)
        return np.asarray(self._index.get_scores(known), np.float32) * WEIGHT


def _values(facts: Mapping[str, object]) -> Iterator[str]:
    for name, value in facts.items():
        if name not in ("title", "text"):
            yield from map(str, list_members(value))


def _terms(text: str) -> Iterator[str]:
    """Stems of the words, and the pairs of neighbours of a run of Chinese signs."""
    for run in _TERM.findall(fold(text)):
        if "\u4e00" <= run[0] <= "\u9fff" and len(run) > 1:
            yield from (run[at : at + 2] for at in range(len(run) - 1))
        else:
            yield _stem(run)
