"""What runs in vLLM's own process: its worker, mended where adapters are concerned.

On a CPU vLLM's functions copy an adapter's weights once a token, and take the last slot's where a
request has none (https://github.com/vllm-project/vllm/pull/48421). And an adapter of the output
head is applied to one state a request, the last; where a prompt's log-probabilities are asked for
there is a state a token, of which the CPU worker dies and the GPU worker leaves the adapter out
(https://github.com/vllm-project/vllm/issues/51594). Both were open in August 2026.
"""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any, ClassVar, NamedTuple

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


LONG = 16
"""How many tokens a run must have on average for runs to be quicker than all slots at once."""


class Worker(PlatformWorker):  # type: ignore[misc]
    """Given to vLLM by its name."""

    def load_model(self, **options: Any) -> None:
        """As vLLM does, and mend what adds adapters' shares."""
        super().load_model(**options)
        for module in self.model_runner.model.modules():
            if isinstance(module, BaseLayerWithLoRA) and current_platform.is_cpu():
                module.punica_wrapper.__class__ = CpuShares
                watch(module, module.punica_wrapper.filled)
            if isinstance(module, LogitsProcessorWithLoRA):
                Prompts(self.model_runner, module.punica_wrapper)


class Run(NamedTuple):
    """Tokens `start` to `end` of a batch, all with the adapter of a slot."""

    slot: int
    start: int
    end: int


class CpuShares(PunicaWrapperCPU):  # type: ignore[misc]
    """What adapters add to layers' outputs: adapter by adapter where each has many tokens in a row,
    else of all slots at once; nothing, where no adapter of the batch changes the layer. Stacked
    weights are [slots, 1, out, in]."""

    filled: ClassVar[dict[int, set[int]]] = {}
    """By the place in memory of a layer's stacked second factors: the slots that hold any."""
    _runs: list[Run]
    _others: Tensor | None
    """Slots that are not a token's own, bool [tokens, slots and more, 1]; None where runs are
    quicker."""
    _of_tokens: dict[int, Any]
    _of_requests: dict[int, Any]

    def update_metadata(
        self, mapping: Any, ids: Any, max_loras: int, *rest: Any, **options: Any
    ) -> None:
        """Called before each pass of other requests."""
        super().update_metadata(mapping, ids, max_loras, *rest, **options)
        slots = self.token_lora_indices
        self._runs = runs_of(slots.tolist())
        few = len(self._runs) > 1 and len(slots) <= LONG * len(self._runs)
        self._others = (slots[:, None] != torch.arange(max_loras))[..., None] if few else None
        self._of_tokens = _by_slot(slots)
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
        start = 0
        for a, b, width in zip(lora_a_stacked, lora_b_stacked, output_slices, strict=True):
            part = y[:, start : start + width]
            start += width
            filled = self.filled.get(b.data_ptr())
            runs = self._runs if filled is None else [r for r in self._runs if r.slot in filled]
            if runs and self._others is not None:
                add_by_token(part, x, a, b, scale, self._others)
            else:
                add_by_run(part, x, a, b, scale, runs)

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


def watch(layer: BaseLayerWithLoRA, filled: dict[int, set[int]]) -> None:
    """Keep `filled` true of a linear layer whatever is put into its slots."""
    if not isinstance(layer.lora_b_stacked, tuple):
        return  # an embedding

    def watched(change: Callable[..., None]) -> Callable[..., None]:
        def changed(index: int, *weights: Any, **options: Any) -> None:
            change(index, *weights, **options)
            for b in layer.lora_b_stacked:
                slots = filled.setdefault(b.data_ptr(), set())
                (slots.add if b[index].any() else slots.discard)(index)

        return changed

    layer.set_lora, layer.reset_lora = watched(layer.set_lora), watched(layer.reset_lora)
    for index in range(layer.lora_b_stacked[0].shape[0]):
        layer.reset_lora(index)


def runs_of(slots: Sequence[int]) -> list[Run]:
    """Tokens in a row with the same adapter; -1 is none."""
    found, start = [], 0
    for slot, own in groupby(slots):
        end = start + len(list(own))
        if slot >= 0:
            found.append(Run(slot, start, end))
        start = end
    return found


def add_by_run(
    y: Tensor, x: Tensor, a: Tensor, b: Tensor, scale: float, runs: Sequence[Run]
) -> None:
    """To `y`, [tokens, out], the share of `x`, [tokens, in], a run of tokens at a time."""
    for slot, start, end in runs:
        y[start:end].addmm_(x[start:end] @ a[slot, 0].T, b[slot, 0].T, alpha=scale)


def add_by_token(y: Tensor, x: Tensor, a: Tensor, b: Tensor, scale: float, others: Tensor) -> None:
    """The same, by computing every slot's share of every token and leaving out those of `others`,
    [tokens, slots or more, 1]: on few tokens a call costs more than what it computes."""
    slots, rank = a.shape[0], a.shape[2]
    narrow = (x @ a.view(slots * rank, -1).T).view(-1, slots, rank)
    narrow.masked_fill_(others[:, :slots], 0)
    y.add_(torch.bmm(narrow.transpose(0, 1), b[:, 0].transpose(1, 2)).sum(0), alpha=scale)


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
