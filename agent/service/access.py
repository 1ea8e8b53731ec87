"""Who may call which route: the dependencies that check a key, its scope and its limit."""

import time
from typing import Annotated, Any

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shelftalker.service.context import Context, ServiceContext
from shelftalker.service.keys import ANYBODY, Principal, principal_of
from shelftalker.service.problems import Refused

BEARER = HTTPBearer(
    auto_error=False, description="An API key (`shelftalker keys DIR create`) or a visitor token."
)
_Sent = Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]


def _allows(*scopes: str) -> Any:
    """A dependency: the caller needs one of the scopes, and gets no further past its limit. The
    scope `visitor` is that of a visitor token."""

    async def caller(context: Context, sent: _Sent) -> Principal:
        return admitted(context, sent.credentials if sent else None, scopes)

    return Depends(caller)


def admitted(context: ServiceContext, token: str | None, scopes: tuple[str, ...]) -> Principal:
    """The caller that a token stands for. Raises `Refused` (401, 403, 429)."""
    who = _known(context, token)
    if not who.scopes.intersection(scopes):
        held = "a visitor token" if who.visitor else f"a key with {', '.join(sorted(who.scopes))}"
        raise Refused(
            403, f"this route needs one of the scopes {', '.join(scopes)}, and was called with "
            f"{held}; use another key"
        )  # fmt: skip
    if who.key is not None and who.per_minute is not None:
        now = time.time()
        if context.store.counted(who.key, int(now // 60)) > who.per_minute:
            left = 60 - int(now % 60)
            raise Refused(
                429, f"this key may send {who.per_minute} requests a minute, and has; try again in "
                f"{left} seconds", {"Retry-After": str(left)},
            )  # fmt: skip
    return who


def _known(context: ServiceContext, token: str | None) -> Principal:
    who = principal_of(context.store, token) if token else None
    if who is None and not context.store.has_keys():
        return ANYBODY  # whatever is sent: OpenAI's clients always send something
    if who is None:
        what = "the key or token sent is unknown or has ended" if token else "no key was sent"
        raise Refused(
            401, f"{what}; send an API key as the header Authorization: Bearer KEY",
            {"WWW-Authenticate": "Bearer"},
        )  # fmt: skip
    return who


def acting_for(who: Principal, user: str | None) -> str:
    """The user that a call is about: a visitor token's own, whoever else may be named by a key, ""
    for a new visitor. Raises `Refused` (403) where a token names somebody else."""
    if who.visitor is None:
        return user or ""
    if user not in (None, who.visitor):
        raise Refused(403, "a visitor token acts for its own visitor only; leave `user` out")
    return who.visitor


Serving = Annotated[Principal, _allows("serve", "visitor")]
Server = Annotated[Principal, _allows("serve")]
Sender = Annotated[Principal, _allows("ingest", "visitor")]
Ingesting = Annotated[Principal, _allows("ingest")]
ADMIN = _allows("admin")
Admin = Annotated[Principal, ADMIN]
