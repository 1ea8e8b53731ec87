"""The chat page, alone or as a part of an app: its Gradio widgets, and the handler of each."""

from collections import defaultdict
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import gradio as gr

from shelftalker.errors import ShelftalkerError
from shelftalker.language.packs import messages
from shelftalker.page import view
from shelftalker.page.controller import (
    AS_WRITTEN,
    LANGUAGES,
    NEW,
    PAGE_LANGUAGES,
    PageController,
    session_of,
)
from shelftalker.page.redraw import Parts
from shelftalker.recommender import Recommender

FOLDER = Path(__file__).parent
Drawn = AsyncGenerator[list[Any], None]


def blocks(recommender: Recommender, demo: bool = True) -> gr.Blocks:
    """The page over one recommender. `demo`: as in `PageController`."""
    controller, settings = PageController(recommender, demo), recommender.workspace.settings.chat
    limits = {"concurrency_limit": settings.concurrency, "concurrency_id": "turns"}
    with gr.Blocks(title="shelftalker", analytics_enabled=False) as page:
        _wire(page, controller, _parts(controller), limits)
    page.queue(max_size=settings.queue, default_concurrency_limit=settings.concurrency)
    return page


def launch(
    recommender: Recommender, *, host: str = "127.0.0.1", port: int | None = None, wait: bool = True
) -> gr.Blocks:
    """Serve the page until interrupted or, without `wait`, until its `close()`. A demo: anybody may
    choose any known user and see what that user likes. Put it behind your login.

    Its address is `local_url`; the default port is the first free one from 7860 on.
    """
    page, turns = blocks(recommender), recommender.workspace.settings.chat.concurrency
    page.launch(
        server_name=host, server_port=port, share=False, quiet=True, prevent_thread_lock=True,
        max_threads=turns, **_look("page"),
    )  # fmt: skip
    if wait:
        print(f"The page is at {page.local_url} (Ctrl-C ends it).", flush=True)
        page.block_thread()
    return page


def mount(page: gr.Blocks, app: Any, path: str, login: Any, kind: str) -> None:
    """Make a page part of a FastAPI app. `login` gives for a request the name of its user, or None
    where it may not see the page; `kind`: of the messages that it shows."""
    own = {"auth_dependency": login, **_look(kind)}
    gr.mount_gradio_app(app, page, path, run_history=False, show_error=True, **own)


def _look(kind: str) -> dict[str, Any]:
    """How a page looks, and its messages of a kind in the language of each browser."""
    words = {language: messages(kind, language) for language in PAGE_LANGUAGES}
    theme = gr.themes.Default(
        primary_hue="teal", neutral_hue="stone", font=["system-ui", "sans-serif"]
    )
    return {
        "css_paths": [FOLDER / "style.css"], "theme": theme, "footer_links": [], "ssr_mode": False,
        "max_file_size": "10mb", "i18n": gr.I18n(**words),
    }  # fmt: skip


def _parts(controller: PageController) -> dict[str, Any]:
    """The widgets, top to bottom."""
    js = (FOLDER / "page.js").read_text(encoding="utf-8")
    domains = controller.recommender.domains()
    here = controller.recommender.domain().name
    word = gr.I18n()  # gives each browser the words that `_look` has for it
    parts: dict[str, Any] = {"head": gr.HTML(apply_default_css=False)}
    with gr.Row():
        parts["who"] = gr.Dropdown(
            _people(controller, "en"), value=NEW, label=word("who"), allow_custom_value=True,
            visible=controller.demo,
        )  # fmt: skip
        parts["where"] = gr.Dropdown(
            domains, value=here, label=word("where"), visible=len(domains) > 1
        )
        parts["language"] = gr.Dropdown(_languages("en"), value=AS_WRITTEN, label=word("language"))
    page = {"js_on_load": js, "apply_default_css": False}
    with gr.Column(elem_id="st-log"):
        parts |= {name: gr.HTML(elem_id=f"st-{name}", **page) for name in _LOG}
    parts["status"] = gr.HTML(elem_id="st-status", elem_classes="st-hidden", html_template=_STATUS)
    with gr.Row(elem_id="st-ask"):
        parts["box"] = gr.Textbox(
            elem_id="st-box", label=word("box"), placeholder=word("own_words"), scale=6,
            autofocus=True, max_lines=3,
        )  # fmt: skip
        small: dict[str, Any] = {"scale": 1, "min_width": 90}
        parts["send"] = gr.Button(word("send"), variant="primary", elem_id="st-send", **small)
        small["visible"] = False
        parts["stop"] = gr.Button(word("stop"), variant="stop", elem_id="st-stop", **small)
        parts["picture"] = gr.UploadButton(
            word("picture"), file_types=["image"], elem_id="st-picture", **small
        )
    with gr.Row(elem_id="st-tools"):
        for name in _TOOLS:
            parts[name] = gr.Button(word(name), size="sm", elem_id=f"st-{name}")
    parts["taste"] = gr.HTML(elem_id="st-taste", **page)
    with gr.Accordion(word("drawer"), open=False) as parts["drawer"]:
        parts["details"] = gr.HTML(elem_id="st-details", apply_default_css=False)
    return parts


