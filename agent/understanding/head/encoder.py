"""The network of the role head: four layers of the packaged MiniLM with trained LoRA (Hu et al.,
2021) added, and a linear layer on top. Torch is needed for training only."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

from shelftalker.engine.minilm import DIM, MiniLM

Floats = npt.NDArray[np.float32]

LAYERS = 4
"""Layers of the encoder that are used, of 6: roles need no more, and a message is read sooner."""
ADAPTED = (
    "attention.self.query", "attention.self.key", "attention.self.value",
    "attention.output.dense", "intermediate.dense", "output.dense",
)  # fmt: skip
"""The linear layers of each encoder layer that LoRA adapts."""


class RoleGraph:
    """The trained network on OpenVINO; thread-safe. `trained`: its safetensors file, with
    `NAME.up`, `NAME.down` of each adapted layer, `role.weight` and `role.bias`. Raises
    `MissingExtra` where the encoder is not installed."""

    def __init__(self, trained: Path) -> None:
        weights = {name: one.astype(np.float32) for name, one in load_file(trained).items()}
        adapted = (name.removesuffix(".up") for name in weights if name.endswith(".up"))
        changes = {f"{n}.weight": weights[f"{n}.up"] @ weights[f"{n}.down"] for n in adapted}
        self._encoder = MiniLM(changes, layers=LAYERS)
        self._weight, self._bias = weights["role.weight"], weights["role.bias"]

    def logits(self, ids: npt.NDArray[np.int64]) -> Floats:
        """Float32 [tokens, roles] of token ids [tokens]: of each token and the mean of all."""
        states = self._encoder.states(ids[None], np.ones((1, len(ids)), np.int64))[0]
        of_all = states.mean(0) @ self._weight[:, DIM:].T
        logits: Floats = states @ self._weight[:, :DIM].T + of_all + self._bias
        return logits
