"""POST /v1/conversations and /v1/conversations/{id}/turns."""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from shelftalker.service.access import Serving, acting_for
from shelftalker.service.bodies import ConversationBody, TurnBody
from shelftalker.service.context import context_of
from shelftalker.service.recommending import STREAMED
from shelftalker.service.replies import ConversationOut, TurnOut
from shelftalker.service.streaming import event_stream, wants_events, while_connected
from shelftalker.service.turns import begin, turn_events, whole_turn

router = APIRouter(prefix="/v1/conversations", tags=["conversations"])


@router.post("", status_code=201, response_model=ConversationOut)
async def begin_conversation(body: ConversationBody, request: Request, who: Serving) -> Response:
    """Begin a conversation; without `user` it is a new visitor's. Its id leads to its turns."""
    context, user = context_of(request), acting_for(who, body.user)
    talk = await asyncio.to_thread(begin, context, user, body.domain, body.language)
    turn = None
    if body.message is not None:
        first = TurnBody(message=body.message)
        turn = await while_connected(request, whole_turn(context, talk.name, who, first))
    user, domain = talk.conversation.user, talk.conversation.domain
    return JSONResponse({"id": talk.name, "user": user, "domain": domain, "turn": turn}, 201)


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
        events = turn_events(context, conversation_id, who, body)
        return await event_stream(events, context.settings.keepalive_seconds)
    turn = await while_connected(request, whole_turn(context, conversation_id, who, body))
    return JSONResponse(turn)
