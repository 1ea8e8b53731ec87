"""vLLM's worker with two patches for adapters; it runs in vLLM's own process.

`CpuLora` computes the adapters of a mixed batch on a CPU, `PromptLogprobs` a prompt's
log-probabilities with an adapter of the output head. `patches.yaml` names the upstream issues.
"""

from typing import Any

from torch import Tensor
from vllm.lora.layers import LogitsProcessorWithLoRA
from vllm.lora.layers.base import BaseLayerWithLoRA
from vllm.lora.punica_wrapper.punica_cpu import PunicaWrapperCPU
from vllm.platforms import current_platform

from shelftalker.engine.vllm.mixed_lora import TokenRun, add_runs, runs_of

if current_platform.is_cpu():
    from vllm.v1.worker.cpu_worker import CPUWorker as PlatformWorker
else:
    from vllm.v1.worker.gpu_worker import Worker as PlatformWorker


class PatchedWorker(PlatformWorker):  # type: ignore[misc]
    """Given to vLLM by its name."""

    def load_model(self, **options: Any) -> None:
        """As vLLM does, then patch the functions that apply adapters."""
        super().load_model(**options)
        for layer in self.model_runner.model.modules():
            if isinstance(layer, BaseLayerWithLoRA) and current_platform.is_cpu():
                layer.punica_wrapper.__class__ = CpuLora
            if isinstance(layer, LogitsProcessorWithLoRA):
                PromptLogprobs(self.model_runner, layer.punica_wrapper)


class CpuLora(PunicaWrapperCPU):  # type: ignore[misc]
    """What adapters add to layers' outputs: consecutive tokens of one adapter at a time."""

    _tokens: list[TokenRun]
    _requests: list[TokenRun]

    def update_metadata(self, *mapping: Any, **options: Any) -> None:
        """Called before each pass with other requests."""
        super().update_metadata(*mapping, **options)
        self._tokens = runs_of(self.token_lora_indices.tolist())
        self._requests = runs_of(self.sampler_indices.tolist())

    def add_lora_linear(
        self, y: Tensor, x: Tensor, a: Any, b: tuple[Tensor, ...], scale: float, *_: Any, **__: Any
    ) -> None:
        """Add to `y`, [tokens, all slices], what adapters make of `x`, [tokens, in]."""
        add_runs(y.view(-1, y.shape[-1]), x.view(-1, x.shape[-1]), a, b, self._tokens, scale)

    def add_lora_embedding(self, y: Tensor, x: Tensor, lora_b_stacked: Tensor, **_: Any) -> None:
        """Add to `y`, [tokens, hidden]; `x`: the tokens' rows of the first factor."""
        for slot, start, end in self._tokens:
            y[start:end] += x[start:end] @ lora_b_stacked[slot, 0].T

    def add_lora_logits(
        self, y: Tensor, x: Tensor, a: Tensor, b: Tensor, scale: float, **_: Any
    ) -> None:
        """Add to `y`, [requests, vocabulary or more]; `x`: the requests' last states."""
        add_runs(y, x, (a,), (b,), self._requests, scale)


class PromptLogprobs:
    """Computes a prompt's log-probabilities with the adapter of the prompt's request."""

    def __init__(self, runner: Any, punica: Any) -> None:
        self._log_probabilities = runner._get_prompt_logprobs_dict
        self._add = punica.add_lora_logits
        self._punica = punica
        self._states: Tensor | None = None
        runner._get_prompt_logprobs_dict = self.log_probabilities
        punica.add_lora_logits = self.add

    def log_probabilities(self, states: Tensor, *rest: Any) -> Any:
        """vLLM's own; it takes slices of `states`, [tokens of the batch, hidden]."""
        self._states = states
        try:
            return self._log_probabilities(states, *rest)
        finally:
            self._states = None

    def add(self, y: Tensor, x: Tensor, a: Tensor, b: Tensor, scale: float, **rest: Any) -> Any:
        """Where `x` is a slice of the states, it is one request's: all of `y` takes one adapter."""
        if self._states is None:
            return self._add(y, x, a, b, scale, **rest)
        row = x.data_ptr() - self._states.data_ptr()
        row //= self._states.stride(0) * self._states.element_size()
        slot = int(self._punica.token_lora_indices[row])
        if slot >= 0:
            add_runs(y, x, (a,), (b,), [TokenRun(slot, 0, len(x))], scale)
        return y
