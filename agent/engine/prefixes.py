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


@dataclass
class Reuse:
    """Prompt tokens asked for, and those of them that were at hand."""

    asked: int = 0
    reused: int = 0


class PrefixCache:
    """The last `size` prompts; beginnings shorter than `least` tokens are not worth a copy."""

    def __init__(self, size: int = 8, least: int = 16) -> None:
        self.reuse = Reuse()
        self._size, self._least = size, least
        self._kept: OrderedDict[tuple[str | None, tuple[int, ...]], list[tuple[Tensor, Tensor]]]
        self._kept = OrderedDict()

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
        cache = DynamicCache()
        if best is None or length < self._least:
            return cache, 0
        self._kept.move_to_end(best)
        for layer, (keys, values) in enumerate(self._kept[best]):
            cache.update(keys[:, :, :length], values[:, :, :length], layer)
        self.reuse.reused += length
        return cache, length

    def keep(self, ids: Sequence[int], adapter: str | None, cache: Any) -> None:
        """Remember a computed prompt; the oldest beyond `size` is let go."""
        key = (adapter, tuple(ids))
        self._kept[key] = [(layer.keys, layer.values) for layer in cache.layers]
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
