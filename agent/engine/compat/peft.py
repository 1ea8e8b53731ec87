"""peft: the adapter in use; adapters of the embedding and of the output head.

Where a model's output head is its embedding, an adapter adds the same to both: the head's factors
are the embedding's, transposed, and are saved as if they were its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn


def switch_adapter(model: Any, adapter: str | None, before: str | None) -> None:
    """Make an adapter, or none, that of the next passes."""
    tuner = model.base_model
    if adapter is None:
        tuner.disable_adapter_layers()
        return
    if before is None:
        tuner.enable_adapter_layers()
    tuner.set_adapter(adapter, inference_mode=True)


def leave_out_embeddings(model: Any) -> None:
    """Keep the base model's embedding out of checkpoints: peft would put it into every one where an
    adapter changes it."""
    model.save_pretrained = partial(model.save_pretrained, save_embedding_layers=False)


@contextmanager
def one_precision(model: Any) -> Iterator[None]:
    """In a bfloat16 model an adapter's float32 weights are rounded for each pass; peft would widen
    every layer's input, which takes longer."""
    from peft.helpers import disable_input_dtype_casting

    if model.dtype != torch.bfloat16 or getattr(model, "is_quantized", False):
        yield
        return
    with disable_input_dtype_casting(model), torch.autocast(model.device.type, torch.bfloat16):
        yield


def head_logits(model: Any, states: Tensor, tokens: Tensor) -> Tensor:
    """The output head's logits of some tokens, [states, tokens], with what adapters add to them."""
    head = model.get_output_embeddings()
    logits: Tensor = states @ head.weight[tokens].T
    if not hasattr(head, "lora_A") or head.disable_adapters:
        return logits
    for name in head.active_adapters:
        first, second = head.lora_A[name], head.lora_B[name].weight[tokens]
        low = first(head.lora_dropout[name](states.to(first.weight.dtype)))
        logits = logits + head.scaling[name] * (low @ second.T)
    return logits


class Transposed(nn.Module):
    """A linear layer without a bias whose weight is a parameter of another layer, transposed."""

    def __init__(self, source: nn.Parameter) -> None:
        super().__init__()
        self._source = [source]  # in a list, so that it is no parameter of this layer

    @property
    def weight(self) -> Tensor:
        """Where peft looks for it."""
        return self._source[0].T

    def forward(self, states: Tensor) -> Tensor:
        """[…, in] → […, out]."""
        return nn.functional.linear(states, self.weight)

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        destination[f"{prefix}weight"] = self.weight.detach().contiguous()

    def _load_from_state_dict(self, state_dict: Any, prefix: str, *_: Any) -> None:
        """The source is loaded by the layer that it belongs to."""


def tie(model: Any) -> None:
    """Make the output head's factors those of the embedding, if peft gave factors to both and the
    model's two weights are one."""
    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    if not all(hasattr(layer, "lora_A") for layer in (embedding, head)):
        return
    if embedding.base_layer.weight is not head.base_layer.weight:
        return
    for name, second in embedding.lora_embedding_A.items():
        head.lora_A[name] = Transposed(embedding.lora_embedding_B[name])
        head.lora_B[name] = Transposed(second)
