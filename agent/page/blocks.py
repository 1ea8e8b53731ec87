"""The widgets of the chat page and what each of them calls; the desk does the rest."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import gradio as gr

from shelftalker.errors import ShelftalkerError
from shelftalker.page.controller import AS_WRITTEN, LANGUAGES, NEW, Drawn, PageController
from shelftalker.page.endpoints import add_endpoints
from shelftalker.recommender import Recommender

FOLDER = Path(__file__).parent


def blocks(recommender: Recommender) -> gr.Blocks:
    """The page over one recommender."""
    desk, settings = PageController(recommender), recommender.workspace.settings.chat
    limits = {"concurrency_limit": settings.concurrency, "concurrency_id": "turns"}
    with gr.Blocks(title="shelftalker", analytics_enabled=False) as page:
        _wire(page, desk, _parts(desk), limits)
        add_endpoints(desk, limits)
    page.queue(max_size=settings.queue, default_concurrency_limit=settings.concurrency)
    return page


def serve(page: gr.Blocks, *, host: str, port: int | None, turns: int) -> str:
    """Serve a page in the background, so many turns at once; returns its address."""
    theme = gr.themes.Default(
        primary_hue="teal", neutral_hue="stone", font=["system-ui", "sans-serif"]
    )
    _, address, _ = page.launch(
        server_name=host,
        server_port=port,
        share=False,
        quiet=True,
        prevent_thread_lock=True,
        css_paths=[FOLDER / "style.css"],
        theme=theme,
        footer_links=[],
        max_threads=turns,
        ssr_mode=False,
    )
    return str(address)


def _parts(desk: PageController) -> dict[str, Any]:
    """The widgets, top to bottom."""
    js = (FOLDER / "page.js").read_text(encoding="utf-8")
    domains = desk.recommender.domains()
    gr.HTML(_HEAD)
    with gr.Row():
        who = gr.Dropdown(desk.users(), value=NEW, label="You are", allow_custom_value=True)
        where = gr.Dropdown(
            domains,
            value=desk.recommender.domain().name,
            label="Looking for",
            visible=len(domains) > 1,
        )
        language = gr.Dropdown(list(LANGUAGES), value=AS_WRITTEN, label="Texts in")
    log = gr.HTML(elem_id="st-log", js_on_load=js, apply_default_css=False)
    status = gr.HTML(elem_id="st-status", elem_classes="st-hidden", html_template=_STATUS)
    with gr.Row(elem_id="st-ask"):
        box = gr.Textbox(
            elem_id="st-box",
            label="What are you looking for?",
            placeholder="in your own words",
            scale=6,
            autofocus=True,
            max_lines=3,
        )
        send = gr.Button("Send", variant="primary", elem_id="st-send", scale=1, min_width=90)
        stop = gr.Button(
            "Stop", variant="stop", elem_id="st-stop", scale=1, min_width=90, visible=False
        )
    with gr.Row(elem_id="st-tools"):
        tools = {
            name: gr.Button(text, size="sm", elem_id=f"st-{name}") for name, text in _TOOLS.items()
        }
    taste = gr.HTML(elem_id="st-taste", js_on_load=js, apply_default_css=False)
    with gr.Accordion("Details: filters, shortlist, engine, timings", open=False):
        drawer = gr.HTML(elem_id="st-drawer", apply_default_css=False)
    return {
        "who": who, "where": where, "language": language, "log": log, "status": status,
        "box": box, "send": send, "stop": stop, "tools": tools, "taste": taste, "drawer": drawer,
    }  # fmt: skip


_TOOLS = {
    "undo": "Undo",
    "others": "Something else",
    "surprise": "Surprise me",
    "again": "Rewrite the texts",
    "restart": "Start over",
}
_HEAD = (
    '<header class="st-head"><h1>shelftalker</h1><p>Ask, then correct me: nothing you rule out '
    'comes back.</p></header><div id="st-offline" role="alert" hidden>The connection is gone. '
    "What stands here stays; sending works again when it is back.</div>"
)
_STATUS = '<div role="status" aria-live="polite">${value}</div>'


def _wire(
    page: gr.Blocks, desk: PageController, parts: dict[str, Any], limits: dict[str, Any]
) -> None:
    """Which widget calls what."""
    drawing = [parts[name] for name in ("log", "taste", "status", "drawer", "stop", "send")]
    whose = [parts[name] for name in ("who", "where", "language")]
    turns = {"show_progress": "hidden", "api_visibility": "private", **limits}
    quiet = {"show_progress": "hidden", "api_visibility": "private", "queue": False}
    call = _Handlers(desk)
    gr.on(
        [parts["box"].submit, parts["send"].click],
        call.on_say,
        [parts["box"], *whose],
        [parts["box"], *drawing],
        trigger_mode="multiple",
        **turns,
    )
    for pressable in (parts["log"], parts["taste"]):
        pressable.press(call.on_press, whose, drawing, trigger_mode="multiple", **turns)
    for name, button in parts["tools"].items():
        button.click(call.on_tool(name), whose, drawing, trigger_mode="multiple", **turns)
    for chosen in whose:
        chosen.change(call.on_open, whose, drawing, **quiet)
    parts["stop"].click(call.on_stop, None, None, **quiet)
    page.load(call.on_open, whose, drawing, **quiet)
    page.unload(call.on_close)


class _Handlers:
    """What the widgets call. Every handler finds its conversation by the request's session.

    Gradio names endpoints after functions: `on_` keeps these apart from the public ones.
    """

    def __init__(self, desk: PageController) -> None:
        self.desk = desk

    async def on_say(
        self, message: str, user: str, domain: str, language: str, request: gr.Request
    ) -> AsyncGenerator[list[Any], None]:
        if not message.strip():
            return
        conversation = self.desk.open(request, user, domain, language)
        async for drawn in self.desk.said(conversation, message):
            yield ["", *_shown(drawn)]

    async def on_press(
        self, user: str, domain: str, language: str, event: gr.EventData, request: gr.Request
    ) -> AsyncGenerator[list[Any], None]:
        conversation = self.desk.open(request, user, domain, language)
        async for drawn in self.desk.pressed(conversation, event.button, event.value):
            yield _shown(drawn)

    def on_tool(self, name: str) -> Any:
        async def pressed(
            user: str, domain: str, language: str, request: gr.Request
        ) -> AsyncGenerator[list[Any], None]:
            conversation = self.desk.open(request, user, domain, language)
            async for drawn in self.desk.pressed(conversation, name, ""):
                yield _shown(drawn)

        return pressed

    async def on_open(
        self, user: str, domain: str, language: str, request: gr.Request
    ) -> list[Any]:
        try:
            return _shown(self.desk.draw(self.desk.open(request, user, domain, language)))
        except ShelftalkerError as error:
            raise gr.Error(str(error)) from None

    async def on_stop(self, request: gr.Request) -> None:
        self.desk.held(request).stop()

    async def on_close(self, request: gr.Request) -> None:
        self.desk.close(request)


def _shown(drawn: Drawn) -> list[Any]:
    *html, working = drawn
    return [*html, gr.update(visible=working), gr.update(visible=not working)]
