"""Our routes inside `vllm serve`: what the engine `server` asks, in one request a shortlist.

vLLM loads this as an endpoint plugin (group `vllm.endpoint_plugins`) where `VLLM_PLUGINS` names
it. The numbers are those of the engine `vllm`, as the same code asks the same core.
"""

import json
import logging
import multiprocessing
import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, StreamingResponse

from shelftalker.engine import compat
from shelftalker.engine.fingerprint import base_fingerprint
from shelftalker.engine.server import protocol
from shelftalker.engine.server.adapters import SharedAdapters
from shelftalker.engine.server.launch import ADAPTERS_VARIABLE, PLUGIN
from shelftalker.engine.vllm.core_process import guard
from shelftalker.engine.vllm.core_requests import CoreRequests
from shelftalker.errors import AdapterError, EngineError

_LOG = logging.getLogger(__name__)
_router = APIRouter(prefix=protocol.PREFIX)


class Plugin:
    """Obeys vLLM's `EndpointPlugin`."""

    name = PLUGIN
    required_tasks = ("generate",)

    def attach_router(self, app: FastAPI) -> None:
        """Add the routes."""
        app.include_router(_router)
        app.add_exception_handler(EngineError, _refuse)

    async def init_state(self, engine_client: Any, state: Any, args: Any) -> None:
        """Before the server listens: check vLLM, and load the adapters in service."""
        compat.check_libraries(compat.SERVER)
        guards = [guard(process.pid) for process in multiprocessing.active_children()]
        state.shelftalker = SharedModel(engine_client, args.model, guards)
        for fields in json.loads(os.environ.get(ADAPTERS_VARIABLE, "[]")):
            await state.shelftalker.load(protocol.AdapterFile(**fields))


class SharedModel:
    """What the routes use. `guards` end vLLM's core should this process be killed."""

    def __init__(self, core: Any, model: str, guards: list[Any]) -> None:
        self.core, self.guards = core, guards
        self.adapters = SharedAdapters(core)
        self.served = protocol.ServedModel(
            base=base_fingerprint(model), context=core.model_config.max_model_len
        )

    async def load(self, file: protocol.AdapterFile) -> None:
        """Load an adapter before the first request; one that does not load is logged."""
        try:
            async with self.adapters.using(file, Plugin.name):
                pass
        except AdapterError as error:
            _LOG.warning("adapter %s not loaded: %s", file.name, error)

    @asynccontextmanager
    async def requests(self, call: protocol.Call) -> AsyncIterator[tuple[CoreRequests, Any]]:
        """Requests to the core on behalf of a call, and the `LoRARequest` to give them."""
        async with self.adapters.using(call.adapter, call.client) as adapter:
            yield CoreRequests(self.core, call.workspace), adapter


@_router.get("/model")
async def model(request: Request) -> protocol.ServedModel:
    """What is served here."""
    return _shared(request).served


@_router.post("/choose")
async def choose(call: protocol.ChooseCall, request: Request) -> protocol.Scores:
    """Log-probability of each label after each prompt."""
    async with _shared(request).requests(call) as (core, adapter):
        rows = await core.score_prompts(call.prompts, call.labels, adapter)
        return protocol.Scores(rows=rows, **vars(core.reuse))


@_router.post("/likelihood")
async def likelihood(call: protocol.LikelihoodCall, request: Request) -> protocol.Scores:
    """Summed log-probability of each tail after the prefix."""
    async with _shared(request).requests(call) as (core, adapter):
        row = await core.score_continuations(call.prefix, call.tails, adapter)
        return protocol.Scores(rows=[row], **vars(core.reuse))


@_router.post("/ask")
async def ask(call: protocol.AskCall, request: Request) -> StreamingResponse:
    """A text in pieces, or a JSON object by a schema. A client that goes away ends its request."""
    pieces = _lines(_shared(request), call)
    await anext(pieces)  # a refusal of the adapter comes before the status is sent
    return StreamingResponse(pieces, media_type="application/x-ndjson")


@_router.post("/load")
async def load(call: protocol.Call, request: Request) -> protocol.CacheUse:
    """Load an adapter and check it, before a request needs it."""
    async with _shared(request).requests(call):
        return protocol.CacheUse()


@_router.post("/release")
async def release(call: protocol.Call, request: Request) -> protocol.CacheUse:
    """This client's last lease on an adapter has ended."""
    if call.adapter:
        await _shared(request).adapters.release(call.adapter, call.client)
    return protocol.CacheUse()


async def _lines(shared: SharedModel, call: protocol.AskCall) -> AsyncGenerator[str, None]:
    async with (
        shared.requests(call) as (core, adapter),
        aclosing(core.decode(call.prompt, call.sampling, adapter)) as pieces,
    ):
        yield ""  # the adapter is there
        try:
            async for piece in pieces:
                yield json.dumps(piece) + "\n"
            end: Any = protocol.CacheUse(**vars(core.reuse))
        except EngineError as error:
            end = protocol.ErrorReply(error=str(error))
        yield end.model_dump_json() + "\n"


async def _refuse(_: Request, error: Exception) -> JSONResponse:
    adapter = isinstance(error, AdapterError)
    body = protocol.ErrorReply(error=str(error), adapter=adapter).model_dump()
    return JSONResponse(body, status_code=422 if adapter else 503)


def _shared(request: Request) -> SharedModel:
    shared: SharedModel = request.app.state.shelftalker
    return shared
