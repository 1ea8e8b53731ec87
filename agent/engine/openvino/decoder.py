"""A decoder of the Llama family as an OpenVINO graph, built from its weights at each start.

It reads the next tokens of many requests in one pass: `input_ids` and `position_ids` [tokens], and
gives logits [kept, vocab] at the rows in `keep`. Beside the plain decoder (Touvron et al., 2023,
"LLaMA") it has:

- projections that read the same input (query, key and value; gate and up) as one matrix product;
- LoRA inputs: for such a group of modules `A:<module>,<module>` [in, columns] and
  `B:<module>,<module>` [columns, out], and `adapter_mask.<modules in the group>` [tokens, columns],
  which is 0 where a token's request does not use the column's adapter;
- `embedding_delta` [tokens, hidden], what adapters of the embedding add;
- weights of 8 bits with a scale for each output, if wanted;
- paged attention, which keeps keys and values in blocks (Kwon et al., 2023, "Efficient Memory
  Management for LLM Serving with PagedAttention").
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import openvino as ov
from openvino import opset15 as ops

from shelftalker.engine.compat.openvino import PagedAttention, parameter
from shelftalker.engine.lora import Layer, Layers
from shelftalker.engine.openvino.decoder_files import DecoderFiles

_EMBEDDING, _HEAD = "model.embed_tokens", "lm_head"


class DecoderGraph:
    """`model` is the graph; `layers` are those that adapters may change."""

    def __init__(self, files: DecoderFiles) -> None:
        self.layers: Layers = {}
        self._files = files
        self._constants: dict[str, Any] = {}
        self._matrices: dict[tuple[str, ...], tuple[Any, Any]] = {}
        self._masks: dict[int, Any] = {}
        self._factors: list[Any] = []
        self._attention = PagedAttention(files.heads, files.groups, files.head)
        self._inputs = [
            parameter(name, [-1], ov.Type.i32) for name in ("input_ids", "position_ids", "keep")
        ]
        self.model = self._build()

    def _build(self) -> ov.Model:
        ids, _, keep = self._inputs
        delta = parameter("embedding_delta", [-1, self._files.hidden])
        states = ops.add(self._embedded(ids), delta)
        self._cosines, self._sines = self._rotation()
        for number in range(self._files.layers):
            states = self._layer(states, f"model.layers.{number}.")
        kept = self._normed(ops.gather(states, keep, self._constant(0)), "model.norm")
        [logits] = self._linear(kept, "", [_HEAD], keep)
        inputs = [*self._inputs, delta, *self._masks.values(), *self._factors]
        return ov.Model([logits], [*inputs, *self._attention.parameters], "decoder")

    def _embedded(self, ids: Any) -> Any:
        outputs = self._files.shape(_EMBEDDING)
        self.layers[_EMBEDDING] = Layer(outputs[1], outputs[0], embedding=True)
        rows, scale = self._matrix((_EMBEDDING,))
        found = ops.convert(ops.gather(rows, ids, self._constant(0)), "f32")
        return ops.multiply(found, ops.gather(scale, ids, self._constant(0))) if scale else found

    def _layer(self, states: Any, layer: str) -> Any:
        files, attention = self._files, f"{layer}self_attn."
        normed = self._normed(states, f"{layer}input_layernorm")
        mixed = self._linear(normed, attention, ["q_proj", "k_proj", "v_proj"])
        turned = files.heads + files.groups
        both = ops.concat([mixed[0], mixed[1]], 1)
        both = ops.reshape(both, self._constant([0, turned, files.head]), True)
        both = self._rotated(self._normed_heads(both, attention))
        query, key = ops.variadic_split(
            ops.reshape(both, self._constant([0, turned * files.head]), True),
            self._constant(1),
            self._constant([files.heads * files.head, files.groups * files.head]),
        ).outputs()
        [added] = self._linear(self._attention.of(query, key, mixed[2]), attention, ["o_proj"])
        states = ops.add(states, added)
        normed = self._normed(states, f"{layer}post_attention_layernorm")
        gate, up = self._linear(normed, f"{layer}mlp.", ["gate_proj", "up_proj"])
        [added] = self._linear(ops.multiply(ops.swish(gate), up), f"{layer}mlp.", ["down_proj"])
        return ops.add(states, added)

    def _linear(
        self, states: Any, prefix: str, names: Sequence[str], keep: Any = None
    ) -> list[Any]:
        """The outputs of the modules `prefix` + name, which read the same states."""
        modules = tuple(prefix + name for name in names)
        stored = modules if self._files.has(f"{modules[0]}.weight") else (_EMBEDDING,)
        shapes = [self._files.shape(one) for one in stored]
        for module, shape in zip(modules, shapes, strict=True):
            self.layers[module] = Layer(shape[0], shape[1])
        matrix, scale = self._matrix(stored)
        if scale:
            matrix = ops.multiply(ops.convert(matrix, "f32"), scale)
        product = ops.matmul(states, matrix, False, True)
        bias = self._files.bias(modules)
        if bias is not None:
            product = ops.add(product, ops.constant(bias))
        outputs = [shape[0] for shape in shapes]
        added = self._adapted(states, modules, shapes[0][1], sum(outputs), keep)
        whole = ops.add(product, added)
        if len(modules) == 1:
            return [whole.output(0)]
        split = ops.variadic_split(whole, self._constant(1), self._constant(outputs))
        return list(split.outputs())

    def _matrix(self, modules: tuple[str, ...]) -> tuple[Any, Any]:
        """Constants of their weights and of the scales, if any; a tied weight stays one."""
        if modules not in self._matrices:
            matrix, scale = self._files.matrix(modules)
            scales = None if scale is None else ops.constant(scale)
            self._matrices[modules] = ops.constant(matrix), scales
        return self._matrices[modules]

    def _adapted(
        self, states: Any, modules: Sequence[str], inputs: int, outputs: int, keep: Any
    ) -> Any:
        """What the adapters add to the outputs of these modules."""
        count, name = len(modules), ",".join(modules)
        if count not in self._masks:
            self._masks[count] = parameter(f"adapter_mask.{count}", [-1, -1])
        mask = self._masks[count]
        if keep is not None:
            mask = ops.gather(mask, keep, self._constant(0))
        first = parameter(f"A:{name}", [inputs, -1])
        second = parameter(f"B:{name}", [-1, outputs])
        self._factors += [first, second]
        low = ops.multiply(ops.matmul(states, first, False, False), mask)
        return ops.matmul(low, second, False, False)

    def _normed(self, states: Any, name: str) -> Any:
        return self._scaled(states, self._files.vector(f"{name}.weight"))

    def _normed_heads(self, both: Any, attention: str) -> Any:
        """Queries and keys of models that norm each head (Qwen3)."""
        if not self._files.has(f"{attention}q_norm.weight"):
            return both
        heads = [(self._files.heads, "q_norm"), (self._files.groups, "k_norm")]
        rows = [
            np.tile(self._files.vector(f"{attention}{name}.weight"), (n, 1)) for n, name in heads
        ]
        return self._scaled(both, np.concatenate(rows))

    def _scaled(self, states: Any, gain: Any) -> Any:
        """Root mean square layer normalisation (Zhang and Sennrich, 2019)."""
        square = ops.power(states, self._constant(2.0))
        mean = ops.reduce_mean(square, self._constant(-1), True)
        root = ops.sqrt(ops.add(mean, self._constant(self._files.epsilon)))
        unit = ops.multiply(states, ops.divide(self._constant(1.0), root))
        return ops.multiply(unit, ops.constant(gain))

    def _rotation(self) -> tuple[Any, Any]:
        """Cosines and sines [tokens, 1, size] of the rotary embedding (Su et al., 2021); the sines'
        first half is negative, so that halves need only be swapped."""
        place = ops.convert(ops.reshape(self._inputs[1], self._constant([-1, 1, 1]), False), "f32")
        angle = ops.multiply(place, ops.constant(self._files.frequencies))
        cosine, sine = ops.cos(angle), ops.sin(angle)
        minus = ops.multiply(sine, self._constant(-1.0))
        return ops.concat([cosine, cosine], 2), ops.concat([minus, sine], 2)

    def _rotated(self, both: Any) -> Any:
        first, second = ops.split(both, self._constant(-1), 2).outputs()
        swapped = ops.concat([second, first], -1)
        return ops.add(ops.multiply(both, self._cosines), ops.multiply(swapped, self._sines))

    def _constant(self, value: float | Sequence[int]) -> Any:
        """Numbers as float32, or whole ones as int64. A constant is made once: a graph of fewer
        nodes is compiled faster."""
        key = repr(value)
        if key not in self._constants:
            dtype = np.float32 if isinstance(value, float) else np.int64
            self._constants[key] = ops.constant(np.asarray(value, dtype))
        return self._constants[key]
