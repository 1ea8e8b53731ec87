"""Top-k search by inner product: exact with BLAS, approximate with FAISS for large catalogues.

`top_k` ranks one row of scores; `nearest` and `FaissIndex.search` find the rows of a matrix with
the largest inner products with a query. All return exactly n rows that the mask allows, or all of
them where it allows fewer.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from shelftalker.errors import MissingExtra, WorkspaceError
from shelftalker.scorer.base import Floats, Mask, Rows
from shelftalker.store.atomic import replacing
from shelftalker.store.settings import IndexSettings

EXACT_SHARE = 0.15  # share of allowed rows up to which an exact search over them is faster
HNSW_LINKS, HNSW_EF_BUILD, HNSW_EF_SEARCH = 32, 80, 800
NORM_MARGIN = 1.5  # by how much later vectors may exceed the largest squared norm
ADD_BLOCK = 100_000  # vectors copied at a time
IVF_PROBES, PQ_DIMS = 64, 4  # lists read in a search; dimensions coded in one byte
PQ_REFINED = 8  # candidates scored exactly for each item wanted
GROUP = 64  # columns whose maximum stands for them
MIN_SHARED = 0.5  # share of vectors that a stored index must share with the matrix to be reused


def top_k(scores: Floats, n: int, allowed: Mask | None = None) -> Rows:
    """Rows of the n highest allowed scores, best first; equal scores keep row order.

    `scores` is float32 [items], `allowed` bool [items]. Fewer than n rows come back where fewer
    are allowed.
    """
    if allowed is not None:
        rows = np.flatnonzero(allowed)
        return rows[top_k(scores[rows], n)].astype(np.int64)
    n = min(n, len(scores))
    if n <= 0:
        return np.empty(0, np.int64)
    candidates = np.flatnonzero(scores >= np.partition(scores, len(scores) - n)[len(scores) - n])
    order = np.lexsort((candidates, -scores[candidates]))[:n]
    return candidates[order].astype(np.int64)


def top_columns(scores: Floats, n: int) -> Rows:
    """For each row of float32 [rows, columns] the n columns of its highest scores, in no order:
    int64 [rows, n]. They are sought in the n groups of columns with the highest maxima."""
    columns = scores.shape[1]
    whole = columns - columns % GROUP
    if columns <= 4 * n * GROUP:
        return np.argpartition(scores, columns - n, axis=1)[:, columns - n :]
    maxima = scores[:, :whole].reshape(len(scores), whole // GROUP, GROUP).max(2)
    groups = top_columns(maxima, n)[:, :, None] * GROUP + np.arange(GROUP)
    rest = np.broadcast_to(np.arange(whole, columns), (len(scores), columns - whole))
    sought = np.hstack([groups.reshape(len(scores), n * GROUP), rest])
    best = top_columns(np.take_along_axis(scores, sought, 1), n)
    return np.take_along_axis(sought, best, 1)


def nearest(vectors: Floats, query: Floats, n: int, allowed: Mask | None = None) -> Rows:
    """Rows of the n highest inner products, exactly: `vectors` [items, d], `query` [d]."""
    if allowed is not None and allowed.mean() <= EXACT_SHARE:
        rows = np.flatnonzero(allowed)
        return rows[top_k(vectors[rows] @ query, n)].astype(np.int64)
    return top_k(vectors @ query, n, allowed)


class FaissIndex:
    """An approximate index of the rows of a matrix: HNSW (Malkov, 2018) or IVF-PQ (Jégou, 2011).

    Graphs and lists over inner products work badly, so FAISS gets an equivalent nearest-neighbour
    problem: one more dimension gives all vectors the squared norm `_top` (Bachrach, RecSys 2014).
    The few later vectors that are longer are compared in every search.

    FAISS numbers vectors in the order of insertion. `keys` identifies each by content, and `_rows`
    maps it to its row of the matrix, -1 where it was removed, so that items can be added, removed
    and changed without a rebuild.
    """

    def __init__(self, index: Any, top: float, keys: Rows, rows: Rows, vectors: Floats) -> None:
        self._index = index
        self._top = top
        self._keys = keys
        self._rows = rows
        self._held = rows >= 0
        self._long = np.flatnonzero(np.einsum("id,id->i", vectors, vectors) > top)
        self.vectors = vectors

    @classmethod
    def build(cls, ids: Sequence[str], vectors: Floats, settings: IndexSettings) -> "FaissIndex":
        """Index all rows of float32 [items, d]. Raises `MissingExtra` without FAISS."""
        top = NORM_MARGIN * float(np.einsum("id,id->i", vectors, vectors).max())
        index = _empty(vectors, top, settings)
        built = cls(index, top, _keys(ids, vectors), np.arange(len(vectors)), vectors)
        built._add(vectors)
        return built

    def search(self, query: Floats, n: int, allowed: Mask | None = None) -> Rows:
        """As `nearest`, but may miss some of the rows; mask and order are exact.

        Falls back to `nearest` where few rows are allowed or the index returns too few.
        """
        open_rows = len(self.vectors) if allowed is None else int(allowed.sum())
        wanted = min(n, open_rows)
        if open_rows <= max(2 * n, EXACT_SHARE * len(self.vectors)):
            return nearest(self.vectors, query, n, allowed)
        asked = np.pad(query[None], ((0, 0), (0, self._index.d - len(query))))
        depth = wanted if hasattr(self._index, "hnsw") else min(PQ_REFINED * wanted, open_rows)
        _, [places] = self._index.search(asked, depth, params=self._parameters(n, allowed))
        rows = self._rows[places[places >= 0]]
        if len(rows) < wanted:
            return nearest(self.vectors, query, n, allowed)
        long = self._long if allowed is None else self._long[allowed[self._long]]
        rows = np.union1d(rows, long)
        return rows[top_k(self.vectors[rows] @ query, n)]

    def adapted(self, ids: Sequence[str], vectors: Floats) -> "FaissIndex":
        """This index for a changed matrix. Both share the FAISS index: do not use the old one."""
        keys = _keys(ids, vectors)
        place = {key: row for row, key in enumerate(keys.tolist())}
        rows = np.array([place.pop(key, -1) for key in self._keys.tolist()], np.int64)
        fresh = np.array(sorted(place.values()), np.int64)
        if len(fresh):
            self._add(vectors[fresh])
        held = np.concatenate([self._keys, keys[fresh]])
        return FaissIndex(self._index, self._top, held, np.concatenate([rows, fresh]), vectors)

    def save(self, file: Path) -> None:
        """Write the index, replacing the file as a whole."""
        with replacing(file) as temporary:
            blob = _faiss().serialize_index(self._index)
            with temporary.open("wb") as opened:
                np.savez(opened, index=blob, keys=self._keys, top=self._top)

    def _add(self, vectors: Floats) -> None:
        for part in np.array_split(vectors, 1 + len(vectors) // ADD_BLOCK):
            self._index.add(_equally_long(part, self._top, self._index.d))

    def _parameters(self, n: int, allowed: Mask | None) -> Any:
        faiss = _faiss()
        held = self._held
        if allowed is not None:
            held = held & allowed[self._rows]
        bits = np.packbits(held, bitorder="little")
        selector = None if held.all() else faiss.IDSelectorBitmap(bits)
        if hasattr(self._index, "hnsw"):
            breadth = max(HNSW_EF_SEARCH, n + n // 2)
            return faiss.SearchParametersHNSW(efSearch=breadth, sel=selector)
        return faiss.SearchParametersIVF(nprobe=IVF_PROBES, sel=selector)


def open_index(
    file: Path, ids: Sequence[str], vectors: Floats, settings: IndexSettings
) -> FaissIndex:
    """The index stored in a file, updated to these vectors; built and stored where it differs too
    much.

    Raises `MissingExtra` without FAISS and `WorkspaceError` for a damaged file.
    """
    index = _read(file, ids, vectors, settings) if file.is_file() else None
    if index is None:
        index = FaissIndex.build(ids, vectors, settings)
        index.save(file)
    return index


def _read(
    file: Path, ids: Sequence[str], vectors: Floats, settings: IndexSettings
) -> FaissIndex | None:
    faiss = _faiss()
    try:
        with np.load(file) as arrays:
            index = faiss.deserialize_index(arrays["index"])
            keys, top = arrays["keys"], float(arrays["top"])
    except (OSError, ValueError, KeyError, RuntimeError, BadZipFile) as error:
        raise WorkspaceError(f"{file} is damaged ({error}); delete it, it is built again") from None
    kept = np.isin(_keys(ids, vectors), keys).sum()
    like = index.d == _dim(vectors.shape[1]) and hasattr(index, "hnsw") == (settings.kind == "hnsw")
    if not like or kept < MIN_SHARED * max(len(keys), len(vectors)):
        return None
    return FaissIndex(index, top, keys, np.full(len(keys), -1), vectors).adapted(ids, vectors)


def _empty(vectors: Floats, top: float, settings: IndexSettings) -> Any:
    faiss = _faiss()
    items, dim = len(vectors), _dim(vectors.shape[1])
    if settings.kind == "hnsw":
        index = faiss.IndexHNSWFlat(dim, HNSW_LINKS, faiss.METRIC_L2)
        index.hnsw.efConstruction = HNSW_EF_BUILD
        return index
    lists = max(1, int(2 * items**0.5))
    coarse = faiss.IndexFlatL2(dim)
    index = faiss.IndexIVFPQ(coarse, dim, lists, dim // PQ_DIMS, 8, faiss.METRIC_L2)
    index.own_fields = True
    coarse.this.disown()
    sample = vectors[:: max(1, items // max(lists * 64, 20_000))]
    index.train(_equally_long(sample, top, dim))
    return index


def _dim(dim: int) -> int:
    """One dimension more, for the norm, rounded up to a multiple of `PQ_DIMS`."""
    return -(-(dim + 1) // PQ_DIMS) * PQ_DIMS


def _equally_long(vectors: Floats, top: float, dim: int) -> Floats:
    """Pad vectors to `dim` dimensions and the squared norm `top`; longer ones keep their norm."""
    lacking = np.maximum(top - np.einsum("id,id->i", vectors, vectors), 0)
    padded = np.zeros((len(vectors), dim), np.float32)
    padded[:, : vectors.shape[1]] = vectors
    padded[:, vectors.shape[1]] = np.sqrt(lacking)
    return padded


def _keys(ids: Sequence[str], vectors: Floats) -> Rows:
    """A hash of each item's id and vector, int64 [items]."""
    digests = (
        hashlib.blake2b(item_id.encode() + vector.tobytes(), digest_size=8).digest()
        for item_id, vector in zip(ids, vectors, strict=True)
    )
    return np.frombuffer(b"".join(digests), np.int64)


def _faiss() -> Any:
    try:
        import faiss
    except ImportError:
        raise MissingExtra("faiss", "index") from None
    return faiss
