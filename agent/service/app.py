"""`create_app`: all faces of the service over one recommender, as one ASGI app."""

import asyncio
import gc
import logging
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Literal

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from threadpoolctl import threadpool_limits

from shelftalker.errors import ShelftalkerError
from shelftalker.recommender import Recommender
from shelftalker.service import (
    administering,
    conversing,
    ingesting,
    openai_chat,
    recommending,
    ucp,
    visitors,
)
from shelftalker.service.context import ServiceContext
from shelftalker.service.mcp_tools import add_mcp
from shelftalker.service.middleware import RequestMiddleware
from shelftalker.service.preloading import NOBODY, PROBE, TALK
from shelftalker.service.problems import MEDIA_TYPE, Problem, add_handlers
from shelftalker.service.telemetry import Traces
from shelftalker.serving.shared_parts import SharedParts
from shelftalker.store.pointers import follow
from shelftalker.store.service_db import ServiceDb
from shelftalker.store.settings import Service
from shelftalker.store.shared_files import SharedFiles

_LOG = logging.getLogger(__name__)
VERSION = "1"
LOCAL_HOSTS = ("127.0.0.1", "localhost")
_PROBLEM: dict[str, Any] = {
    "description": "A problem, with one sentence that says what to do.",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    **dict.fromkeys((400, 401, 403, 404, 409, 413, 422, 429, 503), _PROBLEM),
    500: {**_PROBLEM, "model": Problem},  # so that the model is described, once
}
SWEEP_SECONDS, FOLLOW_SECONDS, PULL_SECONDS = 60.0, 1.0, 10.0


def create_app(
    recommender: Recommender | str | Path,
    settings: Service | None = None,
    *,
    engine: str = "auto",
    page: Literal["visitors", "demo", "off"] = "off",
    shared: Mapping[str, SharedParts] | None = None,
) -> FastAPI:
    """The service of a workspace, or of a recommender that is open already (and then stays open).

    `settings` take the place of those in `workspace.toml`. The caller must see to it that a
    workspace without API keys is served to this machine only; see `running.check_address`. `page`:
    the chat page at /chat, which acts for the visitor of a token, or for anybody (`demo`), and the
    operators' page at /operator.
    `shared`: parts of domains that are loaded already.
    """
    opened = not isinstance(recommender, Recommender)
    if not isinstance(recommender, Recommender):
        recommender = Recommender.open(recommender, engine)
    recommender.share(shared or {})
    settings = settings or recommender.workspace.settings.service
    context = ServiceContext(recommender, ServiceDb.of(recommender.workspace.path), settings)
    app = FastAPI(
        title="shelftalker", version=VERSION, lifespan=partial(_lifespan, context, opened),
        summary="Picks items for each visitor and writes a true, personal text for each pick.",
        responses=_PROBLEMS,
    )  # fmt: skip
    app.state.context = context
    add_handlers(app)
    _add_routes(app, context)
    app.state.mcp = add_mcp(app, context)
    if page != "off":
        from shelftalker.service.pages import add_pages  # loads Gradio, which takes a second

        add_pages(app, context, demo=page == "demo")
    _add_middleware(app, context)
    return app


def _add_routes(app: FastAPI, context: ServiceContext) -> None:
    faces = (recommending, conversing, ingesting, visitors, openai_chat)
    routers = [*(face.router for face in faces), administering.operation, administering.router]
    for router in (*routers, ucp.router) if context.settings.currency is not None else routers:
        app.include_router(router)


def _add_middleware(app: FastAPI, context: ServiceContext) -> None:
    """The last one added sees a request first."""
    settings = context.settings
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key"],
        )
    # Without keys, a page of any site could reach this machine's port under a name of its own.
    hosts = settings.hosts or (() if context.store.has_keys() else LOCAL_HOSTS)
    if hosts:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)
    app.add_middleware(RequestMiddleware, context=context)


@asynccontextmanager
async def _lifespan(
    context: ServiceContext, opened: bool, app: FastAPI
) -> AsyncGenerator[None, None]:
    context.metrics.listen()
    context.traces = context.traces or Traces.of_environment()
    tasks = [asyncio.create_task(work(context)) for work in (_warmed, _swept, _followed)]
    try:
        async with app.state.mcp.session_manager.run():
            yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        context.metrics.close()
        if context.traces is not None:
            await asyncio.to_thread(context.traces.close)
        context.store.close()
        if opened:
            await asyncio.to_thread(context.recommender.close)


async def _warmed(context: ServiceContext) -> None:
    """Load the domains and the engine. A domain without scorer, or an engine that cannot be loaded,
    is in the log and in the answers' notices: the others are served."""
    for name in await asyncio.to_thread(context.recommender.domains):
        try:
            await asyncio.to_thread(context.recommender.domain, name)
        except ShelftalkerError as error:
            _LOG.warning("domain not served", extra={"domain": name, "error": str(error)})
    with suppress(ShelftalkerError):  # the engine host has logged why there is none
        await asyncio.to_thread(context.recommender.warm)
    if context.own_process:
        for name in context.recommender.domains():
            with suppress(ShelftalkerError):
                await asyncio.to_thread(_tried, context, name)
        _settle()
    context.ready = True
    _LOG.info("service ready")
    if context.own_process:
        print("ready", flush=True)


def _tried(context: ServiceContext, domain: str) -> None:
    """Answer as a visitor would be answered, so that what is made on first use is there for the
    first one. Where answers are logged, as far as that leaves no trace."""
    recommender = context.recommender
    recommender.shortlist(NOBODY, PROBE, domain=domain)
    loaded = recommender.domain(domain)
    if loaded.rules.log_shown or loaded.experiment:
        return
    for message in ("", PROBE, PROBE):
        recommender.generate(NOBODY, message, domain=domain, seconds=context.settings.text_seconds)
    asyncio.run(_talked(context, domain))


async def _talked(context: ServiceContext, domain: str) -> None:
    """Hold a conversation that is not kept: what reads messages is made on first use too."""
    conversation = context.assistant.begin(domain=domain, language="en")
    for message in TALK:
        async for _ in context.assistant.say(conversation, message):
            pass


def _settle() -> None:
    """Keep tails short. What was loaded stays: without a freeze a full collection looks at all of
    it, and every answer under way waits. The products of one request are small: BLAS threads that
    spin for them would take the cores from other requests."""
    gc.collect()
    gc.freeze()
    threadpool_limits(1, "blas")


async def _followed(context: ServiceContext) -> None:
    """Serve what another machine has put into service, where they share a database or files."""
    workspace, pulled = context.recommender.workspace, time.monotonic()
    while workspace.is_shared or workspace.settings.files:
        try:
            if workspace.settings.files and time.monotonic() > pulled + PULL_SECONDS:
                pulled = time.monotonic()
                await asyncio.to_thread(SharedFiles(workspace).pull)
            await asyncio.to_thread(follow, workspace)
        except ShelftalkerError as error:
            _LOG.warning("versions in service not read", extra={"error": str(error)})
        await asyncio.sleep(FOLLOW_SECONDS)


async def _swept(context: ServiceContext) -> None:
    """Delete conversations that nobody uses any more."""
    while True:
        oldest = time.time() - 60 * context.settings.conversation_minutes
        try:
            await asyncio.to_thread(context.store.drop_conversations, before=oldest)
        except ShelftalkerError as error:  # the database is away; it is tried again
            _LOG.warning("conversations not swept", extra={"error": str(error)})
        await asyncio.sleep(SWEEP_SECONDS)
