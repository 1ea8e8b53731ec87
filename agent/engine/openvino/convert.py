"""Convert a transformers decoder, once, into an OpenVINO graph that this engine can serve.

The graph reads the tokens of many requests as one row, `input_ids` [1, tokens], and gives logits
[1, kept, vocab] at the positions in `keep`. Beside the plain decoder it has:

- projections that read the same input (query, key and value) as one matrix product;
- LoRA inputs: for such a group of modules `A:<module>,<module>` [in, columns] and
  `B:<module>,<module>` [columns, out], and `adapter_mask.<modules in the group>` [tokens, columns],
  which is 0 where a token's request does not use the column's adapter;
- `embedding_delta` [1, tokens, hidden], what adapters of the embedding add;
- weights of 8 bits with a scale for each output, if wanted.

`page_attention` then replaces the attention by OpenVINO's paged attention, which keeps keys and
values in blocks (Kwon et al., 2023, "Efficient Memory Management for LLM Serving with
PagedAttention"). Reading the file back would lose that operation's settings, so it comes last.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from filelock import FileLock
from openvino import opset15 as ops

from shelftalker.engine import lora, models
from shelftalker.engine.lora import Layer, Layers
from shelftalker.errors import EngineError

BLOCK = 32
"""Positions in a block of keys and values, as the CPU plugin lays them out."""
_FORMAT = 2
"""Raise it when the graph changes, so that older files are converted again."""
_WRAPPER = "__module.model."
_ABOUT = "about.json"


def converted(folder: str, weights: str) -> tuple[Path, Layers, frozenset[int]]:
    """The file of a converted model in the cache folder, the layers that adapters may change, and
    the tokens that end an answer; `weights` is `int8` or `float32`.

    The first call takes 10 s to a minute. Raises `EngineError` where the model cannot be converted.
    """
    source = _local(folder)
    digest = hashlib.sha256(f"{_FORMAT} {weights} {ov.__version__}".encode())
    for file in sorted([source / "config.json", *source.glob("*.safetensors")]):
        stat = file.stat()
        digest.update(f"{file.resolve()} {stat.st_size} {stat.st_mtime_ns}".encode())
    target = models.cache_folder() / "openvino" / f"{source.name}-{digest.hexdigest()[:16]}"
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.with_suffix(".lock")):
        if not target.is_dir():
            _convert(source, weights, target)
    about = json.loads((target / _ABOUT).read_text())
    layers = {name: Layer(*shape) for name, shape in about["layers"].items()}
    return target / "model.xml", layers, frozenset(about["ends"])


def _local(folder: str) -> Path:
    """A folder as it is; of a Hugging Face id the folder of its snapshot."""
    if Path(folder).is_dir():
        return Path(folder)
    from transformers.utils import cached_file

    file = cached_file(folder, "config.json")
    assert file is not None
    return Path(file).parent


def _convert(source: Path, weights: str, target: Path) -> None:
    partial = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        graph, ends = _trace(source)
        constants = _Constants(compress=weights == "int8")
        _add_embedding_delta(graph, constants)
        _join_projections(graph, constants)
        graph.validate_nodes_and_infer_types()
        ov.save_model(graph, partial / "model.xml", compress_to_fp16=False)
        about = {"layers": lora.layers_of(str(source)), "ends": ends}
        (partial / _ABOUT).write_text(json.dumps(about))
        partial.chmod(0o755)
        partial.rename(target)
    except (RuntimeError, ValueError, TypeError, KeyError, OSError, AttributeError) as error:
        raise EngineError(
            f"cannot convert {source} for OpenVINO: {type(error).__name__}: {error}; "
            "take --engine transformers"
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _trace(source: Path) -> tuple[ov.Model, list[int]]:
    """The decoder without a cache, its attention marked by one operation in each layer; and the
    tokens that end an answer."""
    import torch
    from transformers import AutoModelForCausalLM

    from shelftalker.engine.compat.openvino_trace import MARKED, traced_graph

    model = AutoModelForCausalLM.from_pretrained(
        source, dtype=torch.float32, attn_implementation=MARKED
    )

    class _Traced(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(
            self, input_ids: torch.Tensor, position_ids: torch.Tensor, keep: torch.Tensor
        ) -> torch.Tensor:
            output = self.model(
                input_ids=input_ids, position_ids=position_ids, use_cache=False, logits_to_keep=keep
            )
            logits: torch.Tensor = output.logits
            return logits

    example = {
        "input_ids": torch.tensor([[1, 2, 3, 4, 5]]),
        "position_ids": torch.arange(5)[None],
        "keep": torch.tensor([2, 4]),
    }
    graph = traced_graph(_Traced().eval(), example)
    for parameter in graph.get_parameters():
        shape = [-1] if "keep" in parameter.output(0).get_names() else [1, -1]
        parameter.set_partial_shape(ov.PartialShape(shape))
    graph.validate_nodes_and_infer_types()
    end = model.generation_config.eos_token_id
    return graph, [end] if isinstance(end, int) else end or []


class _Constants:
    """The weights of the new graph; a weight that two layers share stays one."""

    def __init__(self, compress: bool) -> None:
        self._compress = compress
        self._made: dict[tuple[str, ...], Any] = {}

    def of(self, nodes: Sequence[Any]) -> Any:
        """The weights [out, in] of these constants, one above the other."""
        key = tuple(node.get_friendly_name() for node in nodes)
        if key not in self._made:
            self._made[key] = self._constant(np.concatenate([node.data for node in nodes]))
        return self._made[key]

    def _constant(self, weight: Any) -> Any:
        if not self._compress:
            return ops.constant(weight.astype(np.float32))
        scale = np.abs(weight).max(axis=1, keepdims=True).astype(np.float32) / 127
        scale[scale == 0] = 1
        rounded = ops.constant(np.round(weight / scale).astype(np.int8))
        return ops.multiply(ops.convert(rounded, "f32"), ops.constant(scale))


def _module(node: Any) -> str:
    """The name of the transformers module that a node was traced from."""
    name: str = node.get_friendly_name().split("/")[0]
    return name.removeprefix(_WRAPPER)


def _add_embedding_delta(graph: ov.Model, constants: _Constants) -> None:
    [gather] = [
        node
        for node in graph.get_ordered_ops()
        if node.get_type_name() == "Gather" and _is_weight(node.input_value(0).get_node())
    ]
    weight = gather.input_value(0).get_node()
    delta = _parameter("embedding_delta", [1, -1, weight.get_output_shape(0)[1]])
    users = gather.output(0).get_target_inputs()
    shifted = ops.add(gather, delta)
    for user in users:
        user.replace_source_output(shifted.output(0))
    gather.input(0).replace_source_output(constants.of([weight]).output(0))
    graph.add_parameters([delta])


def _join_projections(graph: ov.Model, constants: _Constants) -> None:
    """One product with the adapters' part for all linear layers that read the same input."""
    groups: dict[Any, list[Any]] = {}
    for node in graph.get_ordered_ops():
        if node.get_type_name() == "MatMul" and _is_weight(node.input_value(1).get_node()):
            source = node.input_value(0)
            groups.setdefault((source.get_node().get_name(), source.get_index()), []).append(node)
    masks: dict[int, Any] = {}
    factors: list[Any] = []
    keep = next(p for p in graph.get_parameters() if "keep" in p.output(0).get_names())
    for nodes in groups.values():
        mask = masks.setdefault(len(nodes), _parameter(f"adapter_mask.{len(nodes)}", [-1, -1]))
        if _module(nodes[0]).endswith("lm_head"):
            mask = ops.gather(mask, keep, ops.constant(0))
        factors += _join(nodes, mask, constants)
    graph.add_parameters([*masks.values(), *factors])


