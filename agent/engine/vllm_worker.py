"""What runs in vLLM's own process: its worker, mended where adapters are concerned.

On a CPU vLLM's functions copy an adapter's weights once a token, and take the last slot's where a
request has none (https://github.com/vllm-project/vllm/pull/48421). And an adapter of the output
head is applied to one state a request, the last; where a prompt's log-probabilities are asked for
there is a state a token, of which the CPU worker dies and the GPU worker leaves the adapter out
(https://github.com/vllm-project/vllm/issues/51594). Both were open in August 2026.
"""

from typing import Any

import torch
from torch import Tensor
from vllm.lora.layers import LogitsProcessorWithLoRA
from vllm.lora.layers.base import BaseLayerWithLoRA
from vllm.lora.punica_wrapper.punica_cpu import PunicaWrapperCPU
from vllm.platforms import current_platform

if current_platform.is_cpu():
    from vllm.v1.worker.cpu_worker import CPUWorker as PlatformWorker
else:
    from vllm.v1.worker.gpu_worker import Worker as PlatformWorker


class Worker(PlatformWorker):  # type: ignore[misc]
    """Given to vLLM by its name."""

    def load_model(self, **options: Any) -> None:
        """As vLLM does, and mend what adds adapters' shares."""
        super().load_model(**options)
        for module in self.model_runner.model.modules():
            if isinstance(module, BaseLayerWithLoRA) and current_platform.is_cpu():
                module.punica_wrapper.__class__ = CpuShares
            if isinstance(module, LogitsProcessorWithLoRA):
                Prompts(self.model_runner, module.punica_wrapper)


class CpuShares(PunicaWrapperCPU):  # type: ignore[misc]
    """What adapters add to layers' outputs, for all tokens of an adapter at once. Stacked weights
    are [slots, 1, out, in]."""

    _of_tokens: dict[int, Any]
    _of_requests: dict[int, Any]

    def update_metadata(self, *mapping: Any, **options: Any) -> None:
        """Called before each pass of other requests."""
        super().update_metadata(*mapping, **options)
        self._of_tokens = _by_slot(self.token_lora_indices)
        self._of_requests = _by_slot(self.sampler_indices)

    def add_lora_linear(
        self,
        y: Tensor,
        x: Tensor,
        lora_a_stacked: tuple[Tensor, ...],
        lora_b_stacked: tuple[Tensor, ...],
        scale: float,
        output_slices: tuple[int, ...],
        **_: Any,
    ) -> None:
        """`y`, [tokens, all slices], gets that of `x`, [tokens, in]."""
        y, x = y.view(-1, y.shape[-1]), x.view(-1, x.shape[-1])
        for slot, rows in self._of_tokens.items():
            start, own = 0, x[rows]
            for a, b, width in zip(lora_a_stacked, lora_b_stacked, output_slices, strict=True):
                share = own @ a[slot, 0].T @ b[slot, 0].T * scale
                y[rows, start : start + width] += share
                start += width

    def add_lora_embedding(self, y: Tensor, x: Tensor, lora_b_stacked: Tensor, **_: Any) -> None:
        """`y`, [tokens, hidden], gets that of `x`, the tokens' rows of the first factor."""
        for slot, rows in self._of_tokens.items():
            y[rows] += x[rows] @ lora_b_stacked[slot, 0].T

    def add_lora_logits(
        self, y: Tensor, x: Tensor, lora_a_stacked: Tensor, lora_b_stacked: Tensor, scale: float,
        **_: Any,
    ) -> None:  # fmt: skip
        """`y`, [requests, vocabulary], gets that of the requests' last states."""
        for slot, rows in self._of_requests.items():
            y[rows] += head_share(x[rows], lora_a_stacked[slot], lora_b_stacked[slot], scale, y)


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


def _by_slot(slots: Tensor) -> dict[int, Any]:
    """Slot → the rows of a batch that take its adapter; -1 is no slot."""
    present = set(slots.tolist())
    if len(present) == 1:
        return {slot: slice(None) for slot in present if slot >= 0}
    return {slot: (slots == slot).nonzero()[:, 0] for slot in present if slot >= 0}
