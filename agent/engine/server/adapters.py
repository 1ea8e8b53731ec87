"""The adapters of a shared server: loaded when a request names them, and checked.

Each request says which adapter it means, so that a server that was started again, or another
replica, loads it by itself. An adapter is taken out when its last client has released it, or all
its clients have been silent for a while.
"""

import asyncio
import itertools
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shelftalker.engine import lora
from shelftalker.engine.server.protocol import AdapterFile
from shelftalker.engine.slots import UseCount
from shelftalker.engine.vllm.core_requests import CoreRequests, lora_request
from shelftalker.errors import AdapterError

SILENT_SECONDS = 600.0
"""A client that asked for nothing for so long may have died: it keeps no adapter."""
_PROMPT, _TOKENS = list(range(100, 132)), list(range(200, 264))
"""Token ids that every model has."""
_LOG = logging.getLogger(__name__)


@dataclass(eq=False)
class SharedAdapter:
    """An adapter in the server. `request`: vLLM's `LoRARequest`; `clients`: when each last asked,
    in seconds."""

    request: Any
    running: UseCount = field(default_factory=UseCount)
    clients: dict[str, float] = field(default_factory=dict)


class SharedAdapters:
    """Belongs to the server's event loop. `core`: vLLM's `EngineClient`, which holds a limited
    number of adapters and reads others again from their folders."""

    def __init__(self, core: Any, clock: Callable[[], float] = time.monotonic) -> None:
        self._core, self._clock = core, clock
        self._loaded: dict[AdapterFile, SharedAdapter] = {}
        self._keys = itertools.count(1)
        self._changing = asyncio.Lock()
        self._plain: list[float] = []

    @asynccontextmanager
    async def using(self, file: AdapterFile | None, client: str) -> AsyncIterator[Any]:
        """vLLM's `LoRARequest` of an adapter, which stays during the block; None for None. Raises
        `AdapterError` where the folder holds another adapter, or vLLM cannot serve it."""
        if file is None:
            yield None
            return
        if file not in self._loaded:
            async with self._changing:
                await self._ensure_loaded(file)
        shared = self._loaded[file]
        shared.clients[client] = self._clock()
        with shared.running:
            yield shared.request

    async def release(self, file: AdapterFile, client: str) -> None:
        """This client needs the adapter no more."""
        if shared := self._loaded.get(file):
            shared.clients.pop(client, None)
        async with self._changing:
            await self._take_out_unused()

    async def _ensure_loaded(self, file: AdapterFile) -> None:
        if file in self._loaded:
            return
        await self._take_out_unused()
        begun = self._clock()
        if await asyncio.to_thread(AdapterFile.of, "", file.name, Path(file.folder)) != file:
            raise AdapterError(
                f"{file.folder} holds another adapter here than where {file.name} was asked for; "
                "let both machines see the same folder"
            )
        shared = SharedAdapter(lora_request(file.name, next(self._keys), file.folder))
        try:
            await self._core.add_lora(shared.request)
        except Exception as error:
            raise AdapterError(f"vLLM cannot load {file.folder}: {error}") from error
        await self._check_effect(file, shared.request)
        self._loaded[file] = shared
        seconds = round(self._clock() - begun, 3)
        _LOG.info("shared adapter loaded", extra={"adapter": file.name, "seconds": seconds})

    async def _check_effect(self, file: AdapterFile, request: Any) -> None:
        """Raise `AdapterError` where a known prompt is answered as without the adapter: it was
        ignored."""
        requests = CoreRequests(self._core)
        self._plain = self._plain or await requests.score_labels(_PROMPT, _TOKENS, None)
        if await requests.score_labels(_PROMPT, _TOKENS, request) != self._plain:
            return
        tensors = await asyncio.to_thread(lora.read_tensors, Path(file.folder))
        if any(tensor.any() for name, tensor in tensors.items() if "lora_B" in name):
            await self._core.remove_lora(request.lora_int_id)
            raise AdapterError(
                f"vLLM took {file.name} and answers as without it; check that its layers are the "
                "model's, and update vLLM"
            )

    async def _take_out_unused(self) -> None:
        oldest = self._clock() - SILENT_SECONDS
        for file, shared in list(self._loaded.items()):
            heard = any(last > oldest for last in shared.clients.values())
            if not heard and not shared.running.count:
                del self._loaded[file]
                await self._core.remove_lora(shared.request.lora_int_id)
                _LOG.info("shared adapter unloaded", extra={"adapter": file.name})
