"""The pages of the service, and their logins, which a browser keeps as cookies that scripts cannot
read.

The chat page at /chat. Where the workspace has API keys, a browser needs a visitor token: a shop
sends it to /chat-login?token=TOKEN.

The operators' page at /operator: live figures, versions, experiments, hooks that await review. For
keys with the scope `admin`. It shows no user, and does nothing that the routes under /v1/admin do
not.
"""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import gradio as gr
from fastapi import FastAPI, Form, Query, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse

from shelftalker.adapters.gate.report import GateReport
from shelftalker.adapters.registry import AdapterVersions
from shelftalker.errors import ShelftalkerError
from shelftalker.language.packs import messages
from shelftalker.page.blocks import blocks, mount
from shelftalker.page.controller import LOGIN, browser_language
from shelftalker.ranking.experiment_status import status
from shelftalker.ranking.experiments import EXPERIMENT_FILE
from shelftalker.ranking.shop_rules import RULES_FILE
from shelftalker.service.access import admitted
from shelftalker.service.administering import described, list_hooks, put_in_service, roll_back
from shelftalker.service.bodies import ServingBody
from shelftalker.service.context import ServiceContext
from shelftalker.service.keys import Principal
from shelftalker.service.problems import Refused
from shelftalker.service.replies import DomainOut

T = TypeVar("T")
CHAT, OPERATOR = "/chat", "/operator"
COOKIES = {CHAT: "shelftalker_visitor", OPERATOR: "shelftalker_operator"}
HOOKS_SHOWN = 20
REFRESH_SECONDS = 10.0
_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
)


def add_pages(app: FastAPI, context: ServiceContext, *, demo: bool) -> None:
    """Mount the pages and their logins. `demo`: anybody may choose any known user in the chat."""

    def caller(request: Request, page: str, *scopes: str) -> Principal | None:
        try:
            return admitted(context, request.cookies.get(COOKIES[page]), scopes)
        except Refused:
            return None

    def visitor(request: Request) -> str | None:
        who = caller(request, CHAT, "serve", "visitor")
        return f"{LOGIN}{who.visitor or ''}" if who else None

    def operator(request: Request) -> str | None:
        return "operator" if caller(request, OPERATOR, "admin") else None

    @app.get(f"{CHAT}-login", include_in_schema=False)
    def open_chat(token: Annotated[str, Query(max_length=2000)], request: Request) -> object:
        who = admitted(context, token, ("visitor",))
        return _logged_in(request, CHAT, token if who.visitor is not None else "", "lax")

    @app.get(f"{OPERATOR}-login", include_in_schema=False)
    def form(request: Request) -> HTMLResponse:
        language = browser_language(request.headers)
        login = _PAGES.get_template("operator_login.html.j2")
        return HTMLResponse(login.render(language=language, label=messages("operator", language)))

    @app.post(f"{OPERATOR}-login", include_in_schema=False)
    def log_in(key: Annotated[str, Form(max_length=2000)], request: Request) -> object:
        admitted(context, key, ("admin",))
        return _logged_in(request, OPERATOR, key, "strict")

    mount(blocks(context.recommender, demo), app, CHAT, visitor, "page")
    mount(_operator_blocks(context), app, OPERATOR, operator, "operator")


def _logged_in(
    request: Request, page: str, token: str, samesite: Literal["lax", "strict"]
) -> RedirectResponse:
    """The way to a page, with the cookie by which it knows the browser."""
    response, secure = RedirectResponse(f"{page}/", 303), request.url.scheme == "https"
    if token:
        response.set_cookie(COOKIES[page], token, httponly=True, samesite=samesite, secure=secure)
    return response


def _operator_blocks(context: ServiceContext) -> gr.Blocks:
    domains, call, label = context.recommender.domains(), _Handlers(context), gr.I18n()
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    with gr.Blocks(title="shelftalker: operators", analytics_enabled=False) as page:
        gr.HTML('<header class="st-head"><h1>shelftalker</h1></header>')
        with gr.Row():
            domain = gr.Dropdown(
                domains, value=domains[0] if domains else None, label=label("domain")
            )
            version = gr.Dropdown([], label=label("version"), elem_id="op-version")
            promote = gr.Button(label("promote"), variant="primary", elem_id="op-promote")
            rollback = gr.Button(label("rollback"), elem_id="op-rollback")
        hooks = gr.CheckboxGroup([], label=label("review"), elem_id="op-hooks")
        with gr.Row():
            approve = gr.Button(label("approve"), elem_id="op-approve")
            reject = gr.Button(label("reject"), variant="stop", elem_id="op-reject")
        overview = gr.HTML(elem_id="op-overview", apply_default_css=False)
        # Only a review draws the hooks anew: what is ticked stays ticked while versions change.
        chosen, drawn = [overview, version], [overview, version, hooks]
        promote.click(call.promote, [domain, version], chosen, **quiet)
        rollback.click(call.roll_back, [domain], chosen, **quiet)
        approve.click(call.review("approved"), [domain, hooks], drawn, **quiet)
        reject.click(call.review("rejected"), [domain, hooks], drawn, **quiet)
        domain.change(call.draw, [domain], drawn, **quiet)
        page.load(call.draw, [domain], drawn, **quiet)
        gr.Timer(REFRESH_SECONDS).tick(call.overview, [domain], [overview], **quiet)
    return page


