"""`TextSearch`: BM25 over all words that an item has, for wishes that no field holds.

Fused with the scorer's cosine of embeddings. `WEIGHT` is chosen by requests of MovieLens users in
the words of tags and keywords, and by those that the corpus' visitors make in a shop.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.field_index import list_members
from shelftalker.data.subject import is_named_work
from shelftalker.language.stance import MIN_PREFIX, akin
from shelftalker.language.tokens import fold, stem

WEIGHT = 0.1
"""What a point of BM25 counts beside the cosine of the embeddings."""
MAX_ITEMS = 50_000
"""Catalogues beyond this are searched by embeddings alone."""
K1, B = 1.5, 0.75
"""Saturation of a term's count, and how much long texts are discounted (Robertson and Zaragoza,
2009)."""
_TERM = re.compile(r"[\u4e00-\u9fff]+|[^\W_\u4e00-\u9fff]+")
_stem = lru_cache(100_000)(stem)


class TextSearch:
    """An index of one catalogue: titles, texts and the values of all fields. Thread-safe;
    built on first use.

    Where titles are names, as of films, their words count only as pairs of neighbours or where no
    text of the catalogue has them in lower case: "batman", "star wars", but not "evening".
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    @classmethod
    def of(cls, catalog: Catalog) -> "TextSearch | None":
        """The index of a catalogue, None of a large one."""
        return cls(catalog) if len(catalog) <= MAX_ITEMS else None

    @cached_property
    def _index(self) -> "_Index":
        common = {term for item in self._catalog for term in _uncapitalized(item.text)}
        counts = [Counter(_item_terms(item, common)) for item in self._catalog]
        place = {term: n for n, term in enumerate(dict.fromkeys(t for c in counts for t in c))}
        lengths = np.array([count.total() for count in counts], np.float32)
        rows = np.repeat(np.arange(len(counts)), [len(count) for count in counts])
        columns = np.array([place[term] for count in counts for term in count], np.int64)
        held = np.array([n for count in counts for n in count.values()], np.float32)
        items = np.bincount(columns, minlength=len(place))
        rarity = np.log1p((len(counts) - items + 0.5) / (items + 0.5))
        norm = K1 * (1 - B + B * lengths / max(lengths.mean(), 1) if len(counts) else lengths)
        rarities = np.append(rarity, np.log1p(len(counts) + 0.5)).astype(np.float32)
        weights = rarity[columns] * held / (held + norm[rows])  # as Lucene has it
        shape = len(counts), len(place)
        matrix = sparse.csc_array((weights.astype(np.float32), (rows, columns)), shape)
        begins: dict[str, list[str]] = {}
        for term in place:
            begins.setdefault(term[:MIN_PREFIX], []).append(term)
        return _Index(place, rarities, matrix, begins)

    def scores(self, text: str) -> npt.NDArray[np.float32]:
        """BM25 of the text with each item times `WEIGHT`, float32 [items]: over the root of the
        number of its words, so that a long request is still compared by its meaning."""
        terms = list(_terms(text))
        weight = np.float32(WEIGHT / max(len(terms), 1) ** 0.5)
        terms += [" ".join(pair) for pair in pairwise(terms)]
        place, _, matrix, _ = self._index
        known = [place[term] for term in terms if term in place]
        return np.asarray(matrix[:, known].sum(axis=1) * weight)

    def holding(self, word: str) -> list[int]:
        """The rows of the items that have a form of a word (its stem)."""
        place, _, matrix, begins = self._index
        alike = begins.get(word[:MIN_PREFIX], ())
        forms = [place[term] for term in alike if akin(term, word)]
        return sorted(set(matrix[:, forms].indices.tolist()))

    def coverage(self, text: str) -> npt.NDArray[np.float32]:
        """The share of the text's words that each item has, rare words counting more: float32
        [items], 0 for a text without words."""
        terms = list(dict.fromkeys(_terms(text)))
        place, rarities, matrix, _ = self._index
        places = np.array([place.get(term, len(place)) for term in terms], np.int64)
        weights = rarities[places]
        known = places < len(place)
        held = matrix[:, places[known]] > 0
        return np.asarray((held @ weights[known]) / max(weights.sum(), 1e-6))


class _Index(NamedTuple):
    """`place`: the column of each term; `rarities` float32 [terms + 1], the last one of a term that
    no item has; `matrix`: what a term counts in an item, float32 [items, terms]; `begins`: the
    terms by their first letters, as many as two forms of a word have in common at least."""

    place: dict[str, int]
    rarities: npt.NDArray[np.float32]
    matrix: sparse.csc_array
    begins: dict[str, list[str]]


def _item_terms(item: Item, common: Collection[str]) -> Iterator[str]:
    facts = (value for name, value in item.facts().items() if name not in ("title", "text"))
    values = (str(one) for value in facts for one in list_members(value))
    yield from _terms(" ".join([item.text, *values]))
    title = list(_terms(item.title))
    if is_named_work(item):
        yield from (" ".join(pair) for pair in pairwise(title))
        title = [term for term in title if term not in common]
    yield from title


def _uncapitalized(text: str) -> Iterator[str]:
    """Stems of the words of a text that begin with a small letter."""
    return (_stem(word) for word in _TERM.findall(text) if word[0].islower())


def _terms(text: str) -> Iterator[str]:
    """Stems of the words, and the pairs of neighbours of a run of Chinese signs."""
    for run in _TERM.findall(fold(text)):
        if "\u4e00" <= run[0] <= "\u9fff" and len(run) > 1:
            yield from (run[at : at + 2] for at in range(len(run) - 1))
        else:
            yield _stem(run)
