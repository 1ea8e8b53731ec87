"""What operators use: /health, /metrics, and /v1/admin: versions in service, and hooks that await
review. All but /health is for keys with the scope `admin`."""

from typing import Literal

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import JSONResponse, Response

from shelftalker.adapters.registry import AdapterVersions
from shelftalker.errors import InputError
from shelftalker.service.access import ADMIN, Admin
from shelftalker.service.bodies import ReviewBody, ServingBody
from shelftalker.service.context import Context, ServiceContext
from shelftalker.service.replies import Count, DomainOut, Health, HookOut

operation = APIRouter(tags=["operation"])
router = APIRouter(prefix="/v1/admin/domains", tags=["administration"], dependencies=[ADMIN])


@operation.get("/health/live")
async def live() -> Health:
    """The process answers."""
    return Health(status="ok")


@operation.get("/health/ready", responses={503: {"model": Health}})
async def ready(context: Context) -> Response:
    """Domains and engine are loaded: a request is answered at full speed."""
    if context.ready:
        return JSONResponse(Health(status="ok").model_dump())
    waiting = "the domains and the engine are being loaded"
    return JSONResponse(Health(status="starting", detail=waiting).model_dump(), 503)


@operation.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(context: Context, _: Admin) -> Response:
    """All metrics, in Prometheus' text format."""
    return Response(context.metrics.text(), media_type=CONTENT_TYPE_LATEST)


@router.get("")
def domains(context: Context) -> list[DomainOut]:
    """All domains, with their versions and what is in service."""
    return [described(context, name) for name in context.recommender.domains()]


@router.post("/{domain}/serving")
def put_in_service(domain: str, body: ServingBody, context: Context) -> DomainOut:
    """Put versions into service; the next request uses them. An adapter that never passed the gate
    against the version in service is refused, as by `adapters promote`."""
    workspace = context.recommender.workspace
    if body.adapter is not None:
        AdapterVersions(workspace, domain).promote(body.adapter, force=body.force)
    if body.scorer is not None:
        if body.scorer not in (known := workspace.versions(domain, "scorer")):
            raise InputError(f"there is no scorer {body.scorer}; there is: {', '.join(known)}")
        workspace.set_current(domain, scorer=body.scorer)
    return described(context, domain)


@router.post("/{domain}/rollback")
def roll_back(domain: str, context: Context) -> DomainOut:
    """Put the adapter that served before back into service."""
    AdapterVersions(context.recommender.workspace, domain).rollback()
    return described(context, domain)


@router.get("/{domain}/hooks")
def list_hooks(
    domain: str, context: Context, status: Literal["new", "approved", "rejected"] = "new"
) -> list[HookOut]:
    """The first 1000 hooks of a status, in the order of writing."""
    kept = [hook for hook in context.recommender.hooks(domain).all() if hook.status == status]
    return [HookOut.model_validate(hook, from_attributes=True) for hook in kept[:1000]]


@router.post("/{domain}/hooks")
def review_hooks(domain: str, body: ReviewBody, context: Context) -> Count:
    """Approve or reject hooks."""
    return Count(count=context.recommender.hooks(domain).review(body.ids, body.status))


def described(context: ServiceContext, name: str) -> DomainOut:
    """A domain, with its versions and what is in service."""
    workspace = context.recommender.workspace
    current = workspace.current(name)
    return DomainOut(
        domain=name,
        scorer=current.scorer,
        adapter=current.adapter,
        scorers=workspace.versions(name, "scorer"),
        adapters=workspace.versions(name, "adapters"),
        previous_adapters=list(current.previous_adapters),
        events=workspace.events.count(name),
        hooks_to_review=len(list_hooks(name, context)),
        refused=context.metrics.totals(context.metrics.refused, "rule"),
    )
