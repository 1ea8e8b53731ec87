"""Visitor tokens, and the data of one person: /v1/visitor-tokens, /v1/users/{user}."""

import json

from fastapi import APIRouter

from shelftalker.service.access import Admin, Ingesting, Server
from shelftalker.service.bodies import MergeBody, TokenBody
from shelftalker.service.context import Context
from shelftalker.service.keys import visitor_token
from shelftalker.service.replies import Count, PersonOut
from shelftalker.serving.options import check_user
from shelftalker.store.personal_data import exported, shown_to

router = APIRouter(prefix="/v1", tags=["visitors"])


@router.post("/visitor-tokens")
async def make_visitor_token(body: TokenBody, context: Context, who: Server) -> dict[str, str]:
    """A token with which a browser acts for one visitor, and for no other."""
    check_user(body.user)
    minutes = body.minutes or context.settings.token_minutes
    return {"token": visitor_token(context.store, who, body.user, minutes)}


@router.post("/users/{user:path}/merge")
def merge_user(user: str, body: MergeBody, context: Context, _: Ingesting) -> Count:
    """Make what is stored of an anonymous id the user's, when somebody signs up; events that still
    come under the anonymous id are theirs too. Returns the number of events."""
    return Count(count=context.recommender.merge(body.anonymous, user))


@router.get("/users/{user:path}/export")
def export_user(user: str, context: Context, _: Admin) -> PersonOut:
    """All that is stored of a user."""
    check_user(user)
    talks = [
        {"id": name, **json.loads(state)} for name, state in context.store.conversations_of(user)
    ]
    workspace = context.recommender.workspace
    events, shown = exported(workspace, user), shown_to(workspace, user)
    return PersonOut(user=user, events=events, shown=shown, conversations=talks)


@router.delete("/users/{user:path}")
def delete_user(user: str, context: Context, _: Admin) -> Count:
    """Delete all that is stored of a user; returns the number of events. Later imports and events
    of before leave the user out."""
    return Count(count=context.recommender.forget(user))
