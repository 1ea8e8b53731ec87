"""Agents and chat front ends as callers, each with its own client: OpenAI, MCP, UCP.

Run: pytest tests/service/test_agents.py
"""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn
from pydantic import BaseModel, ValidationError

from shelftalker import Recommender
from shelftalker.service.app import create_app
from shelftalker.service.keys import create_key
from shelftalker.store.service_db import ServiceDb
from tests.conftest import COMEDIES, THRILLERS
from tests.service.conftest import served

if TYPE_CHECKING:  # every worker imports every file
    import openai

TOOLS = {"recommend", "refine", "explain", "record_feedback", "search_catalog", "get_item"}


@pytest.fixture
def address(place: Path) -> Iterator[str]:
    """The service at a port of this machine."""
    with Recommender.open(place, engine="none") as recommender:
        config = uvicorn.Config(create_app(recommender), port=0, log_config=None)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture
def chat(address: str) -> "openai.OpenAI":
    import openai

    return openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0)


def titled(text: str, titles: tuple[str, ...]) -> int:
    return sum(title in text for title in titles)


def test_an_openai_client_holds_a_conversation(chat: "openai.OpenAI", place: Path) -> None:
    assert [model.id for model in chat.models.list()] == ["shelftalker/films"]
    messages: list[Any] = [{"role": "user", "content": "a thriller"}]
    answer = chat.chat.completions.create(model="shelftalker/films", messages=messages)
    first = answer.choices[0].message.content or ""
    assert titled(first, THRILLERS) == 3
    messages += [
        {"role": "assistant", "content": first},
        {"role": "user", "content": "something else"},
    ]
    stream = chat.chat.completions.create(model="shelftalker/films", messages=messages, stream=True)
    second = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
    assert titled(second, THRILLERS) == 1  # the fourth: it knows which three were shown
    messages += [
        {"role": "assistant", "content": second},
        {"role": "user", "content": "a comedy instead"},
    ]
    third = chat.chat.completions.create(model="shelftalker/films", messages=messages)
    assert titled(third.choices[0].message.content or "", COMEDIES) == 3


def test_a_conversation_that_is_not_known_is_read_again(chat: "openai.OpenAI") -> None:
    messages: list[Any] = [
        {"role": "system", "content": "You are a helpful assistant."},
        {"role": "user", "content": "a thriller"},
        {"role": "assistant", "content": "Written by somebody else."},
        {"role": "user", "content": [{"type": "text", "text": "from before 1982"}]},
    ]
    answer = chat.chat.completions.create(model="shelftalker/films", messages=messages)
    text = answer.choices[0].message.content or ""
    assert titled(text, THRILLERS) == 2
    assert titled(text, COMEDIES) == 0


def test_a_model_that_is_not_ours_is_refused(chat: "openai.OpenAI") -> None:
    import openai

    messages: list[Any] = [{"role": "user", "content": "hi"}]
    for name in ("gpt-4", "shelftalker/../../etc", "shelftalker/films@v1"):
        with pytest.raises(openai.NotFoundError) as caught:
            chat.chat.completions.create(model=name, messages=messages)
        assert "films" in caught.value.response.json()["detail"]


async def called(client: Any, name: str, **arguments: Any) -> Any:
    result = await client.call_tool(name, arguments)
    assert not result.is_error, result.content
    return result.structured_content


async def every_tool(client: Any) -> None:
    """List and call each tool."""
    tools = (await client.list_tools()).tools
    assert {tool.name for tool in tools} == TOOLS
    assert all(tool.description and tool.output_schema for tool in tools)
    picks = await called(client, "recommend", request="a thriller", user="u1")
    assert "no placement is paid for" in picks["placement"]
    assert {pick["title"] for pick in picks["picks"]} <= set(THRILLERS)
    talk, item = picks["conversation_id"], picks["picks"][0]["item_id"]
    reasons = await called(client, "explain", conversation_id=talk, item_id=item)
    assert "It is a thriller." in reasons["facts"]
    again = await called(client, "refine", conversation_id=talk, change="a comedy instead")
    assert {pick["title"] for pick in again["picks"]} <= set(COMEDIES)
    await called(client, "record_feedback", user="u1", item_id=item, kind="like")
    found = await called(client, "search_catalog", query="a comedy", limit=2)
    assert len(found["items"]) == 2
    assert {one["title"] for one in found["items"]} <= set(COMEDIES)
    assert (await called(client, "get_item", item_id=item))["facts"]["genres"] == ["Thriller"]
    wrong = await client.call_tool("get_item", {"item_id": "f99"})
    assert wrong.is_error
    assert "f99" in wrong.content[0].text


