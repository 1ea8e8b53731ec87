"""What the adapters of a batch add to a layer's output, in two multiplications.

On a CPU a call costs more than what it computes on a few tokens. So the adapters in a layer's slots
are joined: their first factors below each other, their second factors too, every rank in the
columns of the part of the output that it changes. Slots that do not change the layer take no room.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

import torch
from torch import Tensor

LONG = 16
"""How many tokens a run must have on average for runs to be quicker than all slots at once."""


class TokenRun(NamedTuple):
    """Tokens `start` to `end` of a batch, all with the adapter of a slot."""

    slot: int
    start: int
    end: int


def runs_of(slots: Sequence[int]) -> list[TokenRun]:
    """Tokens in a row with the same adapter; -1 is none."""
    found, start = [], 0
    for slot, own in groupby(slots):
        end = start + len(list(own))
        if slot >= 0:
            found.append(TokenRun(slot, start, end))
        start = end
    return found


class TokenSlots:
    """Whose adapter the tokens of a batch take: `slots`, int64 [tokens]; -1 is none."""

    def __init__(self, slots: Tensor) -> None:
        self._slots = slots
        self.runs = runs_of(slots.tolist())
        self._others: dict[tuple[int, ...], Tensor] = {}

    @cached_property
    def at_once(self) -> bool:
        """Whether all slots' shares of all tokens are quicker than a run at a time."""
        return len(self.runs) > 1 and len(self._slots) <= LONG * len(self.runs)

    def others(self, owners: tuple[int, ...]) -> Tensor:
        """Where ranks are not of a token's adapter, bool [tokens, ranks]; `owners`: their slots."""
        if owners not in self._others:
            self._others[owners] = self._slots[:, None] != torch.tensor(owners)
        return self._others[owners]


@dataclass(frozen=True)
class Both:
    """Factors of one slot, or of all: `a` [ranks, in], `b` [ranks, out]."""

    a: Tensor
    b: Tensor

    def add(self, y: Tensor, x: Tensor, scale: float, others: Tensor | None = None) -> None:
        """To `y`, [tokens, out], the share of `x`, [tokens, in]."""
        narrow = x @ self.a.T
        if others is not None:
            narrow.masked_fill_(others, 0)
        if y.dtype == narrow.dtype:
            y.addmm_(narrow, self.b, alpha=scale)
        else:
            y.add_(narrow @ self.b, alpha=scale)


class Joined:
    """The adapters of one layer. `a`, `b`: a tensor a part of the output, [slots, 1, rank, in] and
    [slots, 1, out, rank], which others fill; they say so by `change`."""

    def __init__(self, a: Sequence[Tensor], b: Sequence[Tensor]) -> None:
        self._a, self._b = a, b
        self._changed = set(range(len(a[0])))
        self._slots: dict[int, Both] = {}
        self._all: Both | None = None
        self._owners: tuple[int, ...] = ()

    def change(self, slot: int) -> None:
        """Other weights are in a slot now."""
        self._changed.add(slot)

    def add(self, y: Tensor, x: Tensor, batch: TokenSlots, scale: float = 1.0) -> None:
        """To `y`, [tokens, out], what each token's adapter makes of `x`, [tokens, in]."""
        self._join()
        if self._all and batch.at_once:
            self._all.add(y, x, scale, batch.others(self._owners))
            return
        for slot, start, end in batch.runs:
            if slot in self._slots:
                self._slots[slot].add(y[start:end], x[start:end], scale)

    def _join(self) -> None:
        if not self._changed:
            return
        for slot in self._changed:
            self._slots.pop(slot, None)
            if found := self._of(slot):
                self._slots[slot] = found
        self._changed.clear()
        parts = sorted(self._slots.items())
        self._all, self._owners = None, ()
        if parts:
            self._all = Both(
                torch.cat([one.a for _, one in parts]), torch.cat([one.b for _, one in parts])
            )
            self._owners = tuple(slot for slot, one in parts for _ in range(len(one.a)))

    def _of(self, slot: int) -> Both | None:
        """The ranks of a slot that change anything, None where none does."""
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
        return Both(torch.cat(first), torch.cat(second)) if first else None
