"""A shared vLLM server beside the engine vllm, and as any OpenAI-compatible address.

Run: pytest tests/contract/engine/test_server.py
"""

import asyncio
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from shelftalker.engine import open_engine
from shelftalker.engine.base import Engine, Message, Prompt, Sampling
from shelftalker.engine.chat_client import API_KEY_VARIABLE
from shelftalker.engine.models import DEFAULT_MODEL
from shelftalker.engine.server.engine import ServerEngine
from shelftalker.errors import AdapterError, EngineError
from tests.contract.engine.conftest import OpenEngines, needs_vllm
from tests.contract.engine.reference import GREEDY, LABELS, QUIZ, TASTE, TITLES, ask
from tests.support.llm_server import LlmServer

pytestmark = [
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.vllm,
    needs_vllm,
    pytest.mark.timeout(900),  # vLLM starts twice
]
SCHEMA = {
    "type": "object",
    "properties": {
        "kind": {"enum": ["film", "book"]},
        "year": {"type": "integer", "minimum": 0, "maximum": 99},
    },
    "required": ["kind", "year"],
    "additionalProperties": False,
}


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def shared(engines: OpenEngines, llm_server: LlmServer) -> ServerEngine:
    engine = await engines.get("server", url=llm_server.url, workspace="served")
    assert isinstance(engine, ServerEngine)
    return engine


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def in_process(engines: OpenEngines) -> Engine:
    return await engines.get("vllm")


async def opened_at(server: LlmServer, workspace: str = "served") -> ServerEngine:
    engine = await asyncio.to_thread(
        open_engine, server.model, "server", url=server.url, workspace=workspace
    )
    assert isinstance(engine, ServerEngine)
    return engine


def shortlist_of(user: int) -> tuple[Prompt, list[str]]:
    """What a user of another taste each is asked, and titles to pick from."""
    random = np.random.default_rng(user)
    words = ["Night", "Harbour", "Glass", "Winter", "Orbit", "Goat", "Ferry", "Knife", "Moon"]
    titles = [" ".join(random.choice(words, 3)) for _ in range(12)]
    return ask(f"I liked {', '.join(titles[:4])}. Name one film."), titles[4:]


async def test_the_numbers_are_those_of_the_engine_in_process(
    shared: ServerEngine, in_process: Engine
) -> None:
    for user in range(6):
        prompt, titles = shortlist_of(user)
        adapter = "x@v1" if user % 2 else None
        ours, theirs = [
            (
                await one.likelihood(prompt, titles, adapter),
                await one.choose([prompt], LABELS, adapter),
            )
            for one in (shared, in_process)
        ]
        assert ours[0].argsort().tolist() == theirs[0].argsort().tolist()
        assert ours[0] == pytest.approx(theirs[0], abs=1e-3)
        assert ours[1] == pytest.approx(theirs[1], abs=1e-3)
    texts = [await one.write([TASTE], GREEDY, "x@v1") for one in (shared, in_process)]
    assert texts[0] == texts[1]


