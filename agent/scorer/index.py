"""Exact top-k over one row of scores, with a mask of what may be returned."""

import numpy as np
import numpy.typing as npt

from shelftalker.scorer.base import Floats, Mask


def top_k(scores: Floats, n: int, allowed: Mask | None = None) -> npt.NDArray[np.int64]:
    """Rows of the n highest allowed scores, best first; equal scores keep row order.

    `scores` is float32 [items], `allowed` bool [items]. Fewer than n rows come back where fewer
    are allowed.
    """
    rows = np.arange(len(scores)) if allowed is None else np.flatnonzero(allowed)
    n = min(n, len(rows))
    if n <= 0:
        return np.empty(0, np.int64)
    values = scores[rows]
    threshold = np.partition(values, len(rows) - n)[len(rows) - n]
    candidates = np.flatnonzero(values >= threshold)
    order = np.lexsort((candidates, -values[candidates]))[:n]
    best: npt.NDArray[np.int64] = rows[candidates[order]].astype(np.int64)
    return best
