"""Grouped attention: the numbers of transformers' own, with padding, on a cache, at any length."""

import pytest
import torch
from transformers import DynamicCache, LlamaConfig, LlamaForCausalLM

from shelftalker.engine.compat.transformers import GROUPED


@pytest.mark.parametrize("shared", [1, 2, 6])
def test_logits_are_those_of_plain_attention(shared: int) -> None:
    """A padded batch read at once, then one token a row, then several."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=50, hidden_size=48, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=6, num_key_value_heads=6 // shared,
    )  # fmt: skip
    plain = LlamaForCausalLM(config).eval()
    other = LlamaForCausalLM._from_config(config, attn_implementation=GROUPED).eval()
    other.load_state_dict(plain.state_dict())
    caches = [DynamicCache(), DynamicCache()]
    mask = torch.ones(3, 0, dtype=torch.long)
    for length in (9, 1, 4):
        mask = torch.cat([mask, torch.ones(3, length, dtype=torch.long)], dim=1)
        mask[0, :4] = mask[1, :1] = 0
        inputs = {
            "input_ids": torch.randint(50, (3, length)),
            "attention_mask": mask,
            "position_ids": (mask.cumsum(dim=1) - 1).clamp(min=0)[:, -length:],
        }
        with torch.inference_mode():
            expected, logits = (
                model(**inputs, past_key_values=cache, use_cache=True).logits
                for model, cache in zip((plain, other), caches, strict=True)
            )
        real = mask[:, -length:].bool()
        assert torch.allclose(logits[real], expected[real], atol=1e-5)
    assert not torch.allclose(expected[0], expected[1])
