"""POST /v1/recommendations and /v1/shortlist."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncGenerator
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from shelftalker.conversation.state import VISITOR
from shelftalker.service.access import Serving, acting_for
from shelftalker.service.bodies import RecommendationBody, ShortlistBody
from shelftalker.service.context import Context, ServiceContext
from shelftalker.service.keys import Principal
from shelftalker.service.problems import Refused
from shelftalker.service.replies import AnswerOut, ShortlistOut
from shelftalker.service.streaming import Event, event_stream, wants_events, while_connected
from shelftalker.serving.options import GenerateOptions
from shelftalker.types import Done, Picked, Shortlisted, Token, Update

router = APIRouter(prefix="/v1", tags=["recommendations"])
GRACE_SECONDS = 5.0
"""How long after its time a request or a turn may still compose what is missing."""
STREAMED: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}
}


@router.post("/recommendations", response_model=AnswerOut, responses=STREAMED)
async def recommendations(
    body: RecommendationBody, request: Request, context: Context, who: Serving
) -> Response:
    """Picks with a text for each. With `Accept: text/event-stream`: the events `shortlisted` and
    `picked` with cards, `sentence` with rank and text, and `done` with the whole answer."""
    updates = _updates(context, who, body)
    if wants_events(request):
        return await event_stream(_events(context, updates), context.settings.keepalive_seconds)
    return JSONResponse(await while_connected(request, _whole(context, updates)))


@router.post("/shortlist", response_model=ShortlistOut)
async def shortlist(body: ShortlistBody, context: Context, who: Serving) -> Response:
    """The scorer's best items for a user; no LLM is asked, no text is written."""
    return JSONResponse(await asyncio.to_thread(_shortlisted, context, who, body))


def _shortlisted(context: ServiceContext, who: Principal, body: ShortlistBody) -> dict[str, Any]:
    domain = context.recommender.domain(body.domain)
    user, filters = _user(who, body.user), [one.filter() for one in body.filters]
    scored = context.recommender.shortlist(
        user, body.message, domain=domain.name, n=body.n, filters=filters
    )
    items = [
        {
            "item_id": one.item_id, "title": domain.catalog[one.item_id].title, "rank": rank,
            "logit": round(one.logit, 6), "score": round(one.probability, 6),
        }
        for rank, one in enumerate(scored, 1)
    ]  # fmt: skip
    return {"domain": domain.name, "items": items}


def _updates(
    context: ServiceContext, who: Principal, body: RecommendationBody
) -> AsyncGenerator[Update, None]:
    """The updates of the answer, not yet begun. Raises `Refused`, `InputError`."""
    if who.visitor is not None and (body.adapter or body.style.tone):
        raise Refused(403, "a visitor token chooses no adapter and no tone; leave them out")
    settings = context.settings
    options: GenerateOptions = {
        "domain": body.domain, "k": body.k, "filters": [one.filter() for one in body.filters],
        "language": body.language, "adapter": body.adapter, "seed": body.seed, "style": body.style,
        "seconds": min(body.seconds or settings.text_seconds, settings.request_seconds),
    }  # fmt: skip
    return context.recommender.astream(_user(who, body.user), body.message, **options)


def _user(who: Principal, user: str | None) -> str:
    return acting_for(who, user) or f"{VISITOR}{secrets.token_hex(8)}"


async def _events(
    context: ServiceContext, updates: AsyncGenerator[Update, None]
) -> AsyncGenerator[Event, None]:
    with context.metrics.under_way.track_inprogress():
        async with contextlib.aclosing(updates):
            async for update in updates:
                match update:
                    case Shortlisted(cards) | Picked(cards):
                        name = type(update).__name__.lower()
                        yield name, {"cards": [card.as_dict() for card in cards]}
                    case Token(rank, text):
                        yield "sentence", {"rank": rank, "text": text}
                    case Done(answer):
                        context.observe(answer)
                        yield "done", answer.as_dict()


async def _whole(context: ServiceContext, updates: AsyncGenerator[Update, None]) -> dict[str, Any]:
    """The whole answer. The pipeline itself ends it in time; if it hangs, `Refused` (503)."""
    most = context.settings.request_seconds
    try:
        async with asyncio.timeout(most + GRACE_SECONDS):
            async with contextlib.aclosing(_events(context, updates)) as events:
                answer: dict[str, Any] = [data async for _, data in events][-1]
                return answer
    except TimeoutError:
        raise Refused(503, f"no answer within {most:g} seconds; try again") from None
