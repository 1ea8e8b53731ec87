"""Continuous batching for the transformers engine, in one left-padded batch.

A request is prefilled alone, then its key-value cache is merged into the batch's; from there on one
forward pass gives every running request its next token, and those that `prompt_lookup` guessed
right. A finished or cancelled row is cut out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor

from shelftalker.engine.base import Sampling
from shelftalker.engine.compat.transformers import layers_in, replace_layers
from shelftalker.engine.local.prompt_lookup import MAX_GUESSES, Lookup
from shelftalker.engine.tokens import TextStream
from shelftalker.errors import EngineError

MAX_PASS_TOKENS = 32
"""Of all rows, guesses included: with many rows, guessing costs more time than it saves."""


class Forward(Protocol):
    """One forward pass. `adapters` names one adapter per row; `keep` last positions get logits."""

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
class DecodingRow:
    """One request in the batch. `emit` takes text pieces, then None at the end (or an error)."""

    prompt: list[int]
    sampling: Sampling
    adapter: str | None
    text: TextStream
    emit: Callable[[str | EngineError | None], None]
    likely: Sequence[Sequence[int]] = ()
    cancelled: bool = False
    done: bool = False
    last: int = -1
    count: int = 0
    random: torch.Generator = field(default_factory=torch.Generator)

    def __post_init__(self) -> None:
        self.random.manual_seed(self.sampling.seed)
        self._lookup = Lookup(self.prompt, self.likely)
        self._max_guesses = MAX_GUESSES

    def guess(self, most: int) -> list[int]:
        """Draft tokens after the last one; never more than may still be written."""
        left = self.sampling.max_tokens - self.count - 1
        return self._lookup.guess(min(most, self._max_guesses, left))

    def take_run(self, guessed: Sequence[int], logits: Tensor, ends: frozenset[int]) -> int:
        """Take tokens from logits [1 + guessed, vocab] as long as the guesses are what is picked.
        Returns how many guesses were right; the fewer, the fewer are made next."""
        self.take(logits[0], ends)
        right = 0
        while right < len(guessed) and not self.done and self.last == guessed[right]:
            right += 1
            self.take(logits[right], ends)
        if guessed:
            self._max_guesses = min(MAX_GUESSES, 2 * right + 1)
        return right

    def take(self, logits: Tensor, ends: frozenset[int]) -> None:
        """Pick the next token from logits [vocab], and emit the text that is certain."""
        self.last = self._pick(logits)
        self._lookup.append(self.last)
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


class DecodingBatch:
    """The rows decoding now, with their cache [rows, heads, positions, …] and mask."""

    def __init__(
        self, forward: Forward, prefill: Prefill, ends: frozenset[int], device: torch.device
    ) -> None:
        self.rows: list[DecodingRow] = []
        self._forward = forward
        self._prefill = prefill
        self._ends = ends
        self._device = device
        self._cache: Any = None
        self._mask = torch.empty(0, 0)

    def join(self, row: DecodingRow) -> None:
        """Prefill a request, and let it decode with the others unless its first token ends it."""
        if row.cancelled:
            return
        logits, cache = self._prefill(row.prompt, row.adapter)
        row.take(logits, self._ends)
        if not row.done:
            mask = torch.ones(1, len(row.prompt), dtype=torch.long, device=self._device)
            self._merge(cache, mask)
            self.rows.append(row)

    def step(self) -> None:
        """One more token for every row, or several where its guesses were right."""
        self._keep([not row.cancelled for row in self.rows])
        if not self.rows:
            return
        most = max(MAX_PASS_TOKENS // len(self.rows) - 1, 0)
        guesses = [row.guess(most) for row in self.rows]
        width = max(map(len, guesses))
        ids = [
            [row.last, *g, *[0] * (width - len(g))]
            for row, g in zip(self.rows, guesses, strict=True)
        ]
        self._extend_mask([1 + len(guess) for guess in guesses], width + 1)
        adapters = [row.adapter for row in self.rows]
        logits = self._forward(
            torch.tensor(ids, device=self._device), self._cache, adapters, mask=self._mask,
            keep=width + 1,
        )  # fmt: skip
        right = [
            row.take_run(guess, scores, self._ends)
            for row, guess, scores in zip(self.rows, guesses, logits, strict=True)
        ]
        self._mask = self._mask[:, : -(width + 1)]
        self._extend_mask([1 + n for n in right], width + 1)
        self._keep([not row.done for row in self.rows])

    def _extend_mask(self, lengths: list[int], width: int) -> None:
        """Append `width` columns to the mask, of which each row sees its first `lengths`."""
        columns = torch.arange(width, device=self._device)
        new = columns < torch.tensor(lengths, device=self._device)[:, None]
        self._mask = torch.cat([self._mask, new.to(self._mask.dtype)], dim=1)

    def clear(self) -> list[DecodingRow]:
        """Remove all rows and return them."""
        rows, self.rows = self.rows, []
        self._cache = None
        return rows

    def _merge(self, cache: Any, mask: Tensor) -> None:
        """Append rows to the cache; the shorter side is padded on its left."""
        if not self.rows:
            self._cache, self._mask = cache, mask
            return
        width = max(mask.shape[1], self._mask.shape[1])
        self._mask = torch.cat([_pad(self._mask, 1, width), _pad(mask, 1, width)])
        pairs = zip(layers_in(self._cache), layers_in(cache), strict=True)
        replace_layers(
            self._cache,
            [
                (
                    torch.cat([_pad(keys, 2, width), _pad(new_keys, 2, width)]),
                    torch.cat([_pad(values, 2, width), _pad(new_values, 2, width)]),
                )
                for (keys, values), (new_keys, new_values) in pairs
            ],
        )

    def _keep(self, wanted: list[bool]) -> None:
        """Cut out the other rows, and the columns that no row sees any more."""
        self.rows = [row for row, keep in zip(self.rows, wanted, strict=True) if keep]
        if not self.rows:
            self._cache = None
        elif all(wanted):  # only the last columns may be unused: a view is enough
            self._cut(slice(None), slice(int(self._mask.any(dim=0).nonzero().max()) + 1))
        else:
            index = torch.tensor([i for i, keep in enumerate(wanted) if keep], device=self._device)
            self._cut(index, self._mask[index].any(dim=0).nonzero()[:, 0])

    def _cut(self, rows: Tensor | slice, columns: Tensor | slice) -> None:
        self._mask = self._mask[rows][:, columns]
        replace_layers(
            self._cache,
            [
                (keys[rows][:, :, columns], values[rows][:, :, columns])
                for keys, values in layers_in(self._cache)
            ],
        )


def _pad(tensor: Tensor, dim: int, width: int) -> Tensor:
    missing = width - tensor.shape[dim]
    if not missing:
        return tensor
    shape = [*tensor.shape[:dim], missing, *tensor.shape[dim + 1 :]]
    return torch.cat([tensor.new_zeros(shape), tensor], dim=dim)
