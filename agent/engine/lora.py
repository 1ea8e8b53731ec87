"""Validation of adapter folders, before an engine loads them.

Allowed is what all engines compute alike: plain or rank-stabilised LoRA of one rank up to 32, on
the linear layers of the base model (its output head too) and on its embedding.
"""

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError

from shelftalker.engine.weights_file import WeightsFile
from shelftalker.errors import AdapterError

Floats = npt.NDArray[np.float32]

MAX_RANK = 32
_PREFIX = "base_model.model."
_REFUSED = (
    "use_dora", "lora_bias", "modules_to_save", "use_qalora", "use_bdlora", "layer_replication",
    "alora_invocation_tokens", "target_parameters", "trainable_token_indices", "fan_in_fan_out",
)  # fmt: skip
_PICKLES = {".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".npy", ".npz"}
_EXPORT = "allowed is plain LoRA or rsLoRA (merge anything else into plain LoRA on export)"


class Layer(NamedTuple):
    """A layer that an adapter can change. The inputs of an embedding are its vocabulary."""

    outputs: int
    inputs: int
    embedding: bool = False


Layers = dict[str, Layer]
"""By name in the base model."""


def layers_of(folder: str) -> Layers:
    """The base model's linear layers and its embedding. No weights are read."""
    config = Path(folder) / "config.json"
    return _layers(folder, config.stat().st_mtime_ns if config.is_file() else 0)


@lru_cache(maxsize=4)
def _layers(folder: str, _changed: int) -> Layers:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder))
    return layers_in(model)


def layers_in(model: Any) -> Layers:
    """The linear layers and the embedding of a transformers model."""
    import torch

    layers: Layers = {}
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Linear):
            layers[name] = Layer(module.out_features, module.in_features)
        elif isinstance(module, torch.nn.Embedding):
            layers[name] = Layer(module.embedding_dim, module.num_embeddings, embedding=True)
    return layers


def check(folder: Path, layers: Layers) -> None:
    """Raises `AdapterError` where a folder is not a LoRA that engines can serve on this base."""
    _check_files(folder)
    rank = _check_config(folder)
    tensors = read_tensors(folder)
    modules: dict[str, set[str]] = {}
    for key, tensor in tensors.items():
        module, part, embedding = parse_key(folder, key)
        layer = layers.get(module)
        if layer is None or layer.embedding != embedding:
            raise AdapterError(
                f"{folder} holds {key!r}, but the base model has no such layer; "
                "it was trained on another base"
            )
        expected = (rank, layer.inputs) if part == "A" else (layer.outputs, rank)
        if tensor.shape != expected:
            raise AdapterError(
                f"{folder}: {key!r} has shape {tensor.shape}, but the base model needs "
                f"{expected}; it was trained on another base"
            )
        if not np.isfinite(tensor).all():
            raise AdapterError(
                f"{folder}: {key!r} holds numbers that are not finite; train it again"
            )
        modules.setdefault(module, set()).add(part)
    halves = [module for module, parts in modules.items() if len(parts) != 2]
    if halves or not modules:
        what = f"{halves[0]} has one of lora_A and lora_B only" if halves else "it has no weights"
        raise AdapterError(f"{folder} is damaged: {what}; train or copy it again")


def _check_files(folder: Path) -> None:
    """Refuse a file that could run code on loading."""
    if pickles := sorted(p.name for p in folder.rglob("*") if p.suffix.lower() in _PICKLES):
        raise AdapterError(
            f"{folder} holds {', '.join(pickles)}: a pickle can run code when it is loaded; "
            "allowed are safetensors only, so delete it or take the adapter from who can be trusted"
        )


def _check_config(folder: Path) -> int:
    """Refuse what vLLM would refuse or scale differently from peft; returns the rank."""
    config = read_config(folder)
    check_features(folder, config)
    if bad := [f"{n}={config[n]!r}" for n in ("rank_pattern", "alpha_pattern") if config.get(n)]:
        raise AdapterError(f"{folder} cannot be served: {', '.join(bad)}; {_EXPORT}")
    rank = config.get("r")
    if not isinstance(rank, int) or not 1 <= rank <= MAX_RANK:
        raise AdapterError(f"{folder} has rank {rank!r}; allowed are 1 to {MAX_RANK}")
    return rank


def check_features(
    folder: Path, config: dict[str, Any], allowed_types: Sequence[str] = ("LORA",)
) -> None:
    """Raises `AdapterError` naming all settings that are not plain low-rank factors."""
    refused = {
        "peft_type": config.get("peft_type") not in allowed_types,
        "bias": config.get("bias", "none") != "none",
        "init_lora_weights": _changes_base(config.get("init_lora_weights", True)),
        **{name: bool(config.get(name)) for name in _REFUSED},
    }
    if bad := [f"{name}={config.get(name)!r}" for name, wrong in refused.items() if wrong]:
        raise AdapterError(f"{folder} cannot be served: {', '.join(bad)}; {_EXPORT}")


def _changes_base(init: Any) -> bool:
    """PiSSA, OLoRA, CorDA and LoftQ change the base model's weights before training begins."""
    return isinstance(init, str) and init.lower() not in ("gaussian", "eva", "orthogonal")


def read_config(folder: Path) -> dict[str, Any]:
    """`adapter_config.json`. Raises `AdapterError` where it or the weights' file is missing."""
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        if not (folder / name).is_file():
            raise AdapterError(f"{folder} has no {name}; give a folder that peft saved")
    try:
        config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise AdapterError(f"{folder}/adapter_config.json cannot be read: {error}") from None
    if not isinstance(config, dict):
        raise AdapterError(f"{folder}/adapter_config.json must hold an object")
    return config


def read_tensors(folder: Path) -> dict[str, Floats]:
    """The adapter's weights in float32. Raises `AdapterError` for a damaged file."""
    weights = open_weights(folder)
    return {name: weights.as_float32(name) for name in weights.names()}


def open_weights(folder: Path) -> WeightsFile:
    """The weights' file. Raises `AdapterError` where it is not as long as its header says."""
    file = folder / "adapter_model.safetensors"
    try:
        return WeightsFile(file)
    except (SafetensorError, OSError, ValueError) as error:
        raise AdapterError(
            f"{file} is damaged ({error}); copy it again from where it came, or train it again"
        ) from None


def parse_key(folder: Path, key: str) -> tuple[str, str, bool]:
    """Layer, `A` or `B`, and whether the key is named like an embedding's."""
    match = re.fullmatch(rf"{re.escape(_PREFIX)}(.+)\.lora_(embedding_)?([AB])(\.weight)?", key)
    if match is None or bool(match[2]) == bool(match[4]):
        raise AdapterError(
            f"{folder} holds {key!r}; allowed are lora_A and lora_B of linear layers, "
            "lora_embedding_A and lora_embedding_B of the embedding"
        )
    return match[1], match[3], bool(match[2])
