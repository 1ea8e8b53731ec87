"""The operators' page at /operator: live figures, versions, experiments, hooks that await review.

For keys with the scope `admin`; a browser keeps one as a cookie that scripts cannot read. It shows
no user, and does nothing that the routes under /v1/admin do not.
"""

import asyncio
import math
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import gradio as gr
from fastapi import FastAPI, Form, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse

from shelftalker.adapters.gate.report import GateReport
from shelftalker.adapters.registry import AdapterVersions
from shelftalker.errors import ShelftalkerError
from shelftalker.page.blocks import mount
from shelftalker.ranking.experiment_status import status
from shelftalker.ranking.experiments import EXPERIMENT_FILE
from shelftalker.ranking.shop_rules import RULES_FILE
from shelftalker.service.access import admitted
from shelftalker.service.administering import described, hooks_of, promoted, rolled_back
from shelftalker.service.bodies import ServingBody
from shelftalker.service.context import ServiceContext
from shelftalker.service.problems import Refused
from shelftalker.service.replies import DomainOut

T = TypeVar("T")
PATH, COOKIE = "/operator", "shelftalker_operator"
HOOKS_SHOWN = 20
REFRESH_SECONDS = 10.0
_LOGIN = (
    '<!doctype html><html lang="en"><meta name="viewport" content="width=device-width">'
    '<title>shelftalker: operators</title><form method="post"><label>API key with the scope admin '
    '<input type="password" name="key" autocomplete="off" required></label> '
    "<button>Log in</button></form></html>"
)
_STYLE = (
    "<style>.op-tables{display:flex;flex-wrap:wrap;gap:1rem 2rem;align-items:flex-start}"
    ".gradio-container section h2{font-size:1.15rem;font-weight:600;margin:.6rem 0 .3rem}"
    ".gradio-container section caption{text-align:left;white-space:nowrap}"
    ".gradio-container section{overflow-x:auto;margin-bottom:1rem}"
    ".gradio-container section :is(th,td){padding:.15rem .8rem .15rem 0;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}</style>"
)
_HEAD = f'{_STYLE}<header class="st-head"><h1>shelftalker</h1><p>for operators</p></header>'
_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
)


def add_operator_page(app: FastAPI, context: ServiceContext) -> None:
    """Mount the page and its login."""

    def operator(request: Request) -> str | None:
        try:
            admitted(context, request.cookies.get(COOKIE), ("admin",))
        except Refused:
            return None
        return "operator"

    @app.get(f"{PATH}-login", include_in_schema=False)
    async def form() -> HTMLResponse:
        return HTMLResponse(_LOGIN)

    @app.post(f"{PATH}-login", include_in_schema=False)
    async def log_in(key: Annotated[str, Form(max_length=2000)], request: Request) -> object:
        await asyncio.to_thread(admitted, context, key, ("admin",))
        response = RedirectResponse(f"{PATH}/", 303)
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, key, httponly=True, samesite="strict", secure=secure)
        return response

    mount(operator_blocks(context), app, PATH, operator)


def operator_blocks(context: ServiceContext) -> gr.Blocks:
    """The page, not yet served."""
    domains = context.recommender.domains()
    call = _Handlers(context)
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    with gr.Blocks(title="shelftalker: operators", analytics_enabled=False) as page:
        gr.HTML(_HEAD)
        with gr.Row():
            domain = gr.Dropdown(domains, value=domains[0] if domains else None, label="Domain")
            version = gr.Dropdown([], label="Version", elem_id="op-version")
            promote = gr.Button("Put into service", variant="primary", elem_id="op-promote")
            rollback = gr.Button("Back to the adapter before", elem_id="op-rollback")
        hooks = gr.CheckboxGroup([], label="Texts that await review", elem_id="op-hooks")
        with gr.Row():
            approve = gr.Button("Approve", elem_id="op-approve")
            reject = gr.Button("Reject", variant="stop", elem_id="op-reject")
        overview = gr.HTML(elem_id="op-overview", apply_default_css=False)
        drawn = [overview, version, hooks]
        promote.click(call.promote, [domain, version], drawn, **quiet)
        rollback.click(call.roll_back, [domain], drawn, **quiet)
        approve.click(call.approve, [domain, hooks], drawn, **quiet)
        reject.click(call.reject, [domain, hooks], drawn, **quiet)
        domain.change(call.draw, [domain], drawn, **quiet)
        page.load(call.draw, [domain], drawn, **quiet)
        gr.Timer(REFRESH_SECONDS).tick(call.overview, [domain], [overview], **quiet)
    return page


