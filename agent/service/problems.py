"""Errors as RFC 9457 problem details, each with one sentence: what was received, what is allowed,
what to do."""

import logging
import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from shelftalker.errors import (
    AdapterError,
    EngineError,
    InputError,
    NotFitted,
    ShelftalkerError,
    UnknownDomain,
    UnknownItem,
    WorkspaceError,
)
from shelftalker.serving.request_id import REQUEST_ID

_LOG = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """RFC 9457. `detail` is one sentence for a person; `request_id` is in the log too."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    request_id: str = ""


class Refused(HTTPException):
    """A request that is answered with a problem; `detail` is its sentence."""


_STATUS: tuple[tuple[type[ShelftalkerError], int], ...] = (
    (UnknownItem, 404),
    (UnknownDomain, 404),
    (InputError, 422),
    (AdapterError, 422),  # asked for by name
    (NotFitted, 503),
    (EngineError, 503),
    (WorkspaceError, 503),
)
"""The status of each error, most special first; any other is 500."""


def answer_to(error: Exception) -> tuple[int, str]:
    """The HTTP status of an error and its sentence. An error of ours is logged; its own message may
    quote a visitor, so only its frames are."""
    if isinstance(error, ShelftalkerError):
        status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
        return status, str(error)
    frames = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error("unexpected %s\n%s", type(error).__name__, frames)
    where = REQUEST_ID.get() or "its time"
    return 500, f"an internal error; the service's log has it under {where}"


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The response for a problem."""
    body = Problem(
        title=HTTPStatus(status).phrase, status=status, detail=detail, request_id=REQUEST_ID.get()
    )
    return JSONResponse(body.model_dump(), status, dict(headers or {}), media_type=MEDIA_TYPE)


def add_handlers(app: FastAPI) -> None:
    """Answer every error of the app with a problem."""

    @app.exception_handler(Refused)
    async def _refused(_: Request, error: Refused) -> JSONResponse:
        return problem(error.status_code, error.detail, error.headers)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return problem(422, sentence_of(error.errors()))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        detail = f"{request.method} on this path is answered with: {error.detail}; see /docs"
        return problem(error.status_code, detail, error.headers)

    @app.exception_handler(ShelftalkerError)
    @app.exception_handler(Exception)
    async def _failed(_: Request, error: Exception) -> JSONResponse:
        return problem(*answer_to(error))


def sentence_of(errors: Sequence[Any]) -> str:
    """One sentence for all that pydantic found in a request, without the values received beyond
    their first characters."""
    parts = [_part(error) for error in errors[:5]]
    more = f"; and {len(errors) - 5} more" if len(errors) > 5 else ""
    return "; ".join(parts) + more + "; see /docs for what is allowed"


def _part(error: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in error["loc"] if part != "body") or "the body"
    if error["type"] == "missing":
        return f"{place} is missing"
    if error["type"] == "extra_forbidden":
        return f"{place} is not a known field; take it out"
    given = repr(error.get("input"))
    given = given if len(given) <= 40 else f"{given[:40]}…"
    return f"{place} is {given}: {error['msg'].removeprefix('Value error, ')}"
