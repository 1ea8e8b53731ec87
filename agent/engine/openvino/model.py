"""A converted model on the CPU: one pass reads the next tokens of many sequences, each with its own
adapter, and their keys and values lie in blocks that sequences with the same beginning share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import openvino as ov

from shelftalker.engine.base import Reuse
from shelftalker.engine.local.batch import Logits, Start
from shelftalker.engine.models import local_folder
from shelftalker.engine.openvino.adapters import AdapterInputs
from shelftalker.engine.openvino.blocks import Blocks
from shelftalker.engine.openvino.decoder import DecoderGraph
from shelftalker.engine.openvino.decoder_files import DecoderFiles
from shelftalker.engine.slots import SLOTS, AdapterSlots

BLOCK = 32
"""Positions in a block of keys and values, as the CPU plugin lays them out."""
_FIRST_BLOCKS = 256
_EXACT = {"INFERENCE_PRECISION_HINT": "f32", "KV_CACHE_PRECISION": "f32"}
_OPTIONS = {
    "auto": (True, {}),
    "float32": (False, _EXACT),
    "bfloat16": (False, {"INFERENCE_PRECISION_HINT": "bf16"}),
}
"""By the `dtype` of an engine: whether weights are rounded to 8 bits, and OpenVINO's options."""


@dataclass(eq=False)
class PagedSequence:
    """A request's tokens so far: how many, and the blocks of their keys and values."""

    adapter: str | None
    length: int
    blocks: list[int]


Step = tuple[PagedSequence, Sequence[int]]
"""A sequence, and the tokens to be read next."""


