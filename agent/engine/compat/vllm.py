"""vLLM in the process that starts its core: environment, spawning, shutdown.

The core's own process is patched in `vllm_worker`.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from shelftalker.errors import EngineError

ENVIRONMENT = {
    "VLLM_CPU_KVCACHE_SPACE": "2",  # GB
    "VLLM_LOGGING_LEVEL": "ERROR",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_USE_V2_MODEL_RUNNER": "0",  # `vllm_worker` patches V1
    "VLLM_WORKER_MULTIPROC_METHOD": "spawn",  # a fork can hang once several threads have computed
}
"""Set for the whole process where unset."""
WORKER = "shelftalker.engine.compat.vllm_worker.PatchedWorker"


def set_environment() -> None:
    """Before vLLM is imported for the first time."""
    for key, value in ENVIRONMENT.items():
        os.environ.setdefault(key, value)


@contextmanager
def spawning(without_compiler: bool) -> Iterator[None]:
    """Start the core inside this: else it would import the user's script, and so start once more.

    `without_compiler` spares the 19 s in which a small function is compiled for the first
    log-probabilities.
    """
    main = sys.modules["__main__"]
    hidden = {name: one for name, one in vars(main).items() if name in ("__file__", "__spec__")}
    vars(main).pop("__file__", None)
    main.__spec__ = None
    before = os.environ.get("TORCHDYNAMO_DISABLE")
    if without_compiler:
        os.environ["TORCHDYNAMO_DISABLE"] = "1"
    try:
        yield
    finally:
        vars(main).update(hidden)
        os.environ.pop("TORCHDYNAMO_DISABLE", None)
        if before is not None:
            os.environ["TORCHDYNAMO_DISABLE"] = before


def serve(arguments: list[str]) -> None:
    """What the command `vllm serve` does, until a signal ends it. The command itself fails where
    vLLM is installed under another name, as vllm-cpu."""
    from vllm.entrypoints.cli.serve import ServeSubcommand
    from vllm.utils.argparse_utils import FlexibleArgumentParser

    command, parser = ServeSubcommand(), FlexibleArgumentParser()
    command.subparser_init(parser.add_subparsers(required=True))
    options = parser.parse_args(["serve", *arguments])
    command.validate(options)
    with spawning(without_compiler=False):
        command.cmd(options)


def end_requests(core: Any, error: EngineError) -> None:
    """Raise an error in every running request: vLLM leaves them waiting for ever when its core is
    shut down."""
    core.output_processor.propagate_error(error)


def shut_down(core: Any) -> None:
    """End the core's process."""
    try:
        core.shutdown()
    finally:
        core.shutdown = bool  # vLLM calls it again at exit, when its parts are gone


def prompt_logprobs(read_cache: bool) -> dict[str, Any]:
    """Sampling parameters for a prompt's log-probabilities. vLLM has none for positions out of its
    prefix cache, and so does not read the cache by itself."""
    return {"prompt_logprobs": 0, "skip_reading_prefix_cache": not read_cache}
