"""Starts vLLM's core process, at low priority on a CPU, and makes sure that it ends with ours."""

import multiprocessing
import os
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

from shelftalker.engine import has_nvidia_gpu, lora
from shelftalker.engine.compat.vllm import WORKER, spawning
from shelftalker.engine.vllm.core_requests import MAX_LABELS
from shelftalker.errors import EngineError

MAX_BATCH_ADAPTERS = {"cpu": 8, "gpu": 4}
"""How many adapters one batch may mix: they take memory, which a GPU has less of."""
CPU_NICENESS = 10


def start_core(options: dict[str, Any]) -> tuple[Any, list[subprocess.Popen[bytes]]]:
    """Start the core and wait until it serves. Returns it, and the guards of its processes.

    `options` go to vLLM's `AsyncEngineArgs`. Raises `EngineError` where it does not start.
    """
    from vllm.engine.arg_utils import AsyncEngineArgs
    from vllm.platforms import current_platform
    from vllm.v1.engine.async_llm import AsyncLLM

    others = set(multiprocessing.active_children())
    try:
        with spawning(without_compiler=options["enforce_eager"]):
            core = AsyncLLM.from_engine_args(AsyncEngineArgs(**options))
    except Exception as error:
        raise EngineError(f"vLLM cannot start with {options['model']!r}: {error}") from error
    started = [process.pid for process in set(multiprocessing.active_children()) - others]
    if current_platform.is_cpu():
        for pid in started:
            _lower_priority(pid)
    return core, [guard(pid) for pid in started]


def core_options(
    folder: str, context: int, dtype: str, slots: int, gpu_memory_utilization: float
) -> dict[str, Any]:
    """The settings, of vLLM's `AsyncEngineArgs`, with which the core gives the numbers that the
    engine contract asks for. `context`: most tokens of a request; `slots`: adapters in memory."""
    on_cpu = not has_nvidia_gpu()
    if dtype == "auto" and on_cpu:
        from shelftalker.engine.compat.torch import fast_dtype

        dtype = fast_dtype("cpu")  # vLLM would take bfloat16 even where that is emulated
    options = {
        "model": folder,
        "dtype": dtype,
        "enable_lora": True,
        "lora_target_modules": sorted({name.split(".")[-1] for name in lora.layers_of(folder)}),
        "max_loras": min(MAX_BATCH_ADAPTERS["cpu" if on_cpu else "gpu"], slots),
        "max_cpu_loras": slots,
        "max_lora_rank": lora.MAX_RANK,
        "max_model_len": context,
        "gpu_memory_utilization": gpu_memory_utilization,
        "max_logprobs": MAX_LABELS,
        "logprobs_mode": "processed_logprobs",  # after allowed_token_ids, not before
        "enable_prefix_caching": True,
        "use_tqdm_on_load": False,
        "enforce_eager": on_cpu,  # compiling takes over a minute there
        "worker_cls": WORKER,
    }
    if on_cpu:
        options["block_size"] = 32  # finer than the default 128: more of a prefix is shared
    return options


def guard(pid: int | None) -> subprocess.Popen[bytes]:
    """A process that kills the core when this process ends, however that happens: the core would
    go on and keep its gigabytes."""
    script = f"read -r _; kill -9 {pid}"  # its input ends with us
    return subprocess.Popen(
        ["sh", "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # about a core that ended first
        start_new_session=True,
    )


def _lower_priority(pid: int | None) -> None:
    """Let everything else on the machine run first: cards are shown while texts are written."""
    with suppress(OSError):  # it has ended: the next request will report that
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.setpriority(os.PRIO_PROCESS, int(thread.name), CPU_NICENESS)
