"""The packaged sentence encoder on OpenVINO: importing sentence-transformers takes longer than a
request. Converted once; the vectors are the same to six digits."""

import shutil
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from shelftalker.engine.models import cache_folder
from shelftalker.scorer.base import Floats


class OpenVinoSentences:
    """A BERT encoder with mean pooling; takes the place of a `SentenceTransformer`. Thread-safe:
    OpenVINO refuses a second call of one infer request, so each thread has its own."""

    def __init__(self, folder: Path, max_tokens: int) -> None:
        import openvino as ov
        from tokenizers import Tokenizer

        self.max_seq_length = max_tokens
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(max_tokens)
        self._tokenizer.enable_padding()
        options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
        self._model: Any = ov.Core().compile_model(_converted(folder), "CPU", options)
        self._threads = threading.local()

    def encode(self, texts: str | Sequence[str], batch_size: int = 32, **_: Any) -> Floats:
        """Unit-norm vectors, float32 [texts, dim]; of one string [dim]."""
        if isinstance(texts, str):
            vector: Floats = self._encode([texts])[0]
            return vector
        parts = range(0, len(texts), batch_size)
        return np.concatenate([self._encode(texts[at : at + batch_size]) for at in parts])

    def _encode(self, texts: Sequence[str]) -> Floats:
        encoded = self._tokenizer.encode_batch(list(texts))
        ids = np.array([one.ids for one in encoded], np.int64)
        mask = np.array([one.attention_mask for one in encoded], np.int64)
        if not hasattr(self._threads, "request"):
            self._threads.request = self._model.create_infer_request()
        states = self._threads.request.infer({"input_ids": ids, "attention_mask": mask})[0]
        summed = (states * mask[..., None]).sum(axis=1)
        vectors: Floats = summed / np.linalg.norm(summed, axis=1, keepdims=True)
        return vectors


def _converted(folder: Path) -> Path:
    size = (folder / "model.safetensors").stat().st_size
    target = cache_folder() / "openvino" / f"encoder-{folder.parent.name}-{size}"
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.with_suffix(".lock")):
        if not target.is_dir():
            _convert(folder, target)
    return target / "model.xml"


def _convert(folder: Path, target: Path) -> None:
    import openvino as ov
    import torch
    from transformers import AutoModel

    from shelftalker.engine.compat.openvino_trace import traced_graph

    model = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()

    class States(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            states: torch.Tensor = self.model(input_ids, attention_mask).last_hidden_state
            return states

    ones = torch.ones(2, 7, dtype=torch.long)
    graph = traced_graph(States().eval(), {"input_ids": ones, "attention_mask": ones})
    partial = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        ov.save_model(graph, partial / "model.xml", compress_to_fp16=False)
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