class _Handlers:
    """What the widgets call; an error becomes a message on the page."""

    def __init__(self, context: ServiceContext) -> None:
        self.context = context

    def promote(self, domain: str, version: str | None, request: gr.Request) -> list[Any]:
        kind, _, name = (version or "").partition(" ")
        if name:
            body = ServingBody.model_validate({kind: name})
            _tried(lambda: put_in_service(domain, body, self.context))
        return self.chosen(domain, request)

    def roll_back(self, domain: str, request: gr.Request) -> list[Any]:
        _tried(lambda: roll_back(domain, self.context))
        return self.chosen(domain, request)

    def review(self, status: Literal["approved", "rejected"]) -> Callable[..., Any]:
        """The handler of the button that gives the ticked hooks this status."""

        def reviewed(domain: str, ids: list[str], request: gr.Request) -> list[Any]:
            _tried(lambda: self.context.recommender.hooks(domain).review(ids, status))
            return self.draw(domain, request)

        return reviewed

    def draw(self, domain: str, request: gr.Request) -> list[Any]:
        """The overview, the versions to choose from, the hooks to review."""
        hooks = _tried(lambda: self._hooks(domain))
        update = gr.update(choices=hooks, value=[], visible=bool(hooks))
        return [*self.chosen(domain, request), update]

    def chosen(self, domain: str, request: gr.Request) -> list[Any]:
        """The overview and the versions to choose from."""
        overview = self.overview(domain, request)
        found = _tried(lambda: described(self.context, domain))
        versions = [f"scorer {name}" for name in found.scorers]
        versions += [f"adapter {name}" for name in found.adapters]
        return [overview, gr.update(choices=versions, value=None)]

    def overview(self, domain: str, request: gr.Request) -> str:
        language = browser_language(request.headers)
        return _tried(lambda: overview(self.context, domain, language))

    def _hooks(self, domain: str) -> list[tuple[str, str]]:
        """Label and id of the first hooks that nobody has reviewed."""
        catalog = self.context.recommender.domain(domain).catalog
        waiting = list_hooks(domain, self.context)[:HOOKS_SHOWN]
        titles = {one.item: catalog[one.item].title for one in waiting if one.item in catalog}
        return [(f"{titles.get(one.item, '')}: {one.text}", one.id) for one in waiting]


def _tried(work: Callable[[], T]) -> T:
    try:
        return work()
    except ShelftalkerError as error:
        raise gr.Error(str(error), print_exception=False) from None


def overview(context: ServiceContext, domain: str, language: str = "en") -> str:
    """Figures, versions with their gate reports, the experiment and the rules, as HTML."""
    workspace, metrics = context.recommender.workspace, context.metrics
    folder, label = workspace.domain_path(domain), messages("operator", language)
    rules, runs = folder / RULES_FILE, (folder / EXPERIMENT_FILE).is_file()
    return _PAGES.get_template("operator.html.j2").render(
        label=label,
        live={name: metrics.totals(getattr(metrics, name), by) for name, by in _LIVE.items()},
        versions=_versions(context, described(context, domain), label),
        experiment=status(workspace, domain) if runs else None,
        interval=lambda one: _interval(one) or label["too_few"],
        rules=rules.read_text(encoding="utf-8") if rules.is_file() else "",
    )


_LIVE = {"requests": "status", "cards": "source", "empty": "domain", "events": "result",
         "refused": "rule"}  # fmt: skip
"""The counters on the page, each with the label by which it is shown."""


def _versions(
    context: ServiceContext, found: DomainOut, label: Mapping[str, str]
) -> list[dict[str, str]]:
    """Newest first, scorers before adapters."""
    adapters = AdapterVersions(context.recommender.workspace, found.domain)
    named = [("scorer", name, found.scorer) for name in reversed(found.scorers)]
    named += [("adapter", name, found.adapter) for name in reversed(found.adapters)]
    rows = []
    for kind, name, serving in named:
        report = GateReport.read(adapters.folder(name)) if kind == "adapter" else None
        gate = report.sentence if report else "" if kind == "scorer" else label["not_gated"]
        state = label["in_service"] if name == serving else ""
        rows.append({"name": f"{kind} {name}", "state": state, "gate": gate})
    return rows


def _interval(one: dict[str, float]) -> str:
    if not math.isfinite(one["high"] - one["low"]):
        return ""
    return f"{one['mean']:.4f} [{one['low']:.4f}, {one['high']:.4f}]"
