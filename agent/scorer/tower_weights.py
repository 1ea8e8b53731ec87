"""The two towers for serving, in NumPy: what `Towers` in `towers.py` computes in evaluation mode.

A process that only answers requests need not import torch, which takes seconds. And torch would
spread so little work over its thread pool, whose size is global to the process.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import erf, expit

from shelftalker.scorer.base import Floats

LAYER_NORM_EPS = 1e-5  # torch's default


@dataclass(frozen=True)
class TowerWeights:
    """The parameters of `Towers` by name, float32."""

    arrays: dict[str, Floats]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Text dimensions, learned ids, dimensions of g."""
        ids, dim = self.arrays["ids.weight"].shape
        return self.arrays["text.0.weight"].shape[1], ids - 1, dim

    def item_vectors(self, text: Floats, ids: npt.NDArray[np.int64]) -> Floats:
        """g(y), float32 [items, dim], of text [items, text_dim] and ids [items]; id 0 is none."""
        hidden = _gelu(self._linear("text.0", text))
        return self._linear("text.3", hidden) + self.arrays["ids.weight"][ids]

    def user_vectors(self, histories: Sequence[Floats]) -> Floats:
        """f(x)ᵀ W after the last event, float32 [users, dim].

        Each history holds g of its events, oldest first: float32 [events, dim], events ≥ 1. Equals
        `bilinear(users(history)[-1])` of `Towers` in evaluation mode.
        """
        longest = max(map(len, histories))
        kernel = self.kernel(longest)
        pooled = np.empty((len(histories), self.arrays["mix.weight"].shape[1]), np.float32)
        for row, history in zip(pooled, histories, strict=True):
            recent = kernel[:, longest - len(history) :]
            row[:] = (recent / recent.sum(1, keepdims=True) @ history).ravel()
        return self.states(pooled)

    def kernel(self, length: int) -> Floats:
        """The weight of each of some events, oldest first, by each learned decay, float32 [decays,
        length]; the last one weighs 1."""
        rates = expit(self.arrays["decays"])[:, None]
        return np.asarray(rates ** np.arange(length - 1, -1, -1, dtype=np.float32))

    def states(self, pooled: Floats) -> Floats:
        """What `user_vectors` computes of the means of g of a history's events, by each decay,
        float32 [users, decays · dim]."""
        state = self._linear("mix", pooled)
        hidden = _gelu(self._linear("deep.1", self._normed("deep.0", state)))
        state = self._normed("norm", state + self._linear("deep.3", hidden))
        return np.asarray(state @ self.arrays["bilinear.weight"].T)

    def _linear(self, name: str, values: Floats) -> Floats:
        return np.asarray(values @ self.arrays[f"{name}.weight"].T + self.arrays[f"{name}.bias"])

    def _normed(self, name: str, values: Floats) -> Floats:
        centred = values - values.mean(1, keepdims=True)
        scale = np.sqrt((centred * centred).mean(1, keepdims=True) + np.float32(LAYER_NORM_EPS))
        weight, bias = self.arrays[f"{name}.weight"], self.arrays[f"{name}.bias"]
        normed: Floats = centred / scale * weight + bias
        return normed


def _gelu(values: Floats) -> Floats:
    return np.asarray(values * (1 + erf(values * np.float32(0.5**0.5))) / 2)