async def test_a_shortlist_is_one_request(
    shared: ServerEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = []
    stream = shared._client.stream
    monkeypatch.setattr(
        shared._client, "stream", lambda m, path, **o: paths.append(path) or stream(m, path, **o)
    )
    await shared.likelihood(ask("One shortlist, please."), TITLES)
    await shared.choose(QUIZ, ["Yes", "No"])
    assert paths == ["/likelihood", "/choose"]


async def test_two_processes_share_an_adapter_until_the_last_one_drops_it(
    shared: ServerEngine, llm_server: LlmServer, adapters: dict[str, Path]
) -> None:
    other = await opened_at(llm_server)
    for engine in (shared, other):
        await engine.add_adapter("both@v1", adapters["x@v1"])
    before = await other.choose(QUIZ[:1], LABELS, "both@v1")
    await shared.drop_adapter("both@v1")
    assert await other.choose(QUIZ[:1], LABELS, "both@v1") == pytest.approx(before, abs=1e-4)
    await other.drop_adapter("both@v1")
    await other.close()


async def test_one_name_in_two_workspaces_is_two_adapters(
    shared: ServerEngine, llm_server: LlmServer, adapters: dict[str, Path]
) -> None:
    """Even where the workspaces have the same name too."""
    other = await opened_at(llm_server)
    await shared.add_adapter("films@v1", adapters["x@v1"])
    await other.add_adapter("films@v1", adapters["y@v1"])
    rows = [(await one.choose(QUIZ[:1], LABELS, "films@v1"))[0] for one in (shared, other)]
    assert np.abs(rows[0] - rows[1]).max() > 0.1
    assert rows[1] == pytest.approx((await shared.choose(QUIZ[:1], LABELS, "y@v1"))[0], abs=1e-3)
    await shared.drop_adapter("films@v1")
    await other.close()


async def test_weights_that_the_server_sees_otherwise_are_refused(
    shared: ServerEngine, adapters: dict[str, Path]
) -> None:
    await shared.add_adapter("moved@v1", adapters["x@v1"])
    key = max(shared._files)  # the newest adapter
    shared._files[key] = shared._files[key].model_copy(update={"sha256": "0" * 64})
    with pytest.raises(AdapterError, match="holds another adapter here"):
        await shared.choose(QUIZ[:1], LABELS, "moved@v1")
    with pytest.raises(AdapterError, match="holds another adapter here"):
        await shared.write(QUIZ[:1], GREEDY, "moved@v1")
    await shared.drop_adapter("moved@v1")


async def test_answers_follow_a_schema(shared: ServerEngine, in_process: Engine) -> None:
    prompts = [ask("What is Heat, and of which year? Answer in JSON."), ask("What is Emma?")]
    for engine in (shared, in_process):
        for answer in await engine.ask(prompts, SCHEMA, max_tokens=60):
            assert answer.keys() == {"kind", "year"}
            assert answer["kind"] in ("film", "book")
        with pytest.raises(EngineError, match="no whole JSON object"):
            await engine.ask(prompts[:1], SCHEMA, max_tokens=3)


async def test_a_wrong_key_or_model_is_told_at_the_start(
    llm_server: LlmServer, monkeypatch: pytest.MonkeyPatch, shared: ServerEngine
) -> None:
    with pytest.raises(EngineError, match=r"serves .* which is not"):
        await asyncio.to_thread(open_engine, DEFAULT_MODEL, "server", url=llm_server.url)
    monkeypatch.setenv(API_KEY_VARIABLE, "another")
    with pytest.raises(EngineError, match="refused the key") as refused:
        await opened_at(llm_server)
    assert "another" not in str(refused.value)


async def test_an_adapter_in_service_is_loaded_before_it_answers(
    shared: ServerEngine, llm_server: LlmServer
) -> None:
    before = llm_server.log.read_text()
    assert before.index("served.films.v1") < before.index("Application startup complete")
    await shared.add_adapter("films@v1", llm_server.workspace / "domains/films/adapters/v1")
    await shared.choose(QUIZ[:1], LABELS, "films@v1")
    assert llm_server.log.read_text().count("served.films.v1") == before.count("served.films.v1")
    await shared.drop_adapter("films@v1")


async def test_it_is_an_openai_compatible_address_too(llm_server: LlmServer) -> None:
    plain = await asyncio.to_thread(
        open_engine, llm_server.model, "openai", url=f"{llm_server.url}/v1"
    )
    [text] = await plain.write([TASTE], Sampling(max_tokens=12))
    assert text == "".join([p async for p in plain.stream(TASTE, Sampling(max_tokens=12))])
    assert text
    begun = [*TASTE, Message(role="assistant", content="My favourite is")]
    assert not (await plain.write([begun], Sampling(max_tokens=4)))[0].startswith("My favourite")
    [answer] = await plain.ask([ask("What is Heat? Answer in JSON.")], SCHEMA, max_tokens=60)
    assert answer.keys() == {"kind", "year"}
    await plain.close()


async def test_the_openai_engine_picks_as_the_model_does(
    llm_server: LlmServer, shared: ServerEngine
) -> None:
    """Over labels that are among the twenty likeliest tokens, the same numbers."""
    plain = await asyncio.to_thread(
        open_engine, llm_server.model, "openai", url=f"{llm_server.url}/v1"
    )
    drawn = [Sampling(max_tokens=1, temperature=1, top_p=0.6, seed=seed) for seed in range(12)]
    labels = sorted({(await shared.write(QUIZ[:1], one))[0].strip() for one in drawn})[:2]
    assert len(labels) == 2
    [row] = await plain.choose(QUIZ[:1], labels)
    [own] = await shared.choose(QUIZ[:1], [f" {label}" for label in labels])
    assert row == pytest.approx(own, abs=0.05)
    await plain.close()
