"""The engine of an OpenAI-compatible address, against a real server and its faults.

Run: pytest tests/unit/engine/test_remote.py
"""

import asyncio
import json
import math
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shelftalker.engine import open_engine
from shelftalker.engine.base import Message, Sampling
from shelftalker.engine.chat_client import API_KEY_VARIABLE
from shelftalker.engine.remote import Allowance, OpenAiEngine
from shelftalker.errors import EngineError, InputError
from tests.support.chat_server import ChatServer, serving

PROMPT = [Message(role="user", content="Name a film.")]
SHORT = Sampling(max_tokens=8, stop=("END", ""))


@contextmanager
def opened(answer: Any, **options: Any) -> Iterator[tuple[OpenAiEngine, ChatServer]]:
    own = {name: options.pop(name) for name in ("models", "owner") if name in options}
    with serving(ChatServer(answer, **own)) as server:
        engine = open_engine("some-model", "openai", url=server.url, **{"retries": 0, **options})
        assert isinstance(engine, OpenAiEngine)
        yield engine, server
        asyncio.run(engine.close())


def write(engine: OpenAiEngine, prompt: Any = PROMPT, count: int = 1) -> list[str]:
    return asyncio.run(engine.write([prompt] * count, SHORT))


def labelled(**likely: float) -> bytes:
    top = [{"token": t, "logprob": p, "bytes": None} for t, p in likely.items()]
    content = [{**top[0], "top_logprobs": top}] if top else []
    choice = {"index": 0, "finish_reason": "length", "message": {"role": "assistant"},
              "logprobs": {"content": content}}  # fmt: skip
    return json.dumps({"id": "x", "object": "chat.completion", "choices": [choice]}).encode()


def test_a_text_is_streamed_with_the_sampling_that_was_asked_for() -> None:
    with opened(lambda _: ["Heat", ", 1995"]) as (engine, server):
        assert write(engine) == ["Heat, 1995"]
        assert engine.reason.endswith("has the model some-model")
        assert engine.busy() > 0
        assert engine.active() == 0
    [body] = server.asked
    assert body["messages"] == [{"role": "user", "content": "Name a film."}]
    assert (body["model"], body["max_tokens"], body["stop"]) == ("some-model", 8, ["END"])
    assert body["temperature"] == 0


@pytest.mark.parametrize(
    "pieces", [["Heat ", "is tense"], [" is", " tense"], ["He", "at is tense"]]
)
def test_a_begun_answer_is_not_said_twice(pieces: list[str]) -> None:
    begun = [*PROMPT, Message(role="assistant", content="Heat")]
    with opened(lambda _: pieces, owner="vllm") as (engine, server):
        assert write(engine, begun) == [" is tense"]
        write(engine)
    assert server.asked[0]["continue_final_message"] is True
    assert "continue_final_message" not in server.asked[1]


def test_labels_are_chosen_by_their_log_probabilities() -> None:
    with opened(lambda _: labelled(A=-0.1, B=-3.0, x=-4.0)) as (engine, _):
        [row] = asyncio.run(engine.choose([PROMPT], ["A", "B", "C"]))
        assert np.exp(row).sum() == pytest.approx(1)
        assert row[0] - row[1] == pytest.approx(2.9)
        assert row[1] - row[2] == pytest.approx(1.0)  # C is as likely as the last that was listed
        with pytest.raises(InputError, match="21 labels"):
            asyncio.run(engine.choose([PROMPT], list("ABCDEFGHIJKLMNOPQRSTU")))


@pytest.mark.parametrize("answer", [labelled(), labelled(x=-1.0), b"{}", b"[]"])
def test_without_log_probabilities_there_is_no_choice(answer: bytes) -> None:
    with opened(lambda _: answer) as (engine, _), pytest.raises(EngineError):
        asyncio.run(engine.choose([PROMPT], ["A", "B"]))


def test_what_the_protocol_lacks_is_refused() -> None:
    with opened(lambda _: ["yes"]) as (engine, _):
        for call in (
            engine.likelihood(PROMPT, ["Heat"]),
            engine.add_adapter("a@v1", Path("/nowhere")),
            engine.write([PROMPT], SHORT, "a@v1"),
        ):
            with pytest.raises(EngineError):
                asyncio.run(call)  # type: ignore[arg-type]


def test_errors_that_pass_are_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openai._constants.INITIAL_RETRY_DELAY", 0.01)
    with opened(lambda _: ["yes"], retries=2) as (engine, server):
        server.faults = [429, 503]
        assert write(engine) == ["yes"]
        assert len(server.asked) == 3


def test_a_server_that_keeps_failing_is_dead() -> None:
    with opened(lambda _: ["yes"]) as (engine, server):
        server.faults = [500] * 3
        for _ in range(3):
            assert engine.alive()
            with pytest.raises(EngineError, match="answered 500"):
                write(engine)
        assert not engine.alive()


def test_a_stream_that_is_cut_off_is_an_error() -> None:
    with opened(lambda _: ["He", None]) as (engine, _), pytest.raises(EngineError):
        write(engine)


def test_a_slow_server_is_given_up() -> None:
    with opened(lambda _: ["yes"], seconds=0.2) as (engine, server):
        server.answer = server.hang
        with pytest.raises(EngineError, match="gave no answer"):
            write(engine)


def test_closing_a_stream_ends_its_request() -> None:
    async def first(engine: OpenAiEngine) -> str:
        async with aclosing(engine.stream(PROMPT, SHORT)) as pieces:
            return await anext(pieces)

    with opened(lambda _: ["one", "two"]) as (engine, _):
        assert asyncio.run(first(engine)) == "one"
        assert engine.active() == 0


def test_a_missing_model_key_or_server_is_told_at_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = pytest.raises(EngineError, match=r"set model in workspace\.toml to one of: other")
    with known, opened(lambda _: [], models=("other",)):
        pass
    with opened(lambda _: ["yes"], models=None) as (engine, server):  # a server without a list
        server.status = 401
        monkeypatch.setenv(API_KEY_VARIABLE, "secret-key")
        server.answer = lambda _: b"no"
        with pytest.raises(EngineError, match=f"refused the key.*{API_KEY_VARIABLE}") as refused:
            write(engine)
        assert "secret-key" not in str(refused.value)
    with pytest.raises(EngineError, match="gave no answer"):
        open_engine("some-model", "openai", url="http://127.0.0.1:9")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_requests_and_tokens_a_minute_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, waited = Clock(), []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        clock.now += seconds

    monkeypatch.setattr("shelftalker.engine.remote.asyncio.sleep", sleep)
    few = Allowance(requests_per_minute=2, clock=clock)
    for _ in range(3):
        async with few.of(10):
            pass
    assert waited == [60.0]
    small = Allowance(tokens_per_minute=100, clock=clock)
    for size in (60, 60, 500):  # what is larger than a minute's tokens waits for an empty minute
        async with small.of(size):
            pass
    assert math.fsum(waited) == 180.0


async def test_no_more_requests_run_at_once_than_allowed() -> None:
    allowance, running, most = Allowance(concurrency=2), 0, 0

    async def one() -> None:
        nonlocal running, most
        async with allowance.of(1):
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

    await asyncio.gather(*(one() for _ in range(6)))
    assert most == 2
