"""POST /v1/chat/completions and GET /v1/models: any OpenAI client holds a conversation.

The client sends the whole conversation each time. The state after each answer is stored under a
hash of all messages so far, so the next call finds it; where it does not, what the person said is
read again, without answering it.
"""

import asyncio
import contextlib
import hashlib
import json
import time
from collections.abc import AsyncGenerator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import JSONResponse, Response, StreamingResponse

from shelftalker.conversation.state import Turn
from shelftalker.conversation.transition import understand
from shelftalker.service.access import Serving, acting_for
from shelftalker.service.bodies import Name, Text, TurnBody
from shelftalker.service.context import Context, ServiceContext
from shelftalker.service.conversing import Talk, begin, held, store, take_turn
from shelftalker.service.keys import Principal
from shelftalker.service.problems import Refused, answer_to
from shelftalker.service.recommending import STREAMED
from shelftalker.service.streaming import EVENT_STREAM, while_connected, with_keepalive

router = APIRouter(prefix="/v1", tags=["openai"])
PREFIX = "shelftalker/"


class PartBody(BaseModel):
    """A part of a message; only text is read."""

    model_config = ConfigDict(extra="allow")
    type: str
    text: Text = ""


class MessageBody(BaseModel):
    """One message of the conversation."""

    model_config = ConfigDict(extra="allow")
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Annotated[str, StringConstraints(max_length=20_000)] | list[PartBody] | None = None

    @property
    def said(self) -> str:
        """The text of the message."""
        if isinstance(self.content, list):
            return " ".join(part.text for part in self.content)
        return self.content or ""


class CompletionBody(BaseModel):
    """The part of OpenAI's request that means something here; the rest is ignored, so that an
    unchanged client works. No field of it reaches the LLM but the messages of the person."""

    model_config = ConfigDict(extra="allow")
    model: Name
    messages: list[MessageBody] = Field(min_length=1, max_length=200)
    stream: bool = False
    user: Name | None = None


@router.get("/models")
def models(context: Context, _: Serving) -> dict[str, Any]:
    """One model for each domain: `shelftalker/<domain>`."""
    same = {"object": "model", "created": 0, "owned_by": "shelftalker"}
    data = [{"id": f"{PREFIX}{name}", **same} for name in context.recommender.domains()]
    return {"object": "list", "data": data}


@router.post("/chat/completions", responses=STREAMED)
async def complete(
    body: CompletionBody, request: Request, context: Context, who: Serving
) -> Response:
    """The answer to the last message: a reply and picks with their texts, as plain text."""
    talk = await _continued(context, who, body)
    pieces = _pieces(context, who, talk, body)
    head = {"id": f"chatcmpl-{talk.name[:24]}", "created": int(time.time()), "model": body.model}
    if body.stream:
        chunks = _chunks(head, pieces)
        sent = with_keepalive(chunks, context.settings.keepalive_seconds)
        return StreamingResponse(sent, media_type=EVENT_STREAM)
    text = await while_connected(request, _whole(pieces))
    choice = {
        "index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text},
    }  # fmt: skip
    usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    answer = {**head, "object": "chat.completion", "choices": [choice], "usage": usage}
    return JSONResponse(answer)


async def _continued(context: ServiceContext, who: Principal, body: CompletionBody) -> Talk:
    """The conversation that the last message continues. Raises `Refused`, `UnknownDomain`."""
    if not body.model.startswith(PREFIX):
        allowed = ", ".join(f"{PREFIX}{name}" for name in context.recommender.domains())
        raise Refused(404, f"model {body.model!r} is unknown; allowed: {allowed}")
    *before, last = body.messages
    if last.role != "user" or not last.said.strip():
        raise Refused(422, "the last message is not of the role user, or empty; send what was said")
    domain, user = body.model.removeprefix(PREFIX), acting_for(who, body.user)
    known_name = _name(who, body, len(before))
    if context.store.conversation_user(known_name) is not None:
        async with held(context, known_name, who) as known:
            return known
    talk = await asyncio.to_thread(begin, context, user, domain, None)
    reader = context.recommender.domain(domain).reader
    conversation = talk.conversation
    for message in before:
        if message.role == "user" and message.said.strip():
            conversation.taste = understand(message.said, conversation.situation(), reader).taste
    return talk


def _name(who: Principal, body: CompletionBody, count: int) -> str:
    """Under which the state after so many messages is stored; other callers have other names."""
    said = [[message.role, message.said.strip()] for message in body.messages[:count]]
    whole = json.dumps([who.key, who.visitor, body.user, body.model, said])
    return f"chat-{hashlib.sha256(whole.encode('utf-8', 'surrogatepass')).hexdigest()}"


async def _pieces(
    context: ServiceContext, who: Principal, talk: Talk, body: CompletionBody
) -> AsyncGenerator[str, None]:
    """The text of the answer in pieces that join to the whole; then the state is stored."""
    told, turn = "", None
    said = TurnBody(message=body.messages[-1].said[:4000])
    async with contextlib.aclosing(take_turn(context, talk, said)) as turns:
        async for turn in turns:
            text = _text(turn)
            if text.startswith(told) and text != told:
                yield text.removeprefix(told)
                told = text
    answered = MessageBody(role="assistant", content=told)
    longer = body.model_copy(update={"messages": [*body.messages, answered]})
    store(context, Talk(_name(who, longer, len(longer.messages)), talk.conversation), talk.name)


def _text(turn: Turn) -> str:
    """What can be told of a turn so far and will not change: the cards in order, up to the first
    that is not written, and at the end what is said about them."""
    over, told = turn.progress != "working", []
    for rank in sorted(turn.cards):
        if not over and not turn.cards[rank].description:
            break
        told.append(f"{rank}. **{turn.cards[rank].item.title}** — {turn.texts.get(rank, '')}")
    said = [turn.reply, *turn.notices, turn.error] if over else []
    return "\n\n".join([*told, *filter(None, said)])


async def _whole(pieces: AsyncGenerator[str, None]) -> str:
    async with contextlib.aclosing(pieces):
        return "".join([piece async for piece in pieces])


async def _chunks(
    head: dict[str, Any], pieces: AsyncGenerator[str, None]
) -> AsyncGenerator[bytes, None]:
    yield _chunk(head, {"role": "assistant", "content": ""})
    try:
        async with contextlib.aclosing(pieces):
            async for piece in pieces:
                yield _chunk(head, {"content": piece})
    except Exception as error:  # noqa: BLE001  the headers are sent: this is how to say it
        yield _chunk(head, {"content": answer_to(error)[1]})
    yield _chunk(head, {}, "stop")
    yield b"data: [DONE]\n\n"


def _chunk(head: dict[str, Any], delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    chunk = {**head, "object": "chat.completion.chunk", "choices": [choice]}
    return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode()
