"""OpenVINO: a graph that was traced from transformers.

While tracing a decoder, each layer's attention is one plain operation, so that it is found again in
the graph.
"""

import math
import warnings
from typing import Any

import openvino as ov
import torch
from torch import Tensor
from transformers import AttentionInterface, AttentionMaskInterface

MARKED = "openvino_marked"
"""As `attn_implementation`, once this module is loaded."""


def marked(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    **options: Any,
) -> tuple[Tensor, None]:
    """Causal attention as one operation; key and value heads are repeated as one operation too."""
    unusual = ("sliding_window", "softcap", "s_aux", "position_bias")
    if found := [name for name in unusual if options.get(name) is not None]:
        raise ValueError(f"its attention has {', '.join(found)}")
    query, key, value = (_with_constant_shape(one) for one in (query, key, value))
    usual = query.shape[-1] ** -0.5
    if scaling is not None and not math.isclose(scaling, usual):
        query = query * (scaling / usual)
    each = int(query.shape[1]) // int(key.shape[1])
    if each > 1:
        key, value = key.repeat(1, each, 1, 1), value.repeat(1, each, 1, 1)
    out = torch.nn.functional.scaled_dot_product_attention(query, key, value, is_causal=True)
    return out.transpose(1, 2).contiguous(), None


def _with_constant_shape(states: Tensor) -> Tensor:
    """A trace would take the number of heads for something that may change."""
    return states.reshape(1, int(states.shape[1]), -1, int(states.shape[3]))


AttentionInterface.register(MARKED, marked)
AttentionMaskInterface.register(MARKED, lambda *_, **__: None)


def traced_graph(model: torch.nn.Module, example: dict[str, Tensor]) -> ov.Model:
    """A module's graph; the example's names are its inputs, of int64 and of the example's rank.
    `openvino.convert_model` would trace twice, and report the call to Intel."""
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about shapes taken for constants
        traced = torch.jit.trace(  # type: ignore[no-untyped-call]
            model, example_kwarg_inputs=example, check_trace=False, strict=False
        )
        frontend = FrontEndManager().load_by_framework("pytorch")
        decoder = TorchScriptPythonDecoder(traced, example_input=example)
        graph = frontend.convert(frontend.load(decoder))
    for parameter, name in zip(graph.get_parameters(), example, strict=True):
        parameter.output(0).get_tensor().set_names({name})
        parameter.set_element_type(ov.Type.i64)
    return graph
