"""Two-tower model: user tower f(x), item tower g(y), bilinear form W; the score is f(x)ᵀ W g(y).

g is a small network over the frozen text embedding plus a learned id vector. The id is dropped at
random in training, so that an item never trained on is scored by its text alone. f pools the
history in g's space under several learned decays, from "the last item" to "everything so far".
This module is for training; `TowerWeights` computes the same for serving, without torch.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from shelftalker.scorer.tower_weights import TowerWeights

HALF_LIVES = (0.5, 2.0, 6.0, 20.0)  # initial half-lives of the decays, in events


class Towers(nn.Module):
    """f, W and g as one torch module. Ids 1..items are learned; 0 means "no id"."""

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
        self.dropout: nn.Module = nn.Dropout(dropout)
        nn.init.normal_(self.ids.weight, std=0.05)
        nn.init.eye_(self.bilinear.weight)

    def items(self, text: Tensor, ids: Tensor, id_dropout: float = 0.0) -> Tensor:
        """g(y) of text [items, text_dim] and ids [items]: float [items, dim]."""
        if id_dropout:
            ids = ids * (torch.rand(len(ids), device=ids.device) >= id_dropout)
        vectors: Tensor = self.text(text) + self.ids(ids)
        return vectors

    def weights(self) -> TowerWeights:
        """The weights for serving; they share the memory of this module."""
        return TowerWeights({name: w.detach().numpy() for name, w in self.named_parameters()})

    @classmethod
    def of(cls, weights: TowerWeights, dropout: float) -> "Towers":
        """A module with a copy of these weights, in evaluation mode."""
        text_dim, items, dim = weights.shape
        with torch.device("meta"):  # no first weights, which would take from the random state
            towers = cls(text_dim, items, dim, dropout)
        copies = {name: torch.from_numpy(array.copy()) for name, array in weights.arrays.items()}
        towers.load_state_dict(copies, assign=True)
        return towers.eval()

    def users(self, history: Tensor) -> Tensor:
        """f(x) after every event: from g of the events, oldest first, to the same shape, float
        [users, events, dim]."""
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
        """f(x)ᵀ W g(y) of users [..., dim] and items [items, dim]: float [..., items]."""
        logits: Tensor = self.bilinear(users) @ items.T
        return logits
