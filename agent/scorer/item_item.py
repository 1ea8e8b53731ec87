"""Item-to-item weights in closed form: EASE (Steck, WWW 2019), a ridge regression of every item
on all others, kept as a sparse matrix [items, items] of each row's largest entries.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from shelftalker.errors import InputError
from shelftalker.scorer.base import Floats, Rows

DENSE_LIMIT = 16_000  # items or users, whichever are fewer, that a dense inverse may have
KEPT = 500  # largest entries of a row that are kept
NEAREST = 100  # items on which an item of a larger catalogue is regressed
BLOCK = 1024  # rows computed at a time
SOLVED = 256  # regressions on near items solved at a time
MOST_COUNTS = 150_000_000  # pairs of items whose common users are stored


def ease(users: Sequence[Rows], items: int, ridge: float) -> sparse.csr_matrix:
    """EASE weights B, float32 [items, items]; a history vector times B scores all items. `users`:
    the item rows of each, oldest first. Beyond `DENSE_LIMIT`, each item is regressed on the items
    nearest to it alone."""
    seen = incidence(users, items)
    if min(seen.shape) > DENSE_LIMIT:
        return _nearby_ease(seen, ridge)
    blocks = [_strongest(block) for block in _ease_rows(seen, ridge)]
    return sparse.csr_matrix(sparse.vstack(blocks))


def ease_dense(users: Sequence[Rows], items: int, ridge: float) -> Floats:
    """EASE weights with every entry kept, float32 [items, items]."""
    return np.vstack(list(_ease_rows(incidence(users, items), ridge)))


def incidence(users: Sequence[Rows], items: int, decay: float | None = None) -> sparse.csr_matrix:
    """float32 [users, items]: 1 where the user has an event on the item, or exp(-age / decay)."""
    if decay is None:
        places = np.concatenate([np.empty(0, np.int32), *(rows.astype(np.int32) for rows in users)])
        ones = np.ones(len(places), np.float32)
        indptr = np.cumsum([0, *map(len, users)])
        seen = sparse.csr_matrix((ones, places, indptr), shape=(len(users), items))
        seen.sum_duplicates()
        seen.data[:] = 1
        return seen
    return weighted(users, [recency(len(rows), decay) for rows in users], items)


def recency(length: int, decay: float) -> Floats:
    """Weight of each event, oldest first; age counts events, so the last one weighs 1."""
    return np.exp(-np.arange(length - 1, -1, -1) / decay).astype(np.float32)


def weighted(users: Sequence[Rows], weights: Sequence[Floats], items: int) -> sparse.csr_matrix:
    """Histories as a sparse matrix [users, items]; a repeated item keeps its last weight."""
    shape = len(users), items
    if not len(users):
        return sparse.csr_matrix(shape, dtype=np.float32)
    columns, values = np.concatenate(users), np.concatenate(weights)
    user = np.repeat(np.arange(len(users)), [len(rows) for rows in users])
    places, from_end = np.unique((user * items + columns)[::-1], return_index=True)
    indptr = np.searchsorted(places, np.arange(len(users) + 1) * items)
    last = values[len(values) - 1 - from_end].astype(np.float32)
    return sparse.csr_matrix((last, places % max(items, 1), indptr), shape=shape)


def _ease_rows(seen: sparse.csr_matrix, ridge: float) -> Iterator[Floats]:
    """B block by block: -P / diag(P), P the inverse of the Gram matrix plus the ridge.

    With fewer users than items P comes from the users' side (Woodbury), P = (I - XᵀKX) / ridge
    with K the inverse of XXᵀ plus the ridge. Neither P nor KX is ever stored as a whole. K and the
    diagonal are computed in double precision, because the identity subtracts nearly equal numbers.
    """
    users, items = seen.shape
    if users < items:
        by_item = seen.T.tocsr()
        inverse = _inverse((seen @ by_item).toarray().astype(np.float64), ridge)
        explained = np.empty(items)
        for start in range(0, items, BLOCK):
            part = by_item[start : start + BLOCK]
            explained[start : start + BLOCK] = part.multiply(part @ inverse).sum(1).ravel()
        scale = (1 / (1 - explained)).astype(np.float32)
        inverse = inverse.astype(np.float32)
        for start in range(0, items, BLOCK):
            half = by_item[start : start + BLOCK] @ inverse
            yield _without_self((by_item @ np.ascontiguousarray(half.T)).T * scale, start)
        return
    inverse = _inverse((seen.T @ seen).toarray(), ridge)
    scale = (-1 / np.diag(inverse)).astype(np.float32)
    for start in range(0, items, BLOCK):
        yield _without_self(inverse[start : start + BLOCK] * scale, start)


def _without_self(block: Floats, start: int) -> Floats:
    rows = np.arange(len(block))
    block[rows, start + rows] = 0.0
    return block


def _inverse(gram: npt.NDArray[Any], ridge: float) -> npt.NDArray[Any]:
    """Inverse of a symmetric matrix plus the ridge, by Cholesky, in place."""
    from scipy.linalg import get_lapack_funcs  # a fit alone needs it

    gram[np.diag_indices(len(gram))] += ridge
    factor, inverse = get_lapack_funcs(("potrf", "potri"), (gram,))
    half, failed = factor(gram.T, lower=True, overwrite_a=True)  # .T: LAPACK's order, no copy
    if failed:
        raise InputError(f"a ridge of {ridge:g} is too small for this log; give a larger one")
    full, _ = inverse(half, lower=True, overwrite_c=True)
    for start in range(0, len(full), BLOCK):
        end = min(start + BLOCK, len(full))
        full[start:end, end:] = full[end:, start:end].T
        corner = full[start:end, start:end]
        corner[:] = np.tril(corner) + np.tril(corner, -1).T
    return np.asarray(full.T)


def _nearby_ease(seen: sparse.csr_matrix, ridge: float) -> sparse.csr_matrix:
    """The same ridge regression of each item, on its `NEAREST` items alone, for catalogues too
    large for the closed form (as fsSLIM does: Ning and Karypis, ICDM 2011)."""
    counts = _common_users(seen)
    scale = 1 / np.sqrt(counts.diagonal() + ridge)
    columns: list[npt.NDArray[np.int32]] = []
    values, lengths = [], [0]
    for start in range(0, seen.shape[1], SOLVED):
        items = range(start, min(start + SOLVED, seen.shape[1]))
        near, common = zip(*(_nearest(counts, item, scale) for item in items), strict=True)
        weights = _regressed(counts, near, common, ridge)
        columns += near
        values += [own[: len(places)] for own, places in zip(weights, near, strict=True)]
        lengths += map(len, near)
    made = (np.concatenate(values), np.concatenate(columns), np.cumsum(lengths))
    return sparse.csc_matrix(made, shape=counts.shape).tocsr()


def _common_users(seen: sparse.csr_matrix) -> sparse.csr_matrix:
    """The Gram matrix: how many users each two items have in common, float32 [items, items]. The
    smallest counts are left out where there are more than `MOST_COUNTS`."""
    by_item, least, stored = seen.T.tocsr(), 1, 0
    blocks: list[sparse.csr_matrix] = []
    for start in range(0, seen.shape[1], SOLVED):
        blocks.append(_at_least(by_item[start : start + SOLVED] @ seen, least))
        stored += blocks[-1].nnz
        while stored > MOST_COUNTS:
            least += 1
            blocks = [_at_least(block, least) for block in blocks]
            stored = sum(block.nnz for block in blocks)
    counts = sparse.csr_matrix(sparse.vstack(blocks))
    counts.setdiag(np.asarray(seen.sum(axis=0)).ravel())
    counts.sort_indices()
    return counts


def _at_least(counts: sparse.csr_matrix, least: int) -> sparse.csr_matrix:
    counts.data[counts.data < least] = 0
    counts.eliminate_zeros()
    return counts


def _nearest(
    counts: sparse.csr_matrix, item: int, scale: Floats
) -> tuple[npt.NDArray[np.int32], Floats]:
    """The `NEAREST` items of largest shrunk cosine to an item, int32 [at most `NEAREST`], and how
    many users they have in common with it."""
    own = slice(counts.indptr[item], counts.indptr[item + 1])
    others, common = counts.indices[own], counts.data[own]
    order = np.argsort(-common * scale[others], kind="stable")[: NEAREST + 1]
    order = order[others[order] != item][:NEAREST]
    return others[order], common[order]


def _regressed(
    counts: sparse.csr_matrix,
    near: Sequence[npt.NDArray[np.int32]],
    common: Sequence[Floats],
    ridge: float,
) -> Floats:
    """The weights of several items on their near ones, float32 [items, most near ones]."""
    lengths = np.array([len(own) for own in near])
    most = int(lengths.max(initial=0))
    filled = np.arange(most) < lengths[:, None]
    places = np.zeros(filled.shape, np.int32)
    places[filled] = np.concatenate(near)
    target = np.zeros(filled.shape)
    target[filled] = np.concatenate(common)
    left, right = np.triu_indices(most, 1)
    rows, columns = places[:, left], places[:, right]
    size = np.diff(counts.indptr)
    swap = size[rows] > size[columns]  # a count is found sooner in a short row
    rows, columns = np.where(swap, columns, rows), np.where(swap, rows, columns)
    both = filled[:, left] & filled[:, right]
    pairs, pair = np.unique(rows[both] * np.int64(len(size)) + columns[both], return_inverse=True)
    upper = np.zeros(rows.shape)
    upper[both] = np.asarray(counts[pairs // len(size), pairs % len(size)]).ravel()[pair]
    gram = np.zeros((len(near), most, most))
    gram[:, left, right] = gram[:, right, left] = upper
    itself = np.arange(most)
    gram[:, itself, itself] = ridge + np.where(filled, counts.diagonal()[places], 0)
    return np.linalg.solve(gram, target[..., None])[..., 0].astype(np.float32)


def _strongest(weights: Floats) -> sparse.csr_matrix:
    """The `KEPT` entries of largest absolute value in every row."""
    if weights.shape[1] > KEPT:
        cut = np.partition(np.abs(weights), -KEPT, axis=1)[:, -KEPT]
        weights = np.where(np.abs(weights) >= cut[:, None], weights, 0.0)
    return sparse.csr_matrix(weights, dtype=np.float32)