class _Handlers:
    """What the widgets call; an error becomes a message on the page."""

    def __init__(self, context: ServiceContext) -> None:
        self.context = context

    async def promote(self, domain: str, version: str | None) -> list[Any]:
        kind, _, name = (version or "").partition(" ")
        if name:
            body = ServingBody.model_validate({kind: name})
            await _tried(lambda: promoted(self.context, domain, body))
        return await self.draw(domain)

    async def roll_back(self, domain: str) -> list[Any]:
        await _tried(lambda: rolled_back(self.context, domain))
        return await self.draw(domain)

    async def approve(self, domain: str, ids: list[str]) -> list[Any]:
        await _tried(lambda: self.context.recommender.hooks(domain).review(ids, "approved"))
        return await self.draw(domain)

    async def reject(self, domain: str, ids: list[str]) -> list[Any]:
        await _tried(lambda: self.context.recommender.hooks(domain).review(ids, "rejected"))
        return await self.draw(domain)

    async def draw(self, domain: str) -> list[Any]:
        """The overview, the versions to choose from, the hooks to review."""
        overview = await self.overview(domain)
        found = await _tried(lambda: described(self.context, domain))
        versions = [f"scorer {name}" for name in found.scorers]
        versions += [f"adapter {name}" for name in found.adapters]
        hooks = await _tried(lambda: self._hooks(domain))
        return [
            overview,
            gr.update(choices=versions, value=None),
            gr.update(choices=hooks, value=[], visible=bool(hooks)),
        ]

    async def overview(self, domain: str) -> str:
        return await _tried(lambda: overview(self.context, domain))

    def _hooks(self, domain: str) -> list[tuple[str, str]]:
        """Label and id of the first hooks that nobody has reviewed."""
        catalog = self.context.recommender.domain(domain).catalog
        waiting = hooks_of(self.context, domain, "new")[:HOOKS_SHOWN]
        titles = (catalog[one.item].title if one.item in catalog else "" for one in waiting)
        return [
            (f"{title}: {one.text}", one.id) for title, one in zip(titles, waiting, strict=True)
        ]


async def _tried(work: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(work)
    except ShelftalkerError as error:
        raise gr.Error(str(error), print_exception=False) from None


def overview(context: ServiceContext, domain: str) -> str:
    """Figures, versions with their gate reports, the experiment and the rules, as HTML."""
    folder = context.recommender.workspace.domain_path(domain)
    rules, workspace = folder / RULES_FILE, context.recommender.workspace
    runs = (folder / EXPERIMENT_FILE).is_file()
    return _PAGES.get_template("operator.html.j2").render(
        live=_live(context),
        versions=_versions(context, described(context, domain)),
        experiment=status(workspace, domain) if runs else None,
        interval=_interval,
        rules=rules.read_text(encoding="utf-8") if rules.is_file() else "",
    )


def _live(context: ServiceContext) -> dict[str, dict[str, int]]:
    metrics = context.metrics
    return {
        "Answers to requests, by status": metrics.totals(metrics.requests, "status"),
        "Cards, by who wrote the text": metrics.totals(metrics.cards, "source"),
        "Answers without a card, by domain": metrics.totals(metrics.empty, "domain"),
        "Events, by what became of them": metrics.totals(metrics.events, "result"),
        "Sentences not shown, by rule": metrics.refusals(),
    }


def _versions(context: ServiceContext, found: DomainOut) -> list[dict[str, str]]:
    """Newest first, scorers before adapters."""
    adapters = AdapterVersions(context.recommender.workspace, found.domain)

    def row(kind: str, name: str, serving: str | None, gate: str = "") -> dict[str, str]:
        state = "in service" if name == serving else ""
        return {"name": f"{kind} {name}", "state": state, "gate": gate}

    rows = [row("scorer", name, found.scorer) for name in reversed(found.scorers)]
    for name in reversed(found.adapters):
        report = GateReport.read(adapters.folder(name))
        rows.append(row("adapter", name, found.adapter, report.sentence if report else "not gated"))
    return rows


def _interval(one: dict[str, float]) -> str:
    if not math.isfinite(one["high"] - one["low"]):
        return "too few visitors"
    return f"{one['mean']:.4f} [{one['low']:.4f}, {one['high']:.4f}]"
