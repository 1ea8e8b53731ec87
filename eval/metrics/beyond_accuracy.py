"""What a list is like besides being right: coverage, novelty, diversity, serendipity, popularity.

`lists`: the first k item rows of each user, int64 [users, k], -1 where a list is shorter. `counts`:
training events of each item, float64 [items].
"""

import numpy as np
import numpy.typing as npt

Lists = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def coverage(lists: Lists, items: int) -> float:
    """Share of the catalogue that somebody is shown."""
    return len(np.unique(lists[lists >= 0])) / items


def gini(lists: Lists, items: int) -> float:
    """How unevenly the places go to the items: 0 all alike, 1 one item takes all."""
    shown = np.sort(np.bincount(lists[lists >= 0], minlength=items).astype(np.float64))
    places = np.arange(1, items + 1)
    return float(((2 * places - items - 1) * shown).sum() / (items * shown.sum()))


def novelty(lists: Lists, counts: Floats, users: int) -> Floats:
    """Mean -log2 of the share of users who took the item (MIUF); never taken counts as once."""
    surprise = -np.log2(np.maximum(counts, 1) / users)
    return _mean(surprise[lists], lists)


def popularity(lists: Lists, counts: Floats) -> Floats:
    """Mean number of training events of the items shown (ARP)."""
    return _mean(counts[lists], lists)


def diversity(lists: Lists, vectors: npt.NDArray[np.floating]) -> Floats:
    """Mean 1 - cosine over all pairs of a list. `vectors` have unit norm, [items, dim]."""
    blocks = np.array_split(lists, 1 + lists.size // _MAX_CELLS)
    return np.concatenate([_diversity(block, vectors) for block in blocks])


_MAX_CELLS = 20_000


def _diversity(lists: Lists, vectors: npt.NDArray[np.floating]) -> Floats:
    """The sum of all cosines is the squared length of the sum of the vectors."""
    held = lists >= 0
    shown = vectors[lists] * held[..., None]
    number = held.sum(1)
    alike = (shown.sum(1) ** 2).sum(1) - (shown**2).sum((1, 2))
    pairs = number * (number - 1)
    return np.where(pairs > 0, 1 - alike / np.maximum(pairs, 1), np.nan)


def serendipity(lists: Lists, hits: npt.NDArray[np.bool_], counts: Floats) -> Floats:
    """Mean over the list of max(p(rank) - p(popularity rank), 0) for the relevant ones: a hit that
    popularity would have shown as high is worth nothing (as RecTools defines it)."""
    items = len(counts)
    popular = np.empty(items)
    popular[np.lexsort((np.arange(items), -counts))] = np.arange(1, items + 1)
    rank = np.arange(1, lists.shape[1] + 1)
    gain = np.maximum(popular[lists] - rank, 0) / items
    found: Floats = np.where(hits & (lists >= 0), gain, 0.0).sum(1) / lists.shape[1]
    return found


def _mean(values: Floats, lists: Lists) -> Floats:
    held = lists >= 0
    found: Floats = np.where(held, values, 0.0).sum(1) / np.maximum(held.sum(1), 1)
    return found
