"""Decoder-LLM engines behind one protocol; `open_engine` loads one.

`auto` takes OpenVINO on a CPU, for models of the Llama family; with an NVIDIA GPU vLLM where it is
installed; else transformers, the reference. vLLM on a CPU must be asked for: it needs half a minute
to start.
"""

import logging
import shutil
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from shelftalker.engine.base import Engine
from shelftalker.engine.models import DEFAULT_MODEL, local_folder, read_json, resolve
from shelftalker.engine.openvino.decoder_files import unsupported
from shelftalker.errors import InputError

_LOG = logging.getLogger(__name__)
ENGINES = {
    "openai": "shelftalker.engine.remote:OpenAiEngine",
    "openvino": "shelftalker.engine.openvino.engine:OpenVinoEngine",
    "server": "shelftalker.engine.server.engine:ServerEngine",
    "transformers": "shelftalker.engine.local.engine:TransformersEngine",
    "vllm": "shelftalker.engine.vllm.engine:VllmEngine",
}


def open_engine(model: str = DEFAULT_MODEL, engine: str = "auto", **options: Any) -> Engine:
    """Load a model: a bundled name, a Hugging Face id or a folder.

    Blocks for 2 (openvino, transformers) to 40 s (vLLM on a CPU); inside a running event loop, call
    it by `asyncio.to_thread`. `options` go to the engine's class. Raises `InputError` for an
    unknown engine, `MissingExtra` where its package is missing, `EngineError` where the model
    cannot load or a library's version does not fit.
    """
    name, reason = choose_engine(engine, model)
    begun = time.perf_counter()
    module, attribute = ENGINES[name].split(":")
    make = cast("Callable[..., Engine]", getattr(import_module(module), attribute))
    opened = make(model, reason=reason, **options)
    _LOG.info("loaded %s into the %s engine in %.1f s", model, name, time.perf_counter() - begun)
    return opened


def choose_engine(engine: str, model: str = DEFAULT_MODEL) -> tuple[str, str]:
    """The engine's name, and the reason. Raises `InputError` for an unknown engine."""
    if engine in ENGINES:
        return engine, f"{engine} was asked for"
    if engine != "auto":
        raise InputError(
            f"there is no engine {engine!r}; allowed are auto, {', '.join(sorted(ENGINES))}"
        )
    if not has_nvidia_gpu():
        config = read_json(local_folder(resolve(model)) / "config.json")
        if text := unsupported(config):
            return "transformers", f"the openvino engine does not compute {text} of {model}"
        return "openvino", "no NVIDIA GPU was found"
    if find_spec("vllm") is None:
        return "transformers", "an NVIDIA GPU was found, but vllm is not installed"
    return "vllm", "an NVIDIA GPU was found and vllm is installed"


def has_nvidia_gpu() -> bool:
    """Whether there is one that torch can compute on. torch is asked only where the driver lies:
    importing it takes longer than an answer."""
    if not Path("/dev/nvidiactl").exists() and shutil.which("nvidia-smi") is None:
        return False
    import torch

    return torch.cuda.is_available() and torch.version.cuda is not None