async def test_the_mcp_sdks_own_client_calls_every_tool(address: str, place: Path) -> None:
    from mcp.client.client import Client

    async with Client(f"{address}/mcp") as client:
        await every_tool(client)
    with ServiceDb.of(place) as store:
        create_key(store, "ingest")
    assert httpx.post(f"{address}/mcp", json={}).status_code == 401


def test_ucp_searches_by_intent_and_looks_up(place: Path) -> None:
    with served(place, currency="EUR") as client:
        client.put("/v1/items", json={"items": PRICED})
        home = client.get("/.well-known/ucp").json()["ucp"]
        assert home["services"]["dev.ucp.shopping"][0]["endpoint"] == "http://localhost"
        assert set(home["capabilities"]) == {
            "dev.ucp.shopping.catalog.search", "dev.ucp.shopping.catalog.lookup",
        }  # fmt: skip

        def found(**body: Any) -> list[str]:
            answer = client.post("/catalog/search", json=body).json()
            return [product["id"] for product in answer["products"]]

        assert set(found()) == {"p1", "p2", "p3"}  # films have no price
        assert found(context={"intent": "a comedy"}) == ["p2"]
        assert found(filters={"price": {"min": 500, "max": 1499}}) == ["p2"]
        assert set(found(filters={"categories": ["thriller"]})) == {"p1", "p3"}
        assert found(filters={"categories": ["Opera"]}) == []
        page = client.post("/catalog/search", json={"pagination": {"limit": 2}}).json()
        assert page["pagination"] == {"has_next_page": True, "cursor": "2"}
        rest = found(pagination={"limit": 2, "cursor": "2"})
        assert {one["id"] for one in page["products"]} | set(rest) == {"p1", "p2", "p3"}
        looked = client.post("/catalog/lookup", json={"ids": ["p1", "f1", "zz"]}).json()
        [product] = looked["products"]
        assert product["price_range"]["min"] == {"amount": 1999, "currency": "EUR"}
        assert product["variants"][0]["inputs"] == [{"id": "p1", "match": "exact"}]


def test_ucp_answers_are_what_the_official_models_say(place: Path) -> None:
    from ucp_sdk.models.schemas.shopping.catalog_lookup import LookupResponse
    from ucp_sdk.models.schemas.shopping.catalog_search import SearchResponse
    from ucp_sdk.models.schemas.ucp import BusinessSchema

    with served(place, currency="EUR") as client:
        client.put("/v1/items", json={"items": PRICED})
        home = client.get("/.well-known/ucp").json()["ucp"]
        page = {"query": "thriller", "pagination": {"limit": 1}}
        found = client.post("/catalog/search", json=page).json()
        known = client.post("/catalog/lookup", json={"ids": ["p1", "p2"]}).json()
    answers: tuple[tuple[type[BaseModel], Any, str], ...] = (
        (BusinessSchema, home, "services"),
        (SearchResponse, found, "products"),
        (LookupResponse, known, "ucp"),
    )
    for model, answer, needed in answers:
        assert model.model_validate(answer)
        with pytest.raises(ValidationError):
            model.model_validate({name: answer[name] for name in answer if name != needed})
    price = found["products"][0]["variants"][0].pop("price")
    assert price["currency"] == "EUR"
    with pytest.raises(ValidationError, match="price"):
        SearchResponse.model_validate(found)


PRICED = [
    {"id": f"p{number}", "title": title, "price": price, "attributes": {"genres": [genre]}}
    for number, title, price, genre in (
        (1, "The Ninth Vault", 19.99, "Thriller"),
        (2, "Goat on the Roof", 14.99, "Comedy"),
        (3, "The Quiet Mole", 4.5, "Thriller"),
    )
]
