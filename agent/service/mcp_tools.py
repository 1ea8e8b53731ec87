"""The Model Context Protocol: six tools for agents, at /mcp and over standard input and output."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import BaseModel, Field
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from shelftalker.data.catalog import Item
from shelftalker.data.events import Kind
from shelftalker.errors import ShelftalkerError
from shelftalker.recommender import Recommender
from shelftalker.service.access import acting_for, admitted
from shelftalker.service.bodies import Name, Text, TurnBody
from shelftalker.service.context import ServiceContext
from shelftalker.service.conversing import begin, held, whole_turn
from shelftalker.service.keys import ANYBODY, Principal
from shelftalker.store.service_db import ServiceDb

PATH = "/mcp"
TOOLS = ("recommend", "refine", "explain", "record_feedback", "search_catalog", "get_item")
NOT_PAID = "Items are chosen for the user's request and history; no placement is paid for."
_INSTRUCTIONS = (
    "Finds items of one catalogue for a person. Start with recommend, then pass its "
    f"conversation_id to refine or explain. {NOT_PAID}"
)
_User = Annotated[Name | None, Field(description="The person's id; none for a new visitor.")]
_Domain = Annotated[Name | None, Field(description="Which catalogue; none for the default.")]


class PickOut(BaseModel):
    """One recommended item: the text that may be shown to the person, what the catalogue says, and
    the titles in the person's history that led to it."""

    item_id: str
    title: str
    text: str
    facts: list[str]
    because_of: list[str]


class PicksOut(BaseModel):
    """The picks of one turn. Say `reply` and `notices` to the person where they hold anything."""

    conversation_id: str
    reply: str
    notices: list[str]
    picks: list[PickOut]
    placement: str = NOT_PAID


class ItemOut(BaseModel):
    """One item of the catalogue."""

    item_id: str
    title: str
    available: bool
    facts: dict[str, Any]


class FoundOut(BaseModel):
    """Items that match a search, best first."""

    items: list[ItemOut]
    placement: str = NOT_PAID


class AgentTools:
    """The tools over one service. Each method is a tool; its docstring is what an agent reads."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context

    async def recommend(
        self, ctx: Context[Any, Any], request: Text, user: _User = None, domain: _Domain = None
    ) -> PicksOut:
        """Pick items for a request in the person's own words, such as "a quiet film under two
        hours, no horror"; conditions in it are kept strictly."""
        who = _caller(ctx)
        with_user = acting_for(who, user)
        talk = await asyncio.to_thread(begin, self._context, with_user, domain, None)
        return await self._picks(who, talk.name, TurnBody(message=request))

    async def refine(self, ctx: Context[Any, Any], conversation_id: Name, change: Text) -> PicksOut:
        """Change the last picks: "cheaper", "nothing from before 1990", "something else"."""
        return await self._picks(_caller(ctx), conversation_id, TurnBody(message=change))

    async def explain(
        self, ctx: Context[Any, Any], conversation_id: Name, item_id: Name
    ) -> PickOut:
        """Why an item of the last picks was picked."""
        async with held(self._context, conversation_id, _caller(ctx)) as talk:
            cards = [card for card in talk.conversation.cards if card.item.id == item_id]
        for card in cards:
            return _pick(card.as_dict())
        raise ToolError(f"item {item_id!r} is not among the last picks; explain one that is")

    async def record_feedback(
        self, ctx: Context[Any, Any], item_id: Name, kind: Kind, user: _User = None,
        domain: _Domain = None,
    ) -> dict[str, str]:  # fmt: skip
        """Record what the person did with an item, such as like, dislike or purchase. Call it only
        for what the person really did or said."""
        named = acting_for(_caller(ctx), user)
        record = self._context.recommender.feedback
        event = await asyncio.to_thread(record, named, item_id, kind, domain=domain)
        return {"user": event.user, "item_id": event.item, "recorded": event.kind}

    async def search_catalog(
        self, ctx: Context[Any, Any], query: Text, limit: Annotated[int, Field(ge=1, le=50)] = 10,
        domain: _Domain = None,
    ) -> FoundOut:  # fmt: skip
        """Items that fit a query, for nobody in particular: best first, without texts."""
        _caller(ctx)
        return await asyncio.to_thread(self._found, query, limit, domain)

    async def get_item(
        self, ctx: Context[Any, Any], item_id: Name, domain: _Domain = None
    ) -> ItemOut:
        """All facts of one item that is offered."""
        _caller(ctx)
        own = await asyncio.to_thread(self._context.recommender.domain, domain)
        item = own.catalog[item_id]
        if not own.offers(item_id):
            raise ToolError(f"item {item_id!r} is no longer offered; search_catalog names others")
        return _described(item)

    def _found(self, query: str, limit: int, domain: str | None) -> FoundOut:
        recommender = self._context.recommender
        scored = recommender.shortlist("search", query, domain=domain, n=limit)
        catalog = recommender.domain(domain).catalog
        return FoundOut(items=[_described(catalog[one.item_id]) for one in scored])

    async def _picks(self, who: Principal, name: str, body: TurnBody) -> PicksOut:
        turn = await whole_turn(self._context, name, who, body)
        if turn["error"]:
            raise ToolError(turn["error"])
        picks = [_pick(card) for card in turn["cards"]]
        return PicksOut(
            conversation_id=name, reply=turn["reply"], notices=turn["notices"], picks=picks
        )


