"""Low-rank changes of the upper layers of MiniLM, as the small models learn them that
`engine/minilm.py` serves."""

import random
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from peft import LoraConfig, inject_adapter_in_model
from transformers import AutoModel

from shelftalker.engine.minilm import LAYERS, packaged

T = TypeVar("T")
RANK, ALPHA = 16, 32
_TARGETS = ["query", "key", "value", "attention.output.dense", "intermediate.dense", "output.dense"]


def trainable_encoder(frozen: int) -> Any:
    """MiniLM of which the layers from `frozen` on have low-rank changes that can be trained."""
    config = LoraConfig(
        r=RANK,
        lora_alpha=ALPHA,
        lora_dropout=0.05,
        target_modules=_TARGETS,
        layers_to_transform=list(range(frozen, LAYERS)),
    )
    return inject_adapter_in_model(config, AutoModel.from_pretrained(packaged()))


def through(encoder: Any, states: Any, mask: Any, first: int, end: int | None = None) -> Any:
    """States [texts, tokens, dim] after the layers from `first` to before `end`; `mask` float32
    [texts, tokens]: 0 where a text is padded."""
    bias = (1.0 - mask[:, None, None, :]) * -1e9
    for layer in encoder.encoder.layer[first:end]:
        states = layer(states, bias)
    return states


def low_rank_weights(encoder: Any) -> dict[str, Any]:
    """The factors of the changes in half precision, named as `minilm.low_rank_changes` reads
    them."""
    weights = {}
    for name, value in encoder.state_dict().items():
        for part, short in (("lora_A", "a"), ("lora_B", "b")):
            if f".{part}." in name:
                weights[f"{name.split(f'.{part}.')[0]}.{short}"] = value.half().contiguous()
    return weights


def batches_of(
    examples: Sequence[T], length: Callable[[T], int], size: int, rng: random.Random
) -> list[list[T]]:
    """Batches of examples of about equal length, in random order."""
    order = sorted(examples, key=lambda one: length(one) + 8 * rng.random())
    batches = [order[at : at + size] for at in range(0, len(order), size)]
    rng.shuffle(batches)
    return batches
