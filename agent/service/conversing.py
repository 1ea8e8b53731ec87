"""Conversations: POST /v1/conversations and /v1/conversations/{id}/turns, and the turns of stored
conversations for every face of the service that talks.

Any worker process can take the next turn: the state lies in the service's database, and one turn at
a time holds it.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from shelftalker.conversation.state import Conversation, Turn
from shelftalker.conversation.turn_json import as_dict, restored, saved
from shelftalker.service.access import Serving, acting_for
from shelftalker.service.bodies import ConversationBody, TurnBody
from shelftalker.service.context import Context, ServiceContext
from shelftalker.service.keys import Principal
from shelftalker.service.problems import Refused
from shelftalker.service.recommending import GRACE_SECONDS, STREAMED
from shelftalker.service.replies import ConversationOut, TurnOut
from shelftalker.service.streaming import Event, event_stream, wants_events, while_connected

WAIT_SECONDS = 2.0
"""How long a turn waits for one before it that was just cancelled."""
router = APIRouter(prefix="/v1/conversations", tags=["conversations"])


@router.post("", status_code=201, response_model=ConversationOut)
async def begin_conversation(
    body: ConversationBody, request: Request, context: Context, who: Serving
) -> Response:
    """Begin a conversation; without `user` it is a new visitor's. Its id leads to its turns."""
    user = acting_for(who, body.user)
    talk = await asyncio.to_thread(begin, context, user, body.domain, body.language)
    turn = None
    if body.message is not None:
        first = TurnBody(message=body.message)
        turn = await while_connected(request, whole_turn(context, talk.name, who, first))
    user, domain = talk.conversation.user, talk.conversation.domain
    return JSONResponse({"id": talk.name, "user": user, "domain": domain, "turn": turn}, 201)


@router.post("/{conversation_id}/turns", response_model=TurnOut, responses=STREAMED)
async def take_next_turn(
    conversation_id: str, body: TurnBody, request: Request, context: Context, who: Serving
) -> Response:
    """A message, or a button with its value: `like`, `dislike`, `seen`, `more_like`, `why` with an
    item's id; `remove`, `pin` with a chip's key; `undo`, `others`, `surprise`, `again`, `restart`.
    With `Accept: text/event-stream`: the event `turn`, which has the turn so far,
    each time it has grown, and `done` with the whole."""
    if wants_events(request):
        events = turn_events(context, conversation_id, who, body)
        return await event_stream(events, context.settings.keepalive_seconds)
    turn = await while_connected(request, whole_turn(context, conversation_id, who, body))
    return JSONResponse(turn)


@dataclass(frozen=True)
class Talk:
    """A conversation and the name under which it is stored."""

    name: str
    conversation: Conversation


def begin(context: ServiceContext, user: str, domain: str | None, language: str | None) -> Talk:
    """A new conversation, stored. Raises `UnknownDomain`, `NotFitted`."""
    talk = Talk(secrets.token_urlsafe(16), context.assistant.begin(user, domain, language))
    store(context, talk)
    return talk


def store(context: ServiceContext, talk: Talk, after: str | None = None) -> None:
    """Store a conversation; `after`: as in `save_conversation`."""
    conversation = talk.conversation
    context.store.save_conversation(talk.name, conversation.user, saved(conversation), after)


_NO_CONVERSATION = (
    "there is no such conversation, or it has ended; begin one with POST /v1/conversations"
)


@contextlib.asynccontextmanager
async def held(context: ServiceContext, name: str, who: Principal) -> AsyncIterator[Talk]:
    """A stored conversation for one turn; stored again at the end. Raises `Refused` (404, 409)."""
    user, state = await _taken(context, name, who)
    conversation = restored(state)
    if conversation is None:  # another version of this program wrote it
        raise Refused(404, _NO_CONVERSATION)
    conversation.user = user  # who it was until now may have signed up meanwhile
    talk = Talk(name, conversation)
    try:
        yield talk
    finally:
        store(context, talk, after=name)


async def _taken(context: ServiceContext, name: str, who: Principal) -> tuple[str, bytes]:
    seconds = context.settings.request_seconds + 2 * GRACE_SECONDS
    for waits in (*[0.1] * int(WAIT_SECONDS / 0.1), 0):
        if (taken := context.store.take_conversation(name, seconds, who.visitor)) is not None:
            return taken
        user = context.store.conversation_user(name)
        if user is None or who.visitor not in (None, user):
            raise Refused(404, _NO_CONVERSATION)
        await asyncio.sleep(waits)
    raise Refused(
        409, "another turn of this conversation is under way; wait for its end, or close its "
        "stream, then send this one again"
    )  # fmt: skip


async def take_turn(
    context: ServiceContext, talk: Talk, body: TurnBody
) -> AsyncGenerator[Turn, None]:
    """The turn of a message or a button, again each time it has changed; nothing for a button that
    makes no turn. It is stopped when the time of a request and some grace are over."""
    conversation, assistant, turn = talk.conversation, context.assistant, None
    if body.message is not None:
        turns = assistant.say(conversation, body.message)
    else:
        turns = assistant.press(conversation, body.button or "", body.value)
    limit = context.settings.request_seconds + GRACE_SECONDS
    timer = asyncio.get_running_loop().call_later(limit, conversation.stop)
    try:
        with context.metrics.under_way.track_inprogress():
            async with contextlib.aclosing(turns):
                async for turn in turns:
                    yield turn
    finally:
        timer.cancel()
        if turn is not None and turn.answer is not None:
            context.observe(turn.answer)


async def whole_turn(
    context: ServiceContext, name: str, who: Principal, body: TurnBody
) -> dict[str, Any]:
    """The finished turn of a stored conversation as JSON. Raises `Refused` (404, 409)."""
    async with held(context, name, who) as talk:
        async with contextlib.aclosing(take_turn(context, talk, body)) as turns:
            drawn = [turn async for turn in turns]
        return as_dict(drawn[-1] if drawn else None, talk.conversation)


async def turn_events(
    context: ServiceContext, name: str, who: Principal, body: TurnBody
) -> AsyncGenerator[Event, None]:
    """The turn so far as the event `turn`, each time it has grown, then the whole as `done`."""
    turn = None
    async with held(context, name, who) as talk:
        async with contextlib.aclosing(take_turn(context, talk, body)) as turns:
            async for turn in turns:
                if turn.progress == "working":
                    yield "turn", as_dict(turn, talk.conversation)
        yield "done", as_dict(turn, talk.conversation)
