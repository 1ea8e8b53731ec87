"""Exact export: any LoRA that peft trains here, rewritten as the plain LoRA every engine serves.

AdaLoRA's singular values, rsLoRA's scaling and the per-layer patterns of rank and alpha are folded
into B in float32; layers of a lower rank are padded with zeros. What the adapter adds to a layer
stays the same product of the same numbers: nothing is truncated or approximated.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from shelftalker.engine.lora import MAX_RANK, check_features, read_config, read_tensors
from shelftalker.errors import AdapterError

if TYPE_CHECKING:  # torch takes seconds to import, and a service exports nothing
    from torch import Tensor

Dtype = Literal["float32", "bfloat16"]
_PREFIX = "base_model.model."
_ADALORA_EPSILON = 1e-5  # peft divides by rank + 1e-5


@dataclass(frozen=True)
class Factors:
    """An adapter adds B @ A to a layer's weight: A is [rank, in], B is [out, rank]. The `in` of an
    embedding is the vocabulary."""

    a: "Tensor"
    b: "Tensor"
    embedding: bool = False

    @property
    def rank(self) -> int:
        """May be 0: AdaLoRA can prune all ranks of a layer."""
        return int(self.a.shape[0])


def export(source: Path, target: Path, dtype: Dtype = "float32") -> int:
    """Write `source`, a folder that peft saved, as plain LoRA into the folder `target`.

    Returns the rank. `bfloat16` halves the file and rounds each number once. Raises `AdapterError`
    where the adapter holds more than LoRA (DoRA, biases, whole modules) or its rank is above
    `MAX_RANK`.
    """
    config = read_config(source)
    check_features(source, config, allowed_types=("LORA", "ADALORA"))
    factors = _factors(source, config)
    rank = max((one.rank for one in factors.values()), default=0)
    if not 1 <= rank <= MAX_RANK:
        raise AdapterError(f"{source} has rank {rank}; allowed are 1 to {MAX_RANK}")
    _save({name: _padded(one, rank) for name, one in factors.items()}, target, dtype)
    _save_config(config, sorted(factors), rank, target)
    return rank


def _factors(source: Path, config: Mapping[str, Any]) -> dict[str, Factors]:
    """Layer name → its factors, with all scaling in B."""
    from torch import from_numpy

    parts: dict[str, dict[str, Tensor]] = {}
    embeddings: set[str] = set()
    for key, tensor in read_tensors(source).items():
        match = re.fullmatch(
            rf"{re.escape(_PREFIX)}(.+)\.lora_(embedding_)?([ABE])(?:\.default)?(?:\.weight)?", key
        )
        if match is None:
            raise AdapterError(f"{source} holds {key!r}, which is not part of a linear LoRA layer")
        parts.setdefault(match[1], {})[match[3]] = from_numpy(tensor)
        if match[2]:
            embeddings.add(match[1])
    fold = _adalora if config["peft_type"] == "ADALORA" else _lora
    wanted = {"A", "B", "E"} if fold is _adalora else {"A", "B"}
    for layer, tensors in parts.items():
        if set(tensors) != wanted:
            raise AdapterError(
                f"{source} is damaged: {layer} has {', '.join(sorted(tensors))}; "
                f"needed are {', '.join(sorted(wanted))}"
            )
    return {
        layer: replace(fold(layer, tensors, config), embedding=layer in embeddings)
        for layer, tensors in parts.items()
    }


def _lora(layer: str, tensors: Mapping[str, "Tensor"], config: Mapping[str, Any]) -> Factors:
    """Plain or rank-stabilised LoRA (arXiv 2312.03732): alpha / r, or alpha / sqrt(r)."""
    a, b = tensors["A"], tensors["B"]
    alpha = _pattern(config.get("alpha_pattern"), layer, config["lora_alpha"])
    size = math.sqrt(a.shape[0]) if config.get("use_rslora") else a.shape[0]
    return Factors(a, b * (alpha / size))


def _adalora(layer: str, tensors: Mapping[str, "Tensor"], config: Mapping[str, Any]) -> Factors:
    """AdaLoRA (arXiv 2303.10512): B (E ∘ A) alpha / initial rank; pruned ranks are left out.

    The scaling goes by the rank that training began with, in every layer, as in peft.
    """
    start = config["init_r"]
    alpha = config["lora_alpha"] if config["lora_alpha"] > 0 else float(start)
    kept = tensors["E"][:, 0] != 0
    a, b, e = tensors["A"][kept], tensors["B"][:, kept], tensors["E"][kept, 0]
    return Factors(a, b * (e * (alpha / (start + _ADALORA_EPSILON))))


def _pattern(pattern: Mapping[str, float] | None, layer: str, default: float) -> float:
    """peft's rule: a key matches the end of a layer's name after a dot; the first match counts."""
    for key, value in (pattern or {}).items():
        if re.match(rf"(.*\.)?({key})$", layer):
            return value
    return default


def _padded(factors: Factors, rank: int) -> Factors:
    missing = rank - factors.rank
    a = factors.a.new_zeros(rank, factors.a.shape[1])
    b = factors.b.new_zeros(factors.b.shape[0], rank)
    a[: rank - missing], b[:, : rank - missing] = factors.a, factors.b
    return replace(factors, a=a, b=b)


def _save(factors: Mapping[str, Factors], target: Path, dtype: Dtype) -> None:
    import torch
    from safetensors.torch import save

    kind = getattr(torch, dtype)
    tensors = {}
    for name, one in sorted(factors.items()):
        a, b = ("embedding_A", "embedding_B") if one.embedding else ("A.weight", "B.weight")
        tensors[f"{_PREFIX}{name}.lora_{a}"] = one.a.to(kind).contiguous()
        tensors[f"{_PREFIX}{name}.lora_{b}"] = one.b.to(kind).contiguous()
    target.mkdir(parents=True, exist_ok=True)
    # save_file would write a file that only its owner can read
    (target / "adapter_model.safetensors").write_bytes(save(tensors, {"format": "pt"}))


def _base_name(model: str | None) -> str | None:
    """A model id as it is, but of a local folder only the name: the file may be copied away."""
    return Path(model).name if model and Path(model).is_absolute() else model


def _save_config(config: Mapping[str, Any], layers: list[str], rank: int, target: Path) -> None:
    """With alpha equal to the rank, so that nothing is scaled any more."""
    plain = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": _base_name(config.get("base_model_name_or_path")),
        "r": rank,
        "lora_alpha": rank,
        "target_modules": layers,
        "bias": "none",
        "inference_mode": True,
    }
    text = json.dumps(plain, indent=2)
    (target / "adapter_config.json").write_text(text, encoding="utf-8")