class PagedModel:
    """Obeys `shelftalker.engine.local.batch.Decoder`."""

    def __init__(self, folder: str, dtype: str, slots: int = SLOTS) -> None:
        rounded, options = _OPTIONS[dtype]
        files = DecoderFiles(local_folder(folder), rounded)
        graph = DecoderGraph(files)
        self.layers, self.ends, self._hidden = graph.layers, files.ends, files.hidden
        compiled = ov.Core().compile_model(
            graph.model, "CPU", {"PERFORMANCE_HINT": "LATENCY", **options}
        )
        self._request: Any = compiled.create_infer_request()
        names = [one.get_any_name() for one in compiled.inputs]
        self._masks = [int(name.split(".")[1]) for name in names if name.startswith("adapter_mask")]
        self._adapters = AdapterInputs([n[2:] for n in names if n.startswith("A:")], self.layers)
        self.slots = AdapterSlots(slots, self._adapters.load, self._unload)
        self._running: tuple[str, ...] | None = None
        self._caches = {
            one.get_any_name(): ov.Tensor(one.get_element_type(), _shape(one, 0))
            for one in compiled.inputs
            if "_cache." in one.get_any_name()
        }
        self._blocks = Blocks(BLOCK)
        self._grow(_FIRST_BLOCKS)
        self.reuse = Reuse()

    def start(self, prompts: Sequence[Start]) -> list[tuple[Logits, PagedSequence]]:
        """Logits [vocab] after each prompt, and its sequence, in one pass; known blocks are not
        computed again."""
        steps: list[Step] = []
        for prompt, adapter in prompts:
            blocks = self._blocks.find(prompt, adapter)
            sequence = PagedSequence(adapter, len(blocks) * BLOCK, blocks)
            steps.append((sequence, prompt[sequence.length :]))
            self.reuse.asked += len(prompt)
            self.reuse.reused += sequence.length
        try:
            logits = self._read(steps, last=True)
        except BaseException:
            for sequence, _ in steps:
                self.release(sequence)
            raise
        for (prompt, adapter), (sequence, _) in zip(prompts, steps, strict=True):
            self._blocks.learn(prompt, adapter, sequence.blocks)
        return [(own[0], sequence) for own, (sequence, _) in zip(logits, steps, strict=True)]

    def extend(self, steps: Sequence[Step]) -> list[Logits]:
        """Read more tokens of each sequence, in one pass; logits [tokens, vocab] for each."""
        return self._read(steps, last=False)

    def shorten(self, sequence: PagedSequence, length: int) -> None:
        """Forget the tokens after `length`."""
        sequence.length = length

    def fork(self, sequence: PagedSequence) -> PagedSequence:
        """A sequence that begins alike; the block that is not full is copied."""
        full = sequence.length // BLOCK
        copy = PagedSequence(
            sequence.adapter, sequence.length, self._blocks.share(sequence.blocks[:full])
        )
        if sequence.length % BLOCK:
            new = self._take()
            copy.blocks.append(new)
            for cache in self._caches.values():
                cache.data[new] = cache.data[sequence.blocks[full]]
        return copy

    def release(self, sequence: PagedSequence) -> None:
        """The sequence has ended."""
        self._blocks.release(sequence.blocks)
        sequence.blocks = []

    def _unload(self, key: str) -> None:
        self._adapters.unload(key)
        self._running = None

    def free(self) -> None:
        """Free the weights and the cache."""
        self._request = None
        self._caches = {}

    def _read(self, steps: Sequence[Step], last: bool) -> list[Logits]:
        counts = [len(tokens) for _, tokens in steps]
        for sequence, tokens in steps:
            while len(sequence.blocks) * BLOCK < sequence.length + len(tokens):
                sequence.blocks.append(self._take())
        begins = np.cumsum([0, *counts])
        keep = begins[1:] - 1 if last else np.arange(begins[-1])
        self._set_tokens(steps, keep)
        self._set_sequences(steps, begins)
        self._set_adapters(steps)
        self._request.infer()
        logits = self._request.get_output_tensor(0).data.copy()
        for sequence, tokens in steps:
            sequence.length += len(tokens)
        return np.split(logits, range(1, len(steps)) if last else begins[1:-1])

    def _set_tokens(self, steps: Sequence[Step], keep: Any) -> None:
        places = [np.arange(one.length, one.length + len(tokens)) for one, tokens in steps]
        self._set("input_ids", [token for _, tokens in steps for token in tokens], np.int32)
        self._set("position_ids", np.concatenate(places), np.int32)
        self._set("keep", keep, np.int32)

    def _set_sequences(self, steps: Sequence[Step], begins: Any) -> None:
        blocks = [one.blocks[: -(-(one.length + len(new)) // BLOCK)] for one, new in steps]
        self._set("past_lens", [one.length for one, _ in steps], np.int32)
        self._set("subsequence_begins", begins, np.int32)
        self._set("block_indices", np.concatenate(blocks), np.int32)
        self._set("block_indices_begins", np.cumsum([0, *map(len, blocks)]), np.int32)
        self._set("max_context_len", max(one.length + len(new) for one, new in steps), np.int32)

    def _set_adapters(self, steps: Sequence[Step]) -> None:
        rows = [one.adapter for one, tokens in steps for _ in tokens]
        keys = tuple(sorted({one.adapter for one, _ in steps if one.adapter is not None}))
        self.slots.need(keys)
        if keys != self._running:
            for name, factors in self._adapters.of(keys).items():
                self._request.set_tensor(name, factors)
            self._running = keys
        for modules in self._masks:
            mask = self._adapters.mask(keys, rows, modules)
            self._request.set_tensor(f"adapter_mask.{modules}", ov.Tensor(mask))
        deltas = [
            self._adapters.embedding_delta(one.adapter, tokens, self._hidden)
            for one, tokens in steps
        ]
        self._set("embedding_delta", np.concatenate(deltas), np.float32)

    def _set(self, name: str, values: Any, dtype: Any) -> None:
        self._request.set_tensor(name, ov.Tensor(np.asarray(values, dtype=dtype, order="C")))

    def _take(self) -> int:
        block = self._blocks.take()
        if block is None:
            self._grow(2 * self._size)
            block = self._blocks.take()
            assert block is not None
        return block

    def _grow(self, size: int) -> None:
        """Make room for `size` blocks; what the old ones hold is copied."""
        for name, old in self._caches.items():
            new = ov.Tensor(old.element_type, ov.Shape([size, *list(old.shape)[1:]]))
            new.data[: old.shape[0]] = old.data
            self._caches[name] = new
            self._request.set_tensor(name, new)
        self._size = size
        self._blocks.add(size)


def _shape(port: Any, blocks: int) -> Any:
    return ov.Shape([blocks, *(one.get_length() for one in list(port.get_partial_shape())[1:])])