def _join(nodes: Sequence[Any], mask: Any, constants: _Constants) -> list[Any]:
    source = nodes[0].input_value(0)
    weights = [node.input_value(1).get_node() for node in nodes]
    sizes = [weight.get_output_shape(0)[0] for weight in weights]
    name = ",".join(map(_module, nodes))
    first = _parameter(f"A:{name}", [weights[0].get_output_shape(0)[1], -1])
    second = _parameter(f"B:{name}", [-1, sum(sizes)])
    users = [node.output(0).get_target_inputs() for node in nodes]
    low = ops.multiply(ops.matmul(source, first, False, False), mask)
    product = ops.matmul(source, constants.of(weights), False, True)
    whole = ops.add(product, ops.matmul(low, second, False, False))
    parts = ops.variadic_split(whole, ops.constant(-1), ops.constant(sizes)).outputs()
    for inputs, part in zip(users, parts if len(nodes) > 1 else [whole.output(0)], strict=True):
        for user in inputs:
            user.replace_source_output(part)
    return [first, second]


def _is_weight(node: Any) -> bool:
    return node.get_type_name() == "Constant" and len(node.get_output_shape(0)) == 2


def _parameter(name: str, shape: Sequence[int], dtype: Any = ov.Type.f32) -> Any:
    parameter = ops.parameter(list(shape), dtype, name=name)
    parameter.output(0).get_tensor().set_names({name})
    return parameter
