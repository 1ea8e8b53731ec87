"""What runs in vLLM's own process: its worker, mended where adapters are concerned.

On a CPU vLLM's functions copy an adapter's weights once a token, and take the last slot's where a
request has none (https://github.com/vllm-project/vllm/pull/48421). And an adapter of the output
head is applied to one state a request, the last; where a prompt's log-probabilities are asked for
there is a state a token, of which the CPU worker dies and the GPU worker leaves the adapter out
(https://github.com/vllm-project/vllm/issues/51594). Both were open in August 2026.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from vllm.lora.layers import LogitsProcessorWithLoRA
from vllm.lora.layers.base import BaseLayerWithLoRA
from vllm.lora.punica_wrapper.punica_cpu import PunicaWrapperCPU
from vllm.platforms import current_platform

from shelftalker.engine.vllm.mixed_lora import Joined, TokenSlots

if current_platform.is_cpu():
    from vllm.v1.worker.cpu_worker import CPUWorker as PlatformWorker
else:
    from vllm.v1.worker.gpu_worker import Worker as PlatformWorker


class PatchedWorker(PlatformWorker):  # type: ignore[misc]
    """Given to vLLM by its name."""

    def load_model(self, **options: Any) -> None:
        """As vLLM does, and mend what adds adapters' shares."""
        super().load_model(**options)
        layers = [
            module
            for module in self.model_runner.model.modules()
            if isinstance(module, BaseLayerWithLoRA)
        ]
        if current_platform.is_cpu():
            joined = dict(watch(layer) for layer in layers)
            for layer in layers:
                layer.punica_wrapper.__class__ = CpuShares
                layer.punica_wrapper.joined = joined
        for layer in layers:
            if isinstance(layer, LogitsProcessorWithLoRA):
                Prompts(self.model_runner, layer.punica_wrapper)


class CpuShares(PunicaWrapperCPU):  # type: ignore[misc]
    """What adapters add to layers' outputs. `joined`: the adapters of a layer, by the place in
    memory of its stacked second factors."""

    joined: dict[int, Joined]
    _tokens: TokenSlots
    _requests: TokenSlots

    def update_metadata(self, *mapping: Any, **options: Any) -> None:
        """Called before each pass of other requests."""
        super().update_metadata(*mapping, **options)
        self._tokens, self._requests = (
            TokenSlots(self.token_lora_indices),
            TokenSlots(self.sampler_indices),
        )

    def add_lora_linear(
        self, y: Tensor, x: Tensor, a: Any, b: tuple[Tensor, ...], scale: float, *_: Any, **__: Any
    ) -> None:
        """`y`, [tokens, all slices], gets that of `x`, [tokens, in]."""
        y, x = y.view(-1, y.shape[-1]), x.view(-1, x.shape[-1])
        self.joined[b[0].data_ptr()].add(y, x, self._tokens, scale)

    def add_lora_embedding(self, y: Tensor, x: Tensor, lora_b_stacked: Tensor, **_: Any) -> None:
        """`y`, [tokens, hidden], gets that of `x`, the tokens' rows of the first factor."""
        for slot, start, end in self._tokens.runs:
            y[start:end] += x[start:end] @ lora_b_stacked[slot, 0].T

    def add_lora_logits(
        self, y: Tensor, x: Tensor, a: Tensor, b: Tensor, scale: float, **_: Any
    ) -> None:
        """`y`, [requests, vocabulary or more], gets that of the requests' last states."""
        self.joined[b.data_ptr()].add(y[:, : b.shape[2]], x, self._requests, scale)


def watch(layer: BaseLayerWithLoRA) -> tuple[int, Joined]:
    """The adapters of a layer, kept up to date whatever is put into its slots, and the place in
    memory by which they are found."""
    a, b = layer.lora_a_stacked, layer.lora_b_stacked
    if not isinstance(b, tuple):
        a, b = (a,), (b,)
    joined = Joined(a, b)

    def watched(change: Callable[..., None]) -> Callable[..., None]:
        def changed(index: int, *weights: Any, **options: Any) -> None:
            change(index, *weights, **options)
            joined.change(index)

        return changed

    layer.set_lora, layer.reset_lora = watched(layer.set_lora), watched(layer.reset_lora)
    return b[0].data_ptr(), joined


class Prompts:
    """Has a prompt's log-probabilities computed with the adapter of the prompt's request."""

    def __init__(self, runner: Any, punica: Any) -> None:
        self._log_probabilities = runner._get_prompt_logprobs_dict
        self._add = punica.add_lora_logits
        self._punica = punica
        self._states: Tensor | None = None
        runner._get_prompt_logprobs_dict = self.log_probabilities
        punica.add_lora_logits = self.add

    def log_probabilities(self, states: Tensor, *rest: Any) -> Any:
        """vLLM's own; `states`, [tokens of the batch, hidden], is what it takes slices of."""
        self._states = states
        try:
            return self._log_probabilities(states, *rest)
        finally:
            self._states = None

    def add(self, y: Tensor, x: Tensor, a: Tensor, b: Tensor, scale: float, **rest: Any) -> Any:
        """In between, `x` is a slice of the states: one request's, so that one adapter's share is
        added to all of `y`."""
        if self._states is None:
            return self._add(y, x, a, b, scale, **rest)
        row = x.data_ptr() - self._states.data_ptr()
        row //= self._states.stride(0) * self._states.element_size()
        slot = int(self._punica.token_lora_indices[row])
        if slot >= 0:
            y += head_share(x, a[slot], b[slot], scale, y)
        return y


def head_share(x: Tensor, a: Tensor, b: Tensor, scale: float, logits: Tensor) -> Tensor:
    """An adapter's share of logits, which may be filled up to another width than its own."""
    share = (x @ a[0].T @ b[0].T * scale).to(logits.dtype)
    return torch.nn.functional.pad(share, (0, logits.shape[1] - share.shape[1]))