def build_server(context: ServiceContext) -> MCPServer[Any]:
    """The MCP server of a service."""
    quiet = logging.NullHandler()
    logging.getLogger().addHandler(quiet)  # else the SDK sets up logging for the whole process
    server: MCPServer[Any] = MCPServer("shelftalker", instructions=_INSTRUCTIONS)
    logging.getLogger().removeHandler(quiet)
    for name in TOOLS:
        server.add_tool(_told(getattr(AgentTools(context), name)), structured_output=True)
    return server


def add_mcp(app: FastAPI, context: ServiceContext) -> MCPServer[Any]:
    """Serve the tools at /mcp; the app's lifespan must run the server's `session_manager`."""
    server = build_server(context)
    inner = server.streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,  # any worker process takes the next call
        max_request_body_size=context.settings.body_bytes,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    app.router.routes.append(Route(PATH, endpoint=_Gate(context, inner)))
    return server


def serve_stdio(directory: Path, engine: str) -> None:
    """Serve the tools of a workspace over standard input and output, until that ends."""
    with Recommender.open(directory, engine) as recommender, ServiceDb.of(directory) as store:
        settings = recommender.workspace.settings.service
        build_server(ServiceContext(recommender, store, settings)).run("stdio")


class _Gate:
    """Lets callers with the scope `serve` and visitor tokens through to MCP."""

    def __init__(self, context: ServiceContext, inner: ASGIApp) -> None:
        self._context, self._inner = context, inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
        sent = token if kind.lower() == "bearer" else None
        scope["principal"] = admitted(self._context, sent, ("serve", "visitor"))
        await self._inner(scope, receive, send)


def _caller(ctx: Context[Any, Any]) -> Principal:
    """Who calls a tool; over standard input it is the owner of the workspace."""
    request = ctx.request_context.request
    who: Principal = ANYBODY if request is None else request.scope["principal"]
    return who


def _told(tool: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """The tool, whose expected errors reach the agent as sentences."""

    @wraps(tool)
    async def told(*args: Any, **values: Any) -> Any:
        try:
            return await tool(*args, **values)
        except ShelftalkerError as error:
            raise ToolError(str(error)) from None
        except HTTPException as error:
            raise ToolError(error.detail) from None

    return told


def _described(item: Item) -> ItemOut:
    return ItemOut(item_id=item.id, title=item.title, available=item.available, facts=item.facts())


def _pick(card: dict[str, Any]) -> PickOut:
    return PickOut(
        item_id=card["item_id"],
        title=card["title"],
        text=card["description"],
        facts=[fact["text"] for fact in card["evidence"]],
        because_of=[reason["title"] for reason in card["reasons"]],
    )
