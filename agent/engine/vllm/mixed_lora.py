"""LoRA products of a mixed batch on a CPU: all adapters of a layer in two multiplications.

On a CPU a call costs more than its arithmetic on a few tokens. So the adapters in a layer's slots
are stacked: their first factors below each other, their second factors too, each rank in the
columns of the part of the output that it changes. Slots that do not change the layer take no room.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

import torch
from torch import Tensor

MAX_STACKED_RUN = 16
"""Mean tokens of a run up to which all slots at once are faster than one run after the other."""


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


class TokenSlots:
    """The slot of each token's adapter in a batch: `slots`, int64 [tokens]; -1 is none."""

    def __init__(self, slots: Tensor) -> None:
        self._slots = slots
        self.runs = runs_of(slots.tolist())
        self._masks: dict[tuple[int, ...], Tensor] = {}

    @cached_property
    def mixed(self) -> bool:
        """Whether the runs are so short that all slots at once are faster."""
        return len(self.runs) > 1 and len(self._slots) <= MAX_STACKED_RUN * len(self.runs)

    def foreign(self, owners: tuple[int, ...]) -> Tensor:
        """Which ranks are not of a token's adapter, bool [tokens, ranks]; `owners`: their slots."""
        if owners not in self._masks:
            self._masks[owners] = self._slots[:, None] != torch.tensor(owners)
        return self._masks[owners]


@dataclass(frozen=True)
class LoraFactors:
    """The factors of one slot, or of all: `a` [ranks, in], `b` [ranks, out]."""

    a: Tensor
    b: Tensor

    def add(self, y: Tensor, x: Tensor, scale: float, masked: Tensor | None = None) -> None:
        """Add to `y`, [tokens, out], the product with `x`, [tokens, in], without masked ranks."""
        low = x @ self.a.T
        if masked is not None:
            low.masked_fill_(masked, 0)
        if y.dtype == low.dtype:
            y.addmm_(low, self.b, alpha=scale)
        else:
            y.add_(low @ self.b, alpha=scale)


class LayerAdapters:
    """The adapters of one layer. `a`, `b`: a tensor for each part of the output, [slots, 1, rank,
    in] and [slots, 1, out, rank]; their owner calls `mark_changed` after it writes to them."""

    def __init__(self, a: Sequence[Tensor], b: Sequence[Tensor]) -> None:
        self._a, self._b = a, b
        self._changed = set(range(len(a[0])))
        self._slots: dict[int, LoraFactors] = {}
        self._all: LoraFactors | None = None
        self._owners: tuple[int, ...] = ()

    def mark_changed(self, slot: int) -> None:
        """A slot has other weights now."""
        self._changed.add(slot)

    def add(self, y: Tensor, x: Tensor, batch: TokenSlots, scale: float = 1.0) -> None:
        """Add to `y`, [tokens, out], what each token's adapter makes of `x`, [tokens, in]."""
        self._stack()
        if self._all and batch.mixed:
            self._all.add(y, x, scale, batch.foreign(self._owners))
            return
        for slot, start, end in batch.runs:
            if slot in self._slots:
                self._slots[slot].add(y[start:end], x[start:end], scale)

    def _stack(self) -> None:
        if not self._changed:
            return
        for slot in self._changed:
            self._slots.pop(slot, None)
            if factors := self._factors(slot):
                self._slots[slot] = factors
        self._changed.clear()
        parts = sorted(self._slots.items())
        self._all, self._owners = None, ()
        if parts:
            self._all = LoraFactors(
                torch.cat([one.a for _, one in parts]), torch.cat([one.b for _, one in parts])
            )
            self._owners = tuple(slot for slot, one in parts for _ in range(len(one.a)))

    def _factors(self, slot: int) -> LoraFactors | None:
        """The ranks of a slot that change anything; None where there are none."""
        width = sum(b.shape[2] for b in self._b)
        first, second, start = [], [], 0
        for a, b in zip(self._a, self._b, strict=True):
            out = b.shape[2]
            ranks = b[slot, 0].any(0).nonzero()[:, 0]
            if len(ranks):
                placed = b.new_zeros(len(ranks), width)
                placed[:, start : start + out] = b[slot, 0][:, ranks].T
                first.append(a[slot, 0][ranks])
                second.append(placed)
            start += out
        return LoraFactors(torch.cat(first), torch.cat(second)) if first else None
