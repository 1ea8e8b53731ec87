"""The page's API: named endpoints that gradio_client and curl can call.

All calls of one client belong to one conversation. For demos only: anybody may pass any user's name
and see what that user likes. Put the page behind your login.
"""

import contextlib
from collections.abc import AsyncGenerator
from typing import Any

import gradio as gr

from shelftalker.conversation.state import Conversation, Turn
from shelftalker.conversation.turn_json import as_dict, chips_of
from shelftalker.errors import ShelftalkerError
from shelftalker.page.controller import PageController


def add_endpoints(controller: PageController, limits: dict[str, Any]) -> None:
    """`/chat`, `/stream`, `/press`, `/taste` and `/stop`, inside the Blocks that is being built."""

    async def stream(
        message: str,
        user: str = "",
        domain: str = "",
        language: str = "",
        request: gr.Request | None = None,
    ) -> AsyncGenerator[dict[str, Any], None]:
        """Send a message; yields the whole answer again each time it grows."""
        conversation = _opened(controller, request, user, domain, language)
        async for turn in controller.assistant.say(conversation, message):
            yield as_dict(turn, conversation)

    async def chat(
        message: str,
        user: str = "",
        domain: str = "",
        language: str = "",
        request: gr.Request | None = None,
    ) -> dict[str, Any]:
        """Send a message; returns the finished answer. An empty user is a new visitor."""
        conversation = _opened(controller, request, user, domain, language)
        return as_dict(await _last(controller.assistant.say(conversation, message)), conversation)

    async def press(
        button: str, value: str = "", request: gr.Request | None = None
    ) -> dict[str, Any]:
        """Press a button: like, dislike, seen, more_like, why with an item's id; remove, pin with
        a chip's key; undo, others, surprise, again, restart."""
        conversation = controller.current(request)
        try:
            turn = await _last(controller.assistant.press(conversation, button, value))
        except ShelftalkerError as error:
            raise gr.Error(str(error)) from None
        return as_dict(turn, conversation)

    async def taste(request: gr.Request | None = None) -> list[dict[str, Any]]:
        """The current chips, each with the key that `/press` takes."""
        return chips_of(controller.current(request))

    async def stop(request: gr.Request | None = None) -> str:
        """Stop the answer that is being written; returns the turn's progress."""
        conversation = controller.current(request)
        conversation.stop()
        return conversation.turns[-1].progress if conversation.turns else "done"

    for written in (chat, stream, press):
        gr.api(written, api_name=written.__name__, **limits)
    for instant in (taste, stop):
        gr.api(instant, api_name=instant.__name__, queue=False)


async def _last(turns: AsyncGenerator[Turn, None]) -> Turn | None:
    """The finished turn; None for a button that makes none."""
    last = None
    async with contextlib.aclosing(turns):
        async for turn in turns:
            last = turn
    return last


def _opened(
    controller: PageController, request: gr.Request | None, user: str, domain: str, language: str
) -> Conversation:
    """The conversation; an input error reaches the client as its message."""
    try:
        return controller.open(request, user or None, domain, language)
    except ShelftalkerError as error:
        raise gr.Error(str(error)) from None
