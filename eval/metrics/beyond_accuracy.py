"""Beyond-accuracy metrics: coverage, Gini, novelty, diversity, serendipity, popularity, attention.

`lists`: the first k item rows of each user, int64 [users, k], -1 as padding. `counts`:
training events of each item, float64 [items].
"""

import numpy as np
import numpy.typing as npt

Lists = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def coverage(lists: Lists, items: int) -> float:
    """Share of the catalogue in at least one list."""
    return len(np.unique(lists[lists >= 0])) / items


def gini(lists: Lists, items: int) -> float:
    """Gini index of the items' exposure: 0 uniform, 1 a single item."""
    shown = np.sort(np.bincount(lists[lists >= 0], minlength=items).astype(np.float64))
    places = np.arange(1, items + 1)
    return float(((2 * places - items - 1) * shown).sum() / (items * shown.sum()))


def novelty(lists: Lists, counts: Floats, users: int) -> Floats:
    """Mean inverse user frequency, -log2 of the share of users with the item (MIUF); at least
    one."""
    self_information = -np.log2(np.maximum(counts, 1) / users)
    return _mean(self_information[lists], lists)


def popularity(lists: Lists, counts: Floats) -> Floats:
    """Mean number of training events of the items (average recommendation popularity, ARP)."""
    return _mean(counts[lists], lists)


def diversity(lists: Lists, vectors: npt.NDArray[np.floating]) -> Floats:
    """Mean 1 - cosine over all pairs of a list (intra-list diversity). `vectors`: unit norm,
    [items, dim]."""
    blocks = np.array_split(lists, 1 + lists.size // _MAX_CELLS)
    return np.concatenate([_diversity(block, vectors) for block in blocks])


_MAX_CELLS = 20_000


def _diversity(lists: Lists, vectors: npt.NDArray[np.floating]) -> Floats:
    """Uses that the sum of all cosines is the squared norm of the sum of the vectors."""
    filled = lists >= 0
    shown = vectors[lists] * filled[..., None]
    number = filled.sum(1)
    alike = (shown.sum(1) ** 2).sum(1) - (shown**2).sum((1, 2))
    pairs = number * (number - 1)
    return np.where(pairs > 0, 1 - alike / np.maximum(pairs, 1), np.nan)


def serendipity(lists: Lists, hits: npt.NDArray[np.bool_], counts: Floats) -> Floats:
    """Mean over the list of max(p(rank) - p(popularity rank), 0) for hits, as in RecTools: a hit
    that popularity ranks as high counts 0."""
    items = len(counts)
    popular = np.empty(items)
    popular[np.lexsort((np.arange(items), -counts))] = np.arange(1, items + 1)
    rank = np.arange(1, lists.shape[1] + 1)
    gain = np.maximum(popular[lists] - rank, 0) / items
    means: Floats = np.where(hits & (lists >= 0), gain, 0.0).sum(1) / lists.shape[1]
    return means


def attention_share(lists: Lists, members: npt.NDArray[np.bool_]) -> Floats:
    """Share of each list's attention that a group of items gets (`members`: bool [items]), where a
    place counts 1 / log2(place + 1); NaN for an empty list. Singh and Joachims (KDD 2018)."""
    weights = (lists >= 0) / np.log2(np.arange(lists.shape[1]) + 2)
    with np.errstate(invalid="ignore"):
        shares: Floats = (weights * members[lists]).sum(1) / weights.sum(1)
    return shares


def _mean(values: Floats, lists: Lists) -> Floats:
    filled = lists >= 0
    means: Floats = np.where(filled, values, 0.0).sum(1) / np.maximum(filled.sum(1), 1)
    return means
