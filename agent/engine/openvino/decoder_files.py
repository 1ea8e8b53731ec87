"""The files of a decoder of the Llama family: its sizes, and its weights for the graph."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from shelftalker.engine.models import read_json
from shelftalker.engine.weights_file import WeightsFile
from shelftalker.errors import EngineError

Reals = npt.NDArray[np.float32]
FAMILY = ("llama", "mistral", "qwen2", "qwen3")
"""The values of `model_type` in config.json that the graph computes."""
_ROWS = 256
_ROTATIONS = ("default", "linear", "llama3")


def unsupported(config: Mapping[str, Any]) -> str:
    """What of a config.json the graph does not compute; empty where there is nothing."""
    rotation = _rotation(config)["rope_type"]
    windows = config.get("sliding_window") and config.get("use_sliding_window", True)
    found = {
        f"the type {config.get('model_type')!r}": config.get("model_type") not in FAMILY,
        f"the activation {config.get('hidden_act')!r}": config.get("hidden_act") != "silu",
        f"rotary embeddings of the type {rotation!r}": rotation not in _ROTATIONS,
        "sliding windows": bool(windows),
        "quantised weights": "quantization_config" in config,
    }
    return ", ".join(text for text, wrong in found.items() if wrong)


class DecoderFiles:
    """A model's folder. Weights are rounded to 8 bits where `rounded`. Raises `EngineError` where
    the graph does not compute such a model.

    `groups`: heads of keys and values; `head`: a head's size; `frequencies` of the rotary
    embedding, [head / 2]; `ends`: the tokens that end an answer.
    """

    def __init__(self, folder: Path, rounded: bool) -> None:
        config = read_json(folder / "config.json")
        if text := unsupported(config):
            raise EngineError(
                f"{folder} has {text}, which the openvino engine does not compute; "
                "take --engine transformers"
            )
        files = [WeightsFile(file) for file in sorted(folder.glob("*.safetensors"))]
        self._of = {name: file for file in files for name in file.names()}
        if not self._of:
            raise EngineError(f"{folder} holds no safetensors; take --engine transformers")
        self._rounded = rounded
        self.layers: int = config["num_hidden_layers"]
        self.hidden: int = config["hidden_size"]
        self.heads: int = config["num_attention_heads"]
        self.groups: int = config.get("num_key_value_heads") or self.heads
        self.head: int = config.get("head_dim") or self.hidden // self.heads
        self.epsilon = float(config["rms_norm_eps"])
        self.frequencies = _frequencies(_rotation(config), self.head)
        ends = read_json(folder / "generation_config.json").get("eos_token_id")
        end = config.get("eos_token_id") if ends is None else ends
        self.ends = frozenset([end] if isinstance(end, int) else end or [])

    def has(self, name: str) -> bool:
        """Whether the model has this tensor."""
        return name in self._of

    def shape(self, module: str) -> tuple[int, ...]:
        """The shape [out, in] of a module's weights; of an embedding [vocab, hidden]."""
        return self._of[f"{module}.weight"].shape(f"{module}.weight")

    def vector(self, name: str) -> Reals:
        """A tensor in float32."""
        return self._of[name].as_float32(name)

    def matrix(self, modules: Sequence[str]) -> tuple[npt.NDArray[Any], Reals | None]:
        """The weights of modules one above the other, [out, in]: in float32, or in int8 with the
        scale [out, 1] of each row."""
        names = [f"{module}.weight" for module in modules]
        if not self._rounded:
            return np.concatenate([self.vector(name) for name in names]), None
        rows, scales = zip(*(part for name in names for part in self._in_int8(name)), strict=True)
        return np.concatenate(rows), np.concatenate(scales)

    def _in_int8(self, name: str) -> Iterator[tuple[npt.NDArray[np.int8], Reals]]:
        """Some rows at a time, whose float32 copy fits into a core's cache, with their scales."""
        file = self._of[name]
        for start in range(0, file.shape(name)[0], _ROWS):
            part = file.as_float32(name, slice(start, start + _ROWS))
            scale = np.maximum(part.max(1, keepdims=True), -part.min(1, keepdims=True)) / 127
            scale[scale == 0] = 1
            part /= scale
            yield np.rint(part, out=part).astype(np.int8), scale

    def bias(self, modules: Sequence[str]) -> Reals | None:
        """Their biases one after the other; None where they have none."""
        if not any(self.has(f"{module}.bias") for module in modules):
            return None
        return np.concatenate(
            [
                self.vector(f"{module}.bias")
                if self.has(f"{module}.bias")
                else np.zeros(self.shape(module)[0], np.float32)
                for module in modules
            ]
        )


def _rotation(config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of the rotary embedding, with names of before transformers 5 too."""
    older = {"rope_theta": config.get("rope_theta", 10000.0), **(config.get("rope_scaling") or {})}
    found = {**older, **(config.get("rope_parameters") or {})}
    return {"rope_type": found.get("type", "default"), **found}


def _frequencies(rotation: Mapping[str, Any], head: int) -> Reals:
    steps = np.arange(0, head, 2) / head
    plain = 1.0 / np.float64(rotation["rope_theta"]) ** steps
    if rotation["rope_type"] == "linear":
        plain = plain / rotation["factor"]
    if rotation["rope_type"] == "llama3":  # long waves are stretched, short ones are not
        low, high = rotation["low_freq_factor"], rotation["high_freq_factor"]
        turns = rotation["original_max_position_embeddings"] * plain / (2 * np.pi)
        kept = np.clip((turns - low) / (high - low), 0, 1)
        plain = kept * plain + (1 - kept) * plain / rotation["factor"]
    return plain.astype(np.float32)
