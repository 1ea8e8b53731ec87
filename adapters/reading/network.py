"""The network of the role head for training: a frozen MiniLM with LoRA, and a linear layer on top.

`understanding/head/roles.py` computes the same without torch; a test compares them.
"""

from typing import Any

import torch
from torch import Tensor, nn

from shelftalker.engine import minilm
from shelftalker.understanding.head.roles import LAYERS, ROLES

RANK = 16
ADAPTED = (
    "attention.self.query", "attention.self.key", "attention.self.value",
    "attention.output.dense", "intermediate.dense", "output.dense",
)  # fmt: skip
"""The linear layers of each encoder layer that LoRA adapts."""


class LoraLinear(nn.Module):
    """A frozen linear layer with a trained low-rank addition: y = Wx + b + B A x."""

    def __init__(self, base: nn.Linear, rank: int = RANK) -> None:
        super().__init__()
        self.base = base
        self.down = nn.Parameter(torch.randn(rank, base.in_features) / base.in_features**0.5)
        self.up = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, inputs: Tensor) -> Tensor:
        added: Tensor = inputs @ self.down.T @ self.up.T
        plain: Tensor = self.base(inputs)
        return plain + added


class RoleNetwork(nn.Module):
    """Logits of roles by token."""

    def __init__(self) -> None:
        super().__init__()
        from transformers import AutoModel  # slow

        self.encoder: Any = AutoModel.from_pretrained(str(minilm.folder()), dtype=torch.float32)
        self.encoder.encoder.layer = self.encoder.encoder.layer[:LAYERS]
        self.encoder.requires_grad_(False)
        for layer in self.encoder.encoder.layer:
            for name in ADAPTED:
                layer.set_submodule(name, LoraLinear(layer.get_submodule(name)))
        self.role = nn.Linear(2 * self.encoder.config.hidden_size, len(ROLES))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Role logits [n, tokens, roles]."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask[..., None].float()
        mean = (hidden * weights).sum(1) / weights.sum(1)
        logits: Tensor = self.role(torch.cat([hidden, mean[:, None].expand_as(hidden)], -1))
        return logits

    def trained(self) -> dict[str, Tensor]:
        """The parameters that were trained, by the names of the encoder's own layers."""
        return {
            name.removeprefix("encoder."): value.detach()
            for name, value in self.named_parameters()
            if value.requires_grad
        }
