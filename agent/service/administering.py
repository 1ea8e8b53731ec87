"""What operators use: /health, /metrics, and /v1/admin: versions in service, and hooks that await
review. All but /health is for keys with the scope `admin`."""

from typing import Literal

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import JSONResponse, Response

from shelftalker.adapters.registry import AdapterVersions
from shelftalker.errors import InputError
from shelftalker.service.access import Admin
from shelftalker.service.bodies import Name, ReviewBody, ServingBody
from shelftalker.service.context import ServiceContext, context_of
from shelftalker.service.replies import Count, DomainOut, Health, HookOut

operation = APIRouter(tags=["operation"])
router = APIRouter(prefix="/v1/admin/domains", tags=["administration"])


@operation.get("/health/live")
async def live() -> Health:
    """The process answers."""
    return Health(status="ok")


@operation.get("/health/ready", responses={503: {"model": Health}})
async def ready(request: Request) -> Response:
    """Domains and engine are loaded: a request is answered at full speed."""
    if context_of(request).ready:
        return JSONResponse(Health(status="ok").model_dump())
    waiting = "the domains and the engine are being loaded"
    return JSONResponse(Health(status="starting", detail=waiting).model_dump(), 503)


@operation.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request, _: Admin) -> Response:
    """All metrics, in Prometheus' text format."""
    context = context_of(request)
    return Response(context.metrics.text(), media_type=CONTENT_TYPE_LATEST)


@router.get("")
def domains(request: Request, _: Admin) -> list[DomainOut]:
    """All domains, with their versions and what is in service."""
    context = context_of(request)
    return [described(context, name) for name in context.recommender.domains()]


@router.post("/{domain}/serving")
def put_in_service(domain: str, body: ServingBody, request: Request, _: Admin) -> DomainOut:
    """Put versions into service; the next request uses them. An adapter that never passed the gate
    against the version in service is refused, as by `adapters promote`."""
    return promoted(context_of(request), domain, body)


@router.post("/{domain}/rollback")
def roll_back(domain: str, request: Request, _: Admin) -> DomainOut:
    """Put the adapter that served before back into service."""
    return rolled_back(context_of(request), domain)


@router.get("/{domain}/hooks")
def list_hooks(
    domain: str,
    request: Request,
    _: Admin,
    status: Literal["new", "approved", "rejected"] = "new",
) -> list[HookOut]:
    """The first 1000 hooks of a status, in the order of writing."""
    return hooks_of(context_of(request), domain, status)


@router.post("/{domain}/hooks")
def review_hooks(domain: str, body: ReviewBody, request: Request, _: Admin) -> Count:
    """Approve or reject hooks."""
    store = context_of(request).recommender.hooks(domain)
    return Count(count=store.review(body.ids, body.status))


def promoted(context: ServiceContext, domain: str, body: ServingBody) -> DomainOut:
    """The domain with other versions in service. Raises `AdapterError`, `InputError`."""
    workspace = context.recommender.workspace
    if body.adapter is not None:
        AdapterVersions(workspace, domain).promote(body.adapter, force=body.force)
    if body.scorer is not None:
        if body.scorer not in (known := workspace.versions(domain, "scorer")):
            raise InputError(f"there is no scorer {body.scorer}; there is: {', '.join(known)}")
        workspace.set_current(domain, scorer=body.scorer)
    return described(context, domain)


def rolled_back(context: ServiceContext, domain: str) -> DomainOut:
    """The domain with the adapter that served before. Raises `AdapterError`."""
    AdapterVersions(context.recommender.workspace, domain).rollback()
    return described(context, domain)


def hooks_of(context: ServiceContext, domain: Name, status: str) -> list[HookOut]:
    """The first 1000 hooks of a status."""
    kept = [hook for hook in context.recommender.hooks(domain).all() if hook.status == status]
    return [HookOut.model_validate(hook, from_attributes=True) for hook in kept[:1000]]


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
        hooks_to_review=len(hooks_of(context, name, "new")),
        refused=context.metrics.totals(context.metrics.refused, "rule"),
    )
