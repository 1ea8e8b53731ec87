"""What operators use: /health, /metrics, and the routes under /v1/admin."""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from shelftalker.service.access import Admin
from shelftalker.service.bodies import RollbackBody
from shelftalker.service.context import ServiceContext, context_of
from shelftalker.service.metrics import CONTENT_TYPE
from shelftalker.service.replies import DomainOut, Health

health = APIRouter(tags=["health"])
admin = APIRouter(prefix="/v1/admin", tags=["admin"])


@health.get("/health/live")
async def live() -> Health:
    """The process answers."""
    return Health(status="ok")


@health.get("/health/ready", responses={503: {"model": Health}})
async def ready(request: Request) -> Response:
    """Domains and engine are loaded: a request is answered at full speed."""
    context = context_of(request)
    if context.ready:
        return JSONResponse(Health(status="ok").model_dump())
    return JSONResponse(Health(status="starting", detail=context.not_ready).model_dump(), 503)


@health.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request, _: Admin) -> Response:
    """All metrics, in Prometheus' text format."""
    context = context_of(request)
    return Response(context.metrics.text(), media_type=CONTENT_TYPE)


@admin.get("/domains")
async def domains(request: Request, _: Admin) -> list[DomainOut]:
    """The domains, with their versions and which of them are in service."""
    return await asyncio.to_thread(_domains, context_of(request))


@admin.post("/domains/{domain}/rollback")
async def rollback(domain: str, body: RollbackBody, request: Request, _: Admin) -> DomainOut:
    """Put the adapter of so many promotions ago back in service."""
    context = context_of(request)
    workspace = context.recommender.workspace
    await asyncio.to_thread(workspace.restore_adapter, domain, body.steps)
    return await asyncio.to_thread(_domain, context, domain)


def _domains(context: ServiceContext) -> list[DomainOut]:
    return [_domain(context, name) for name in context.recommender.domains()]


def _domain(context: ServiceContext, name: str) -> DomainOut:
    workspace = context.recommender.workspace
    current = workspace.current(name)
    return DomainOut(
        name=name,
        items=len(workspace.catalog(name)),
        events=workspace.events.count(name),
        scorers=workspace.versions(name, "scorer"),
        adapters=workspace.versions(name, "adapters"),
        scorer=current.scorer,
        adapter=current.adapter,
    )
