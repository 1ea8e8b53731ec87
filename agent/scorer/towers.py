"""The two towers: f(x) reads a user's history, g(y) an item, and W joins them: f(x)ᵀ W g(y).

g is a small network over the frozen text embedding plus a learned id vector. The id is dropped at
random in training, so an item never trained on is scored by its text alone. f pools the history in
g's space under several learned decays, from "the last item" to "everything so far".
"""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

HALF_LIVES = (0.5, 2.0, 6.0, 20.0)  # where the decays start, in events


class Towers(nn.Module):
    """f, W and g. Ids 1..items are learned, 0 stands for "no id"."""

    def __init__(self, text_dim: int, items: int, dim: int, dropout: float) -> None:
        super().__init__()
        self.text = nn.Sequential(
            nn.Linear(text_dim, 2 * dim), nn.GELU(), nn.Dropout(dropout), nn.Linear(2 * dim, dim)
        )
        self.ids = nn.Embedding(items + 1, dim, padding_idx=0)
        self.decays = nn.Parameter(torch.logit(2.0 ** (-1 / torch.tensor(HALF_LIVES))))
        self.mix = nn.Linear(len(HALF_LIVES) * dim, dim)
        self.deep = nn.Sequential(
            nn.LayerNorm(dim), nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim)
        )
        self.norm = nn.LayerNorm(dim)
        self.bilinear = nn.Linear(dim, dim, bias=False)
        self.dropout = nn.Dropout(dropout)
        nn.init.normal_(self.ids.weight, std=0.05)
        nn.init.eye_(self.bilinear.weight)

    def items(self, text: Tensor, ids: Tensor, id_dropout: float = 0.0) -> Tensor:
        """g(y): text [items, text_dim] and ids [items] to [items, dim]."""
        if id_dropout:
            ids = ids * (torch.rand(len(ids), device=ids.device) >= id_dropout)
        vectors: Tensor = self.text(text) + self.ids(ids)
        return vectors

    def item_vectors(self, text: Tensor, ids: Tensor) -> npt.NDArray[np.float32]:
        """g(y) for serving, float32 [items, dim]."""
        with torch.no_grad():
            vectors: npt.NDArray[np.float32] = self.items(text, ids).numpy()
        return vectors

    def users(self, history: Tensor) -> Tensor:
        """f(x) after every event: g of the events, oldest first, [users, events, dim], in kind."""
        pooled = self._pool(self.dropout(history))
        state = self.mix(pooled)
        state = state + self.deep(state)
        out: Tensor = self.norm(self.dropout(state))
        return out

    def _pool(self, history: Tensor) -> Tensor:
        """Weighted means of the past under each decay, [users, events, decays · dim]."""
        steps = torch.arange(history.shape[1], device=history.device)
        age = (steps[:, None] - steps[None, :]).float()
        rates = functional.logsigmoid(self.decays)[:, None, None]
        kernel = torch.exp(rates * age.clamp(min=0)) * (age >= 0)
        kernel = kernel / kernel.sum(-1, keepdim=True)
        return torch.einsum("kts,bsd->btkd", kernel, history).flatten(2)

    def forward(self, users: Tensor, items: Tensor) -> Tensor:
        """f(x)ᵀ W g(y): [..., dim] and [items, dim] to [..., items]."""
        logits: Tensor = self.bilinear(users) @ items.T
        return logits
