"""A model that computes in milliseconds: the tokenizer of the small model, and random weights."""

import re
from pathlib import Path

import torch

from shelftalker.engine.models import DEFAULT_MODEL, resolve

SHAPE = {
    "hidden_size": 192,
    "intermediate_size": 384,
    "num_hidden_layers": 2,
    "num_attention_heads": 6,
    "num_key_value_heads": 3,
    "head_dim": 32,
}


def write_tiny_model(folder: Path) -> Path:
    """Write it. Each token that it writes depends on all before it. The likeliest are letters, as
    labels are, and words with a space before them: such a text has the same tokens when it is read
    again."""
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    source = resolve(DEFAULT_MODEL)
    tokenizer = AutoTokenizer.from_pretrained(source)
    model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(source, **SHAPE))
    random = torch.Generator().manual_seed(0)
    words = model.get_input_embeddings().weight
    for weight in model.parameters():
        if weight.dim() == 2 and weight is not words:
            drawn = torch.randn(weight.shape, generator=random)
            weight.data = (2 * drawn / weight.shape[1] ** 0.5).to(weight.dtype)
    text = tokenizer.convert_ids_to_tokens(range(len(words)))
    wide = torch.tensor([0.3 if re.fullmatch("Ġ[A-Za-z]{3,}|[A-Z]", one) else 0.1 for one in text])
    drawn = torch.randn(words.shape, generator=random) * wide[:, None]
    words.data = drawn.to(words.dtype)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
