"""OpenVINO: paged attention in a traced graph.

The operation is made for OpenVINO GenAI and has no public constructor.
"""

from typing import Any

import numpy as np
import openvino as ov
from openvino import opset15 as ops
from openvino.op import _PagedAttentionExtension

_LENGTHS = ("past_lens", "subsequence_begins", "block_indices", "block_indices_begins")


def page_attention(graph: ov.Model) -> None:
    """Replace every marked attention by a paged one: inputs `key_cache.N` and `value_cache.N`
    [blocks, heads, …], and the lengths and blocks of the sequences that share the row of tokens."""
    lengths = [_parameter(name, [-1], ov.Type.i32) for name in _LENGTHS]
    longest = _parameter("max_context_len", [], ov.Type.i32)
    caches: list[Any] = []
    for node in graph.get_ordered_ops():
        if node.get_type_name() == "ScaledDotProductAttention":
            caches += _page(node, len(caches) // 2, lengths, longest)
    graph.add_parameters([*lengths, longest, *caches])
    graph.validate_nodes_and_infer_types()


def _page(node: Any, layer: int, lengths: list[Any], longest: Any) -> list[Any]:
    query, key, value = node.input_value(0), _unrepeated(node, 1), _unrepeated(node, 2)
    (heads, size), (groups, _), (_, out) = (_heads(one) for one in (query, key, value))
    caches = [
        _parameter(f"key_cache.{layer}", [-1, groups, -1, size], ov.Type.dynamic),
        _parameter(f"value_cache.{layer}", [-1, groups, -1, out], ov.Type.dynamic),
    ]
    flat = [_flat(one) for one in (query, key, value)]
    inputs = [*flat, *caches, *lengths, _constant(size**-0.5), *_unused(longest)]
    paged = _PagedAttentionExtension([one.output(0) for one in inputs])
    for name, number in {
        "k_head_size": size, "num_k_heads": groups, "v_head_size": out, "num_v_heads": groups,
    }.items():  # fmt: skip
        paged.get_rt_info()[name] = number
    split = ops.reshape(paged.output(0), ops.constant([1, -1, heads, out]), False)
    node.output(0).replace(ops.transpose(split, ops.constant([0, 2, 1, 3])).output(0))
    return caches


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


def _unrepeated(node: Any, number: int) -> Any:
    source = node.input_value(number)
    repeated = source.get_node().get_type_name() == "Tile"
    return source.get_node().input_value(0) if repeated else source


def _heads(output: Any) -> tuple[int, int]:
    shape = output.get_partial_shape()
    return shape[1].get_length(), shape[3].get_length()


def _flat(output: Any) -> Any:
    """[1, heads, tokens, size] → [tokens, heads * size]."""
    heads, size = _heads(output)
    rows = ops.transpose(output, ops.constant([0, 2, 1, 3]))
    return ops.reshape(rows, ops.constant([-1, heads * size]), False)


def _constant(value: Any, dtype: Any = np.float32) -> Any:
    return ops.constant(np.asarray(value, dtype=dtype))


def _parameter(name: str, shape: list[int], dtype: Any) -> Any:
    parameter = ops.parameter(shape, dtype, name=name)
    parameter.output(0).get_tensor().set_names({name})
    return parameter
