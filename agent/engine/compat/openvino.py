"""OpenVINO: its paged attention, which is made for OpenVINO GenAI and has no public constructor."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import openvino as ov
from openvino import opset15 as ops
from openvino.op import _PagedAttentionExtension

_LENGTHS = ("past_lens", "subsequence_begins", "block_indices", "block_indices_begins")


class PagedAttention:
    """The attention of a model's layers. `parameters` are its inputs: `key_cache.N` and
    `value_cache.N` [blocks, groups, ...], and the lengths and blocks of the sequences whose tokens
    are read together. `groups`: heads of keys and values; `size`: of a head."""

    def __init__(self, heads: int, groups: int, size: int) -> None:
        self._heads, self._groups, self._size = heads, groups, size
        self._lengths = [parameter(name, [-1], ov.Type.i32) for name in _LENGTHS]
        longest = parameter("max_context_len", [], ov.Type.i32)
        self.parameters = [*self._lengths, longest]
        self._settings = [_constant(size**-0.5), *_unused(longest)]
        self._layers = 0

    def of(self, query: Any, key: Any, value: Any) -> Any:
        """A layer's attention, [tokens, heads * size], of queries in that shape and of keys and
        values [tokens, groups * size]."""
        caches = [
            parameter(f"{name}_cache.{self._layers}", [-1, self._groups, -1, self._size],
                       ov.Type.dynamic)
            for name in ("key", "value")
        ]  # fmt: skip
        inputs = [*caches, *self._lengths, *self._settings]
        paged = _PagedAttentionExtension([query, key, value, *(one.output(0) for one in inputs)])
        for name in ("k", "v"):
            paged.get_rt_info()[f"{name}_head_size"] = self._size
            paged.get_rt_info()[f"num_{name}_heads"] = self._groups
        self.parameters += caches
        self._layers += 1
        return paged.output(0)


def _unused(longest: Any) -> list[Any]:
    """The inputs after the scale: windows, slopes, the longest sequence, and what evicts, rotates,
    skips or shifts parts of the cache, all switched off."""
    none, zero = _constant([], np.int32), _constant(0, np.int32)
    reals = _constant([], np.float32)
    return [
        zero, reals, longest, none, none, none, reals, reals, _constant(64, np.int32),
        _constant(8, np.int32), reals, zero, none, none, none, none,
        _constant([], np.uint8), none,
    ]  # fmt: skip


def _constant(value: Any, dtype: Any = np.float32) -> Any:
    return ops.constant(np.asarray(value, dtype=dtype))


def parameter(name: str, shape: Sequence[int], dtype: Any = ov.Type.f32) -> Any:
    """An input of a graph, known by its name."""
    made = ops.parameter(list(shape), dtype, name=name)
    made.output(0).get_tensor().set_names({name})
    return made