_LOG = ("earlier", "latest", "offers")
_DRAWN = (*_LOG, "taste", "status", "details")
"""Parts of the page that are HTML, in the order of the handlers' outputs."""
_TOOLS = ("undo", "others", "surprise", "again", "restart")
_WORDS = dict.fromkeys(("who", "where", "language", "drawer", "picture", "box"), "label")
_WORDS |= dict.fromkeys(("stop", "send", *_TOOLS), "value")
"""Widgets with a word, and the property that holds it."""
_UPDATED = (*_WORDS, "head")
_STATUS = '<div role="status" aria-live="polite">${value}</div>'


def _wire(
    page: gr.Blocks, controller: PageController, parts: dict[str, Any], limits: dict[str, Any]
) -> None:
    """Which widget calls what."""
    drawing = [parts[name] for name in (*_DRAWN, *_UPDATED)]
    whose = [parts[name] for name in ("who", "where", "language")]
    turns = {"show_progress": "hidden", "api_visibility": "private", **limits}
    quiet = {"show_progress": "hidden", "api_visibility": "private", "queue": False}
    call = _Handlers(controller)
    parts["picture"].upload(call.on_picture, [parts["picture"], *whose], drawing, **turns)
    turns["trigger_mode"] = "multiple"
    said = [parts["box"].submit, parts["send"].click]
    gr.on(said, call.on_say, [parts["box"], *whose], drawing, **turns)
    for name in ("earlier", "latest", "taste"):
        parts[name].press(call.on_press, whose, drawing, **turns)
    for name in _TOOLS:
        parts[name].click(call.on_tool(name), whose, drawing, **turns)
    for chosen in whose:
        chosen.change(call.on_open, whose, drawing, **quiet)
    parts["stop"].click(call.on_stop, None, None, **quiet)
    page.load(call.on_open, whose, drawing, **quiet)
    page.unload(call.on_close)


class _Handlers:
    """What the widgets call: each finds its conversation by the request's session, and by what the
    `tab` has chosen (user, domain, language)."""

    def __init__(self, controller: PageController) -> None:
        self.controller = controller

    async def on_say(self, request: gr.Request, message: str, *tab: str) -> Drawn:
        if not message.strip():
            return
        box: Any = {"value": ""}  # emptied once: what is typed while the answer is written stays
        async for drawn in self.controller.say(self.controller.open(request, *tab), message):
            yield self._outputs(drawn, **box)
            box = {}

    async def on_press(self, request: gr.Request, event: gr.EventData, *tab: str) -> Drawn:
        conversation = self.controller.open(request, *tab)
        async for drawn in self.controller.press(conversation, event.button, event.value):
            yield self._outputs(drawn)

    async def on_picture(self, request: gr.Request, file: str, *tab: str) -> Drawn:
        async for drawn in self.controller.show(self.controller.open(request, *tab), file):
            yield self._outputs(drawn)

    def on_tool(self, name: str) -> Any:
        async def pressed(request: gr.Request, *tab: str) -> Drawn:
            async for drawn in self.controller.press(self.controller.open(request, *tab), name, ""):
                yield self._outputs(drawn)

        return pressed

    async def on_open(self, request: gr.Request, *tab: str) -> list[Any]:
        try:
            return self._outputs(await self.controller.draw(self.controller.open(request, *tab)))
        except ShelftalkerError as error:
            raise gr.Error(str(error)) from None

    async def on_stop(self, request: gr.Request) -> None:
        if conversation := self.controller.sessions.get(session_of(request)):
            conversation.stop()

    async def on_close(self, request: gr.Request) -> None:
        self.controller.sessions.drop(session_of(request))

    def _outputs(self, drawn: Parts, **box: str) -> list[Any]:
        """A value for each output; what has not changed is left as it is."""
        working, language = drawn.get("working"), drawn.get("labels")
        own: defaultdict[str, dict[str, Any]] = defaultdict(dict, box=dict(box))
        if working is not None:
            own["stop"]["visible"], own["send"]["visible"] = working, not working
        if language is not None:
            for name, shown_as in _WORDS.items():
                own[name][shown_as] = messages("page", language)[name]
            own["who"]["choices"] = _people(self.controller, language)
            own["language"]["choices"] = _languages(language)
            own["head"]["value"] = view.drawn("head", language)
        if "sees" in drawn:
            own["picture"]["visible"] = drawn["sees"]
        return [
            *(drawn.get(name, gr.skip()) for name in _DRAWN),
            *(gr.update(**own[name]) if own[name] else gr.skip() for name in _UPDATED),
        ]


def _people(controller: PageController, language: str) -> list[tuple[str, str]]:
    """Known users to try the page as, after a new visitor."""
    return [(messages("page", language)["new"], NEW), *((one, one) for one in controller.users)]


def _languages(language: str) -> list[tuple[str, str]]:
    own = messages("page", language)["as_written"]
    return [(own, AS_WRITTEN), *((name, name) for name in LANGUAGES if name != AS_WRITTEN)]
