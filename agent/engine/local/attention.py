"""Attention on a CPU for models whose query heads share keys and values.

Where there is a mask, transformers' `sdpa` copies keys and values once for every query head, which
takes longer than the attention itself. Here the heads that share a key stand as further positions
of one head, the mask repeated for each: the same numbers without the copies.
"""

from typing import Any

from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, AttentionMaskInterface
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
