"""LoRA products of a batch of tokens with several adapters, on a CPU."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from torch import Tensor


class TokenRun(NamedTuple):
    """Tokens `start` to `end` of a batch, all with the adapter of a slot."""

    slot: int
    start: int
    end: int


def runs_of(slots: Sequence[int]) -> list[TokenRun]:
    """Consecutive tokens with the same adapter; -1 is none."""
    runs, start = [], 0
    for slot, own in groupby(slots):
        end = start + len(list(own))
        if slot >= 0:
            runs.append(TokenRun(slot, start, end))
        start = end
    return runs


def add_runs(
    y: Tensor,
    x: Tensor,
    first: Sequence[Tensor],
    second: Sequence[Tensor],
    runs: Sequence[TokenRun],
    scale: float,
) -> None:
    """Add to `y`, [tokens, out], what each run's adapter makes of `x`, [tokens, in]. `first`,
    `second`: the factors for each part of the output, [slots, 1, rank, in], [slots, 1, out, rank];
    `y` may be wider than the parts together."""
    for slot, start, end in runs:
        column = 0
        for a, b in zip(first, second, strict=True):
            added = x[start:end] @ a[slot, 0].T @ b[slot, 0].T
            y[start:end, column : column + b.shape[2]] += scale * added
            column += b.shape[2]
