"""The fingerprint of a base model: an adapter, or a server, of another one answers wrongly."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from shelftalker.data.config_model import ConfigModel
from shelftalker.engine import models
from shelftalker.engine.chat_tokenizer import load_tokenizer
from shelftalker.engine.weights_file import WeightsFile
from shelftalker.errors import AdapterError


class BaseFingerprint(ConfigModel):
    """Fingerprint of a base model: hashes of its weights and tokenizer, 16 hex digits each."""

    model: str
    weights: str
    tokenizer: str


def base_fingerprint(model: str) -> BaseFingerprint:
    """The fingerprint of a model: a packaged name, a folder, or a Hugging Face id in the cache."""
    folder = models.local_folder(models.resolve(model))
    weights, tokenizer = _fingerprint(folder, (folder / "config.json").stat().st_mtime_ns)
    return BaseFingerprint(model=model, weights=weights, tokenizer=tokenizer)


@lru_cache(maxsize=8)
def _fingerprint(folder: Path, _changed: int) -> tuple[str, str]:
    tokenizer = load_tokenizer(str(folder))
    parts = [sorted(tokenizer.backend.get_vocab().items()), tokenizer.chat_template]
    return _weights_hash(folder), hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _weights_hash(folder: Path) -> str:
    """Hash of names, shapes and the first and last row of every tensor: about a second for a model
    of any size, and the same however the tensors are spread over files."""
    rows: dict[str, bytes] = {}
    for file in sorted(folder.glob("*.safetensors")):
        weights = WeightsFile(file)
        for name in weights.names():
            shape = weights.shape(name)
            ends = (slice(1), slice(shape[0] - 1, None)) if shape else (...,)
            data = (weights.as_float32(name, part).tobytes() for part in ends)
            rows[name] = b"".join([f"{name} {shape}".encode(), *data])
    if not rows:
        raise AdapterError(f"{folder} holds no safetensors; an adapter needs a base that has them")
    return hashlib.sha256(b"".join(rows[name] for name in sorted(rows))).hexdigest()[:16]
