"""POST /v1/conversations and /v1/conversations/{id}/turns."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from shelftalker.service.access import Serving, acting_for
from shelftalker.service.bodies import ConversationBody, TurnBody
from shelftalker.service.context import ServiceContext, context_of
from shelftalker.service.keys import Principal
from shelftalker.service.recommending import STREAMED
from shelftalker.service.replies import ConversationOut, TurnOut
from shelftalker.service.streaming import Event, event_stream, wants_events, while_connected
from shelftalker.service.turns import Talk, begin, held, turn_events, whole_turn

router = APIRouter(prefix="/v1/conversations", tags=["conversations"])


@router.post("", status_code=201, response_model=ConversationOut)
async def begin_conversation(body: ConversationBody, request: Request, who: Serving) -> Response:
    """Begin a conversation; without `user` it is a new visitor's. Its id leads to its turns."""
    context, user = context_of(request), acting_for(who, body.user)
    talk = await asyncio.to_thread(begin, context, user, body.domain, body.language)
    turn = None
    if body.message is not None:
        first = TurnBody(message=body.message)
        turn = await while_connected(request, _turn(context, talk.name, who, first))
    return JSONResponse(_described(talk, turn), 201)


@router.post("/{conversation_id}/turns", response_model=TurnOut, responses=STREAMED)
async def take_next_turn(
    conversation_id: str, body: TurnBody, request: Request, who: Serving
) -> Response:
    """A message, or a button with its value: `like`, `dislike`, `seen`, `more_like`, `why` with an
    item's id; `remove`, `pin` with a chip's key; `undo`, `others`, `surprise`, `again`, `restart`.
    With `Accept: text/event-stream`: the event `turn`, which has the turn so far,
    each time it has grown, and `done` with the whole."""
    context = context_of(request)
    if wants_events(request):
        events = _events(context, conversation_id, who, body)
        return await event_stream(events, context.settings.keepalive_seconds)
    turn = await while_connected(request, _turn(context, conversation_id, who, body))
    return JSONResponse(turn)


async def _turn(
    context: ServiceContext, name: str, who: Principal, body: TurnBody
) -> dict[str, Any]:
    async with held(context, name, who) as talk:
        return await whole_turn(context, talk, body)


async def _events(
    context: ServiceContext, name: str, who: Principal, body: TurnBody
) -> AsyncGenerator[Event, None]:
    async with (
        held(context, name, who) as talk,
        contextlib.aclosing(turn_events(context, talk, body)) as events,
    ):
        async for event in events:
            yield event


def _described(talk: Talk, turn: dict[str, Any] | None) -> dict[str, Any]:
    conversation = talk.conversation
    return {
        "id": talk.name, "user": conversation.user, "domain": conversation.domain, "turn": turn,
    }  # fmt: skip
