"""Linear item-to-item models in closed form: which item goes with, and which comes after, another.

`ease` is EASE (Steck, WWW 2019): ridge regression of every item on all others. `successor` regresses
the next item on the recency-weighted history so far, the transition half of SLIST (Choi et al., WWW
2021). Both end as one sparse matrix [items, items] that keeps the strongest entries of every row.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from shelftalker.scorer.base import Floats

DENSE_LIMIT = 12_000  # items; a Gram matrix of more does not fit a small machine
KEPT = 500  # entries of a row
WINDOW = 50  # history items that `successor` looks back upon

Rows = Sequence[npt.NDArray[np.int64]]
"""One array of item rows a user, oldest first."""


def ease(users: Rows, items: int, ridge: float) -> sparse.csr_matrix:
    """EASE weights B, [items, items]: a history vector times B scores all items."""
    seen = incidence(users, items)
    gram = seen.T @ seen
    if items > DENSE_LIMIT:
        return _cosine(gram, ridge)
    inverse = _inverse(gram.toarray(), ridge)
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return _strongest(weights)


def successor(users: Rows, items: int, ridge: float, decay: float) -> sparse.csr_matrix:
    """Weights [items, items] that take a recency-weighted history to the item that follows it."""
    past, following = _transitions(users, items, decay)
    gram, cross = past.T @ past, past.T @ following
    if items > DENSE_LIMIT:
        scale = sparse.diags(1 / (gram.diagonal() + ridge))
        return sparse.csr_matrix(scale @ cross, dtype=np.float32)
    return _strongest(_inverse(gram.toarray(), ridge) @ cross.toarray())


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


def _transitions(
    users: Rows, items: int, decay: float
) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Every position of every history: what came before, weighted, and the item that follows."""
    past, following = [], []
    for rows in users:
        for end in range(1, len(rows)):
            past.append(rows[max(0, end - WINDOW) : end])
            following.append(rows[end : end + 1])
    return incidence(past, items, decay), incidence(following, items)


def _inverse(gram: Floats, ridge: float) -> Floats:
    gram[np.diag_indices(len(gram))] += ridge
    inverse: Floats = np.linalg.inv(gram.astype(np.float64)).astype(np.float32)
    return inverse


def _cosine(gram: sparse.csr_matrix, ridge: float) -> sparse.csr_matrix:
    """Shrunk cosine similarity, for catalogues too large for the closed form."""
    counts = gram.diagonal()
    scale = sparse.diags(1 / np.sqrt(counts + ridge))
    similar = sparse.csr_matrix(scale @ gram @ scale, dtype=np.float32)
    similar.setdiag(0)
    similar.eliminate_zeros()
    return similar


def _strongest(weights: Floats) -> sparse.csr_matrix:
    """The KEPT entries of largest size in every row."""
    if weights.shape[1] > KEPT:
        cut = np.partition(np.abs(weights), -KEPT, axis=1)[:, -KEPT]
        weights = np.where(np.abs(weights) >= cut[:, None], weights, 0.0)
    return sparse.csr_matrix(weights, dtype=np.float32)
