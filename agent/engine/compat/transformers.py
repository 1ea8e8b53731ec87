"""transformers: grouped-query attention on a CPU, and the tensors inside a `DynamicCache`.

Where there is a mask, transformers' `sdpa` copies keys and values once for every query head, which
takes longer than the attention itself. Here the query heads that share a key head are further
positions of one head, with the mask repeated for each: the same numbers without the copies.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, AttentionMaskInterface, DynamicCache
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

GROUPED = "sdpa_grouped"
"""As `attn_implementation`, once this module is loaded."""


def grouped(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    **options: Any,
) -> tuple[Tensor, None]:
    """Query [rows, heads, length, size], key and value [rows, groups, positions, size], mask
    [rows, 1, length, positions]; returns [rows, length, heads, size]."""
    rows, heads, length, size = query.shape
    groups = key.shape[1]
    if heads == groups or (attention_mask is None and length > 1):  # no mask: causal from the start
        plain: tuple[Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, scaling=scaling, **options
        )
        return plain
    each = heads // groups
    mask = attention_mask
    if mask is not None:
        mask = mask[:, :, None].expand(-1, -1, each, -1, -1).flatten(2, 3)
    stacked = query.reshape(rows, groups, each * length, size)
    out = scaled_dot_product_attention(stacked, key, value, attn_mask=mask, scale=scaling)
    return out.reshape(rows, heads, length, size).transpose(1, 2).contiguous(), None


AttentionInterface.register(GROUPED, grouped)
AttentionMaskInterface.register(GROUPED, sdpa_mask)

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


def replace_layers(cache: Any, layers: Iterable[KeysAndValues]) -> None:
    """Put other tensors into a cache that is in use."""
    for layer, (keys, values) in zip(cache.layers, layers, strict=True):
        layer.keys, layer.values = keys, values


def cache_holds_tensors() -> bool:
    """Whether caches still keep keys and values where this module looks for them."""
    old, new = torch.zeros(1, 1, 2, 1), torch.ones(1, 1, 1, 1)
    try:
        cache = cache_of([(old, old)])
        replace_layers(cache, [(new, new)])
        [(keys, _)] = layers_in(cache)
        return torch.equal(keys, new) and cache.get_seq_length() == 1
    except (AttributeError, TypeError, ValueError):
        return False
