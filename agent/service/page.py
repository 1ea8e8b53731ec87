"""The chat page as a part of the service, and its login.

Where the workspace has API keys, a browser needs a visitor token: a shop sends it to
/chat-login?token=TOKEN, which keeps the token as a cookie that scripts cannot read.
"""

import asyncio
from typing import Annotated

from fastapi import FastAPI, Query, Request
from starlette.responses import RedirectResponse

from shelftalker.page.blocks import blocks, mount
from shelftalker.page.controller import LOGIN
from shelftalker.service.access import admitted
from shelftalker.service.context import ServiceContext
from shelftalker.service.problems import Refused

PATH = "/chat"
COOKIE = "shelftalker_visitor"


def add_page(app: FastAPI, context: ServiceContext, *, demo: bool) -> None:
    """Mount the page. `demo`: anybody may choose any known user."""

    def visitor(request: Request) -> str | None:
        try:
            who = admitted(context, request.cookies.get(COOKIE), ("serve", "visitor"))
        except Refused:
            return None
        return f"{LOGIN}{who.visitor or ''}"

    @app.get("/chat-login", include_in_schema=False)
    async def log_in(token: Annotated[str, Query(max_length=2000)], request: Request) -> object:
        who = await asyncio.to_thread(admitted, context, token, ("visitor",))
        response = RedirectResponse(f"{PATH}/", 303)
        if who.visitor is not None:
            secure = request.url.scheme == "https"
            response.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=secure)
        return response

    mount(blocks(context.recommender, demo), app, PATH, visitor, "page")
