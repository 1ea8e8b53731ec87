"""The client for OpenAI-compatible addresses, against a real server.

Run: pytest tests/unit/engine/test_chat_client.py
"""

import asyncio
from typing import Any

import pytest

from shelftalker.engine.chat_client import API_KEY_VARIABLE, ChatClient, endpoint
from shelftalker.errors import InputError, ServiceError
from tests.support.chat_server import ChatServer, serving

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"word": {"type": "string"}}}


def ask(url: str, seconds: float = 30) -> dict[str, Any]:
    client = ChatClient(url, "some-model")
    prompt = [{"role": "user", "content": "Say yes."}]
    return asyncio.run(client.ask(prompt, SCHEMA, seconds=seconds))


def test_the_answer_is_asked_for_by_its_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(API_KEY_VARIABLE, raising=False)
    with serving(ChatServer(lambda _: {"word": "yes"})) as server:
        assert ask(server.url) == {"word": "yes"}
    [body] = server.asked
    assert body["model"] == "some-model"
    assert body["messages"] == [{"role": "user", "content": "Say yes."}]
    assert body["response_format"]["type"] == "json_schema"
    assert body["response_format"]["json_schema"]["schema"] == SCHEMA
    assert server.keys == [None]


def test_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(API_KEY_VARIABLE, "abc\n")
    with serving(ChatServer(lambda _: {})) as server:
        ask(server.url)
        assert server.keys == ["Bearer abc"]
        monkeypatch.setenv(API_KEY_VARIABLE, "a\nb")
        with pytest.raises(ServiceError, match="holds characters that no key has") as refused:
            ask(server.url)
    assert "a\nb" not in str(refused.value)


@pytest.mark.parametrize(
    "said",
    ["yes", "[1]", "[" * 100_000, b"not json", b"{}", b'{"choices": []}', b"\xff\xfe", b"[]",
     b'{"choices": [{"message": {"content": null}}]}'],
)  # fmt: skip
def test_what_is_no_object_is_refused_in_one_sentence(said: object) -> None:
    with (
        serving(ChatServer(lambda _: said)) as server,
        pytest.raises(ServiceError, match="something else than one JSON object"),
    ):
        ask(server.url)


def test_a_refusal_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        serving(ChatServer(lambda _: b"no such\nmodel", status=404)) as server,
        pytest.raises(ServiceError, match=r"answered 404 \(no such model\).*'some-model'"),
    ):
        ask(server.url)


def test_a_slow_address_is_given_up() -> None:
    server = ChatServer(lambda _: {})
    server.answer = server.hang
    with serving(server), pytest.raises(ServiceError, match=r"no answer within 0\.2 s"):
        ask(server.url, seconds=0.2)


def test_an_address_that_is_down_is_told() -> None:
    with serving(ChatServer(lambda _: {})) as server:
        url = server.url
    with pytest.raises(ServiceError, match=r"cannot be reached.*running OpenAI-compatible server"):
        ask(url)


def test_an_address_may_be_the_base_or_the_whole() -> None:
    whole = "http://host:8000/v1/chat/completions"
    assert endpoint("http://host:8000/v1/") == endpoint(whole) == whole


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "'' is no address"),
        ("host:8000", "'host:8000' is no address"),
        ("ftp://host/v1", "is no address of a chat server; give one like"),
        ("http://host:99999/v1", "is no address"),
        ("http://[host/v1", "is no address"),
        ("https://me:secret@host/v1", f"holds a password; put the key into {API_KEY_VARIABLE}"),
    ],
)
def test_what_is_no_address(url: str, message: str) -> None:
    with pytest.raises(InputError, match=message.replace("[", r"\[")) as refused:
        ChatClient(url, "m")
    assert "secret" not in str(refused.value)
