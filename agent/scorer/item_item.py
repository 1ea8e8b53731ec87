"""The item-to-item part in closed form: EASE (Steck, WWW 2019), a ridge regression of every item
on all others. It ends as a sparse matrix [items, items] that keeps the strongest entries of a row.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from shelftalker.scorer.base import Floats

DENSE_LIMIT = 12_000  # items; a Gram matrix of more does not fit a small machine
KEPT = 500  # entries of a row

Rows = Sequence[npt.NDArray[np.int64]]
"""One array of item rows a user, oldest first."""


def ease(users: Rows, items: int, ridge: float, kept: int = KEPT) -> sparse.csr_matrix:
    """EASE weights B, [items, items]: a history vector times B scores all items."""
    seen = incidence(users, items)
    gram = seen.T @ seen
    if items > DENSE_LIMIT:
        return _cosine(gram, ridge, kept)
    inverse = _inverse(gram.toarray(), ridge)
    weights: Floats = (-inverse / np.diag(inverse)).astype(np.float32)
    np.fill_diagonal(weights, 0.0)
    return _strongest(weights, kept)


def incidence(users: Rows, items: int, decay: float | None = None) -> sparse.csr_matrix:
    """float32 [users, items]: 1 where a user dealt with an item, or exp(-age / decay)."""
    return weighted(users, [recency(len(rows), decay) for rows in users], items)


def recency(length: int, decay: float | None) -> Floats:
    """Weight of each event, oldest first; age counts events, so the last one weighs 1."""
    if decay is None:
        return np.ones(length, np.float32)
    return np.exp(-np.arange(length - 1, -1, -1) / decay).astype(np.float32)


def weighted(users: Rows, weights: Sequence[Floats], items: int) -> sparse.csr_matrix:
    """Histories as a sparse matrix [users, items]; an item met twice keeps its last weight."""
    last = [
        dict(zip(rows.tolist(), own.tolist(), strict=True))
        for rows, own in zip(users, weights, strict=True)
    ]
    indptr = np.cumsum([0, *map(len, last)])
    columns = [column for own in last for column in own]
    values = [value for own in last for value in own.values()]
    return sparse.csr_matrix(
        (np.array(values, np.float32), np.array(columns, np.int64), indptr),
        shape=(len(users), items),
    )


def _inverse(gram: Floats, ridge: float) -> Floats:
    gram[np.diag_indices(len(gram))] += ridge
    inverse: Floats = np.linalg.inv(gram.astype(np.float64)).astype(np.float32)
    return inverse


def _cosine(gram: sparse.csr_matrix, ridge: float, kept: int) -> sparse.csr_matrix:
    """Shrunk cosine similarity, for catalogues too large for the closed form."""
    scale = sparse.diags(1 / np.sqrt(gram.diagonal() + ridge))
    similar = sparse.csr_matrix(scale @ gram @ scale, dtype=np.float32)
    similar.setdiag(0)
    for row in np.flatnonzero(np.diff(similar.indptr) > kept):
        values = similar.data[similar.indptr[row] : similar.indptr[row + 1]]
        values[values < np.partition(values, -kept)[-kept]] = 0
    similar.eliminate_zeros()
    return similar


def _strongest(weights: Floats, kept: int) -> sparse.csr_matrix:
    """The `kept` entries of largest size in every row."""
    if weights.shape[1] > kept:
        cut = np.partition(np.abs(weights), -kept, axis=1)[:, -kept]
        weights = np.where(np.abs(weights) >= cut[:, None], weights, 0.0)
    return sparse.csr_matrix(weights, dtype=np.float32)
