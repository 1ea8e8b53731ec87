"""transformers: the tensors inside a `DynamicCache`."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

KeysAndValues = tuple[Tensor, Tensor]
"""Of one layer, each [rows, heads, positions, size]."""


def cache_of(layers: Iterable[KeysAndValues] = ()) -> Any:
    """A cache that holds copies of these layers."""
    cache = DynamicCache()
    for number, (keys, values) in enumerate(layers):
        cache.update(keys, values, number)
    return cache


def layers_in(cache: Any) -> list[KeysAndValues]:
    """The tensors that a cache holds, layer by layer."""
    return [(layer.keys, layer.values) for layer in cache.layers]


def cache_holds_tensors() -> bool:
    """Whether caches still keep keys and values where this module looks for them."""
    old = torch.zeros(1, 1, 2, 1)
    try:
        [(keys, _)] = layers_in(cache_of([(old, old)]))
        return torch.equal(keys, old)
    except (AttributeError, TypeError, ValueError):
        return False
