"""Prefix cache: keys and values of the last prompts, so that a shared prefix is computed once.

The pick and all descriptions of one answer begin with the same user part, a retry is the same
prompt again, and the next turn of a conversation repeats the one before. An entry belongs to its
adapter: another adapter has other keys and values.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from shelftalker.engine.base import Reuse
from shelftalker.engine.compat.transformers import KeysAndValues, cache_of, layers_in


@dataclass(frozen=True, slots=True)
class _CachedPrompt:
    """A prompt's last logits [vocab], and keys and values of every layer."""

    logits: Tensor
    layers: list[KeysAndValues]

    def cache(self, length: int) -> Any:
        """The first `length` tokens as a cache of its own."""
        return cache_of(
            (keys[:, :, :length], values[:, :, :length]) for keys, values in self.layers
        )


class PrefixCache:
    """The last `size` prompts; prefixes shorter than `least` tokens are not worth a copy."""

    def __init__(self, size: int = 8, least: int = 16) -> None:
        self.reuse = Reuse()
        self._size, self._least = size, least
        self._kept: OrderedDict[tuple[str | None, tuple[int, ...]], _CachedPrompt] = OrderedDict()

    def whole(self, ids: Sequence[int], adapter: str | None) -> tuple[Tensor, Any] | None:
        """Logits and cache of exactly this prompt if they are cached: in bfloat16 the same prompt
        gives the same text again only from the same numbers."""
        entry = self._kept.get((adapter, tuple(ids)))
        if entry is None:
            return None
        self._kept.move_to_end((adapter, tuple(ids)))
        self.reuse.asked += len(ids)
        self.reuse.reused += len(ids)
        return entry.logits, entry.cache(len(ids))

    def start(self, ids: Sequence[int], adapter: str | None) -> tuple[Any, int]:
        """A cache of the longest known prefix, and its length in tokens; the last token of the
        prompt is never in it."""
        best = max(
            (key for key in self._kept if key[0] == adapter),
            key=lambda key: _common(key[1], ids),
            default=None,
        )
        length = min(_common(best[1], ids), len(ids) - 1) if best else 0
        self.reuse.asked += len(ids)
        if best is None or length < self._least:
            return cache_of(), 0
        self._kept.move_to_end(best)
        self.reuse.reused += length
        return self._kept[best].cache(length), length

    def keep(self, ids: Sequence[int], adapter: str | None, logits: Tensor, cache: Any) -> None:
        """Store a computed prompt; the least recently used beyond `size` is deleted."""
        key = (adapter, tuple(ids))
        self._kept[key] = _CachedPrompt(logits, layers_in(cache))
        self._kept.move_to_end(key)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def forget(self, adapter: str) -> None:
        """Delete the entries of an adapter."""
        for key in [key for key in self._kept if key[0] == adapter]:
            del self._kept[key]


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """The length of the prefix that two prompts share."""
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
