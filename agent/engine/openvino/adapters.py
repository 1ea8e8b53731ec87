"""LoRA factors as the inputs of a converted graph: many adapters side by side, and a mask.

A group's modules share one input. For an adapter of rank r and a group of n modules, `A` [in, n r]
holds the modules' first factors side by side, `B` [n r, out] their second ones as blocks, times the
adapter's scale.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov

from shelftalker.engine import lora
from shelftalker.engine.lora import Floats, Layers

_MAX_SETS = 8


@dataclass(frozen=True)
class AdapterFactors:
    """One adapter. `groups`: A and B by group; `embedding`: [vocab, r] and [r, hidden], or None."""

    rank: int
    groups: dict[str, tuple[Floats, Floats]]
    embedding: tuple[Floats, Floats] | None


class AdapterInputs:
    """The loaded adapters, and the inputs for the sets of them that run together."""

    def __init__(self, groups: Sequence[str], layers: Layers) -> None:
        self._groups = {group: group.split(",") for group in groups}
        self._layers = layers
        self.loaded: dict[str, AdapterFactors] = {}
        self._sets: dict[tuple[str, ...], dict[str, ov.Tensor]] = {}

    def load(self, key: str, folder: Path) -> None:
        """Read a checked adapter."""
        tensors = {
            lora.parse_key(folder, key)[:2]: tensor
            for key, tensor in lora.read_tensors(folder).items()
        }
        config = lora.read_config(folder)
        rank = int(config["r"])
        scale = config["lora_alpha"] / (sqrt(rank) if config.get("use_rslora") else rank)
        words = next((name[0] for name in tensors if self._layers[name[0]].embedding), None)
        self.loaded[key] = AdapterFactors(
            rank,
            {group: self._factors(modules, tensors, rank, scale)
             for group, modules in self._groups.items()},
            (tensors[words, "A"].T.copy(), scale * tensors[words, "B"].T) if words else None,
        )  # fmt: skip

    def unload(self, key: str) -> None:
        """Forget an adapter."""
        del self.loaded[key]
        self._sets = {keys: inputs for keys, inputs in self._sets.items() if key not in keys}

    def of(self, keys: tuple[str, ...]) -> dict[str, ov.Tensor]:
        """The inputs `A:<group>` and `B:<group>` of these adapters side by side."""
        if keys not in self._sets:
            if len(self._sets) >= _MAX_SETS:
                self._sets.clear()
            self._sets[keys] = self._join([self.loaded[key].groups for key in keys])
        return self._sets[keys]

    def mask(self, keys: tuple[str, ...], rows: Sequence[str | None], modules: int) -> Floats:
        """[tokens, columns] of a group with so many modules: 1 where a token uses the column."""
        owner = np.repeat(np.arange(len(keys)), [modules * self.loaded[k].rank for k in keys])
        used = np.array([keys.index(row) if row else -1 for row in rows])
        mask: Floats = (used[:, None] == owner).astype(np.float32)
        return mask

    def embedding_delta(self, key: str | None, ids: Sequence[int], hidden: int) -> Floats:
        """What an adapter adds to the embeddings of these tokens, [tokens, hidden]."""
        factors = self.loaded[key].embedding if key else None
        if factors is None:
            return np.zeros((len(ids), hidden), np.float32)
        changed: Floats = factors[0][ids] @ factors[1]
        return changed

    def _join(self, parts: Sequence[Mapping[str, tuple[Floats, Floats]]]) -> dict[str, ov.Tensor]:
        inputs = {}
        for group, modules in self._groups.items():
            pairs = [self._factors(modules, {}, 0, 0.0), *(part[group] for part in parts)]
            firsts, seconds = zip(*pairs, strict=True)
            inputs[f"A:{group}"] = ov.Tensor(np.concatenate(firsts, axis=1))
            inputs[f"B:{group}"] = ov.Tensor(np.concatenate(seconds, axis=0))
        return inputs

    def _factors(
        self, modules: Sequence[str], tensors: Mapping[Any, Floats], rank: int, scale: float
    ) -> tuple[Floats, Floats]:
        layers = [self._layers[module] for module in modules]
        first = np.zeros((layers[0].inputs, rank * len(modules)), np.float32)
        second = np.zeros((rank * len(modules), sum(one.outputs for one in layers)), np.float32)
        row = column = 0
        for module, layer in zip(modules, layers, strict=True):
            if (module, "A") in tensors:
                first[:, row : row + rank] = tensors[module, "A"].T
                part = scale * tensors[module, "B"].T
                second[row : row + rank, column : column + layer.outputs] = part
            row, column = row + rank, column + layer.outputs
        return first, second
