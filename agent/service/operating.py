"""What operators use: /health and /metrics."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from shelftalker.service.access import Admin
from shelftalker.service.context import context_of
from shelftalker.service.metrics import CONTENT_TYPE
from shelftalker.service.replies import Health

router = APIRouter(tags=["operation"])


@router.get("/health/live")
async def live() -> Health:
    """The process answers."""
    return Health(status="ok")


@router.get("/health/ready", responses={503: {"model": Health}})
async def ready(request: Request) -> Response:
    """Domains and engine are loaded: a request is answered at full speed."""
    context = context_of(request)
    if context.ready:
        return JSONResponse(Health(status="ok").model_dump())
    return JSONResponse(Health(status="starting", detail=context.not_ready).model_dump(), 503)


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request, _: Admin) -> Response:
    """All metrics, in Prometheus' text format."""
    context = context_of(request)
    return Response(context.metrics.text(), media_type=CONTENT_TYPE)
