"""Tied adapters: where a model's output head is its embedding, an adapter adds the same to both.

peft's `ensure_weight_tying` begins so, but its casting to float32 parts the two copies. Here the
head's factors are the embedding's, transposed, and are saved as if they were its own.
"""

from typing import Any

from torch import Tensor, nn


class Transposed(nn.Module):
    """A linear layer without a bias whose weight is a parameter of another layer, transposed."""

    def __init__(self, source: nn.Parameter) -> None:
        super().__init__()
        self._source = [source]  # not one of this layer's own

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
    """Make the factors that peft gave the output head of a model those of its embedding, if both
    have some and the model's two weights are one."""
    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    layers = (embedding, head)
    if not all(hasattr(layer, "lora_A") for layer in layers):
        return
    if embedding.base_layer.weight is not head.base_layer.weight:
        return
    for name, wide in embedding.lora_embedding_A.items():
        head.lora_A[name] = Transposed(embedding.lora_embedding_B[name])
        head.lora_B[name] = Transposed(wide)
