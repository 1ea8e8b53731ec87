"""Continuous batching for the transformers engine: a left-padded batch, joined and left at will.

A request is prefilled alone, then its key-value cache is merged into the batch's; from there on one
forward pass gives every running request its next token. A finished or cancelled row is cut out.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor

from shelftalker.engine.base import Sampling
from shelftalker.engine.tokens import TextStream
from shelftalker.errors import EngineError


class Forward(Protocol):
    """One forward pass. `adapters` names one adapter a row; `keep` last positions get logits."""

    def __call__(
        self,
        ids: Tensor,
        cache: Any,
        adapters: list[str | None],
        *,
        mask: Tensor | None = None,
        keep: int = 0,
    ) -> Tensor: ...


Prefill = Callable[[list[int], str | None], tuple[Tensor, Any]]
"""Logits [vocab] after a prompt with an adapter, and the prompt's cache."""


@dataclass(eq=False)
class Row:
    """One request in the batch. `emit` takes text pieces, then None at the end (or an error)."""

    prompt: list[int]
    sampling: Sampling
    adapter: str | None
    text: TextStream
    emit: Callable[[str | EngineError | None], None]
    cancelled: bool = False
    done: bool = False
    last: int = -1
    count: int = 0
    random: torch.Generator = field(default_factory=torch.Generator)

    def __post_init__(self) -> None:
        self.random.manual_seed(self.sampling.seed)

    def take(self, logits: Tensor, ends: frozenset[int]) -> None:
        """Pick the next token from logits [vocab], and emit what text is certain."""
        self.last = self._pick(logits)
        self.count += 1
        ended = self.last in ends
        if not ended:
            self.emit(self.text.push(self.last))
        self.done = ended or self.text.stopped or self.count >= self.sampling.max_tokens
        if self.done:
            self.emit(self.text.end())
            self.emit(None)

    def _pick(self, logits: Tensor) -> int:
        if self.sampling.temperature == 0:
            return int(logits.argmax())
        p = torch.softmax(logits.float().cpu() / self.sampling.temperature, dim=-1)
        p, order = p.sort(descending=True)
        p[p.cumsum(0) - p >= self.sampling.top_p] = 0  # the most likely token always stays
        return int(order[torch.multinomial(p, 1, generator=self.random)])


class Batch:
    """The rows decoding now, with their cache [rows, heads, positions, …] and mask."""

    def __init__(
        self, forward: Forward, prefill: Prefill, ends: frozenset[int], device: torch.device
    ) -> None:
        self.rows: list[Row] = []
        self._forward = forward
        self._prefill = prefill
        self._ends = ends
        self._device = device
        self._cache: Any = None
        self._mask = torch.empty(0, 0)

    def join(self, row: Row) -> None:
        """Prefill a request; unless one token was all, it decodes with the others from now on."""
        if row.cancelled:
            return
        logits, cache = self._prefill(row.prompt, row.adapter)
        row.take(logits, self._ends)
        if not row.done:
            mask = torch.ones(1, len(row.prompt), dtype=torch.long, device=self._device)
            self._merge(cache, mask)
            self.rows.append(row)

    def step(self) -> None:
        """One more token for every row."""
        self._keep([not row.cancelled for row in self.rows])
        if not self.rows:
            return
        ids = torch.tensor([[row.last] for row in self.rows], device=self._device)
        self._mask = torch.cat([self._mask, torch.ones_like(ids)], dim=1)
        adapters = [row.adapter for row in self.rows]
        logits = self._forward(ids, self._cache, adapters, mask=self._mask, keep=1)
        for row, scores in zip(self.rows, logits[:, -1], strict=True):
            row.take(scores, self._ends)
        self._keep([not row.done for row in self.rows])

    def clear(self) -> list[Row]:
        """Give up on all rows and return them."""
        rows, self.rows = self.rows, []
        self._cache = None
        return rows

    def _merge(self, cache: Any, mask: Tensor) -> None:
        """Append rows to the cache, the shorter side padded on its left."""
        if not self.rows:
            self._cache, self._mask = cache, mask
            return
        width = max(mask.shape[1], self._mask.shape[1])
        self._mask = torch.cat([_pad(self._mask, 1, width), _pad(mask, 1, width)])
        for ours, theirs in zip(self._cache.layers, cache.layers, strict=True):
            ours.keys = torch.cat([_pad(ours.keys, 2, width), _pad(theirs.keys, 2, width)])
            ours.values = torch.cat([_pad(ours.values, 2, width), _pad(theirs.values, 2, width)])

    def _keep(self, wanted: list[bool]) -> None:
        """Cut out the other rows, and the columns that then hold padding only."""
        if all(wanted):
            return
        self.rows = [row for row, keep in zip(self.rows, wanted, strict=True) if keep]
        if not self.rows:
            self._cache = None
            return
        index = torch.tensor([i for i, keep in enumerate(wanted) if keep], device=self._device)
        self._mask = self._mask[index]
        width = int(self._mask.sum(dim=1).max())
        self._mask = self._mask[:, -width:]
        for layer in self._cache.layers:
            layer.keys = layer.keys[index][:, :, -width:]
            layer.values = layer.values[index][:, :, -width:]


def _pad(tensor: Tensor, dim: int, width: int) -> Tensor:
    missing = width - tensor.shape[dim]
    if not missing:
        return tensor
    shape = [*tensor.shape[:dim], missing, *tensor.shape[dim + 1 :]]
    return torch.cat([tensor.new_zeros(shape), tensor], dim=dim)
