"""Two-tower model: user tower f(x), item tower g(y), bilinear form W; the score is f(x)ᵀ W g(y).

g is a small network over the frozen text embedding plus a learned id vector. The id is dropped at
random in training, so that an item never trained on is scored by its text alone. f pools the
history in g's space under several learned decays, from "the last item" to "everything so far".
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from scipy.special import erf, expit
from torch import Tensor, nn
from torch.nn import functional

HALF_LIVES = (0.5, 2.0, 6.0, 20.0)  # initial half-lives of the decays, in events
LAYER_NORM_EPS = 1e-5  # torch's default

Floats = npt.NDArray[np.float32]


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

    def item_vectors(self, text: Tensor, ids: Tensor) -> Floats:
        """g(y) for serving, float32 [items, dim]."""
        with torch.no_grad():
            vectors: Floats = self.items(text, ids).numpy()
        return vectors

    def user_vectors(self, histories: Sequence[Floats]) -> Floats:
        """f(x)ᵀ W after the last event, for serving: float32 [users, dim].

        Each history holds g of its events, oldest first: float32 [events, dim], events ≥ 1. Equals
        `bilinear(users(history)[-1])` in eval mode. NumPy computes it, because torch would spread
        so little work over its thread pool, whose size is global to the process.
        """
        weights = {name: tensor.detach().numpy() for name, tensor in self.named_parameters()}
        rates = expit(weights["decays"])[:, None]
        longest = max(map(len, histories))
        kernel = rates ** np.arange(longest - 1, -1, -1, dtype=np.float32)
        pooled = np.empty((len(histories), self.mix.in_features), np.float32)
        for row, history in zip(pooled, histories, strict=True):
            recent = kernel[:, longest - len(history) :]
            row[:] = (recent / recent.sum(1, keepdims=True) @ history).ravel()

        def linear(name: str, values: Floats) -> Floats:
            out: Floats = values @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]
            return out

        def normed(name: str, values: Floats) -> Floats:
            centred = values - values.mean(1, keepdims=True)
            scale = np.sqrt((centred * centred).mean(1, keepdims=True) + np.float32(LAYER_NORM_EPS))
            out: Floats = centred / scale * weights[f"{name}.weight"] + weights[f"{name}.bias"]
            return out

        state = linear("mix", pooled)
        hidden = linear("deep.1", normed("deep.0", state))
        gelu = hidden * (1 + erf(hidden * np.float32(0.5**0.5))) / 2
        state = normed("norm", state + linear("deep.3", gelu))
        joined: Floats = state @ weights["bilinear.weight"].T
        return joined

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
