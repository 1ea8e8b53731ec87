"""Keys and values of the prompts computed last, so that a beginning they share is computed once.

The pick and all descriptions of one answer begin with the same user part, a retry is the same
prompt again, and the next turn of a conversation repeats the one before. An entry belongs to its
adapter: another adapter has other keys and values.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor
from transformers import DynamicCache

from shelftalker.engine.base import Reuse


@dataclass(frozen=True, slots=True)
class _CachedPrompt:
    """A prompt's last logits [vocab], and keys and values of every layer."""

    logits: Tensor
    layers: list[tuple[Tensor, Tensor]]

    def cache(self, length: int) -> Any:
        """The first `length` tokens as a cache of its own."""
        cache = DynamicCache()
        for layer, (keys, values) in enumerate(self.layers):
            cache.update(keys[:, :, :length], values[:, :, :length], layer)
        return cache


class PrefixCache:
    """The last `size` prompts; beginnings shorter than `least` tokens are not worth a copy."""

    def __init__(self, size: int = 8, least: int = 16) -> None:
        self.reuse = Reuse()
        self._size, self._least = size, least
        self._kept: OrderedDict[tuple[str | None, tuple[int, ...]], _CachedPrompt] = OrderedDict()

    def whole(self, ids: Sequence[int], adapter: str | None) -> tuple[Tensor, Any] | None:
        """Logits and cache of exactly this prompt, if it was computed lately: in bfloat16 the same
        prompt gives the same text again only by the same numbers."""
        entry = self._kept.get((adapter, tuple(ids)))
        if entry is None:
            return None
        self._kept.move_to_end((adapter, tuple(ids)))
        self.reuse.asked += len(ids)
        self.reuse.reused += len(ids)
        return entry.logits, entry.cache(len(ids))

    def start(self, ids: Sequence[int], adapter: str | None) -> tuple[Any, int]:
        """A cache that holds a beginning of the prompt, and its length in tokens; the last token
        is always left to compute."""
        best = max(
            (key for key in self._kept if key[0] == adapter),
            key=lambda key: _common(key[1], ids),
            default=None,
        )
        length = min(_common(best[1], ids), len(ids) - 1) if best else 0
        self.reuse.asked += len(ids)
        if best is None or length < self._least:
            return DynamicCache(), 0
        self._kept.move_to_end(best)
        self.reuse.reused += length
        return self._kept[best].cache(length), length

    def keep(self, ids: Sequence[int], adapter: str | None, logits: Tensor, cache: Any) -> None:
        """Remember a computed prompt; the oldest beyond `size` is let go."""
        key = (adapter, tuple(ids))
        self._kept[key] = _CachedPrompt(
            logits, [(layer.keys, layer.values) for layer in cache.layers]
        )
        self._kept.move_to_end(key)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def forget(self, adapter: str) -> None:
        """Let go of what an adapter computed."""
        for key in [key for key in self._kept if key[0] == adapter]:
            del self._kept[key]


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two prompts share at their beginning."""
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
