"""Read a message while the LLM gives an answer that a test chooses."""

import asyncio
from typing import Any

from shelftalker.engine.chat_client import ChatClient
from shelftalker.understanding.llm import LlmReader
from shelftalker.understanding.rule_reader import RequestReading
from tests.support.annotated import reader
from tests.support.chat_server import ChatServer


def read(
    server: ChatServer, message: str, domain: str = "films", seconds: float = 30, **answer: Any
) -> RequestReading:
    """The reading if the LLM answers `answer`."""
    if answer:
        server.answer = lambda _: {"filters": [], "wishes": [], "avoid": [], "like": [], **answer}
    llm_reader = LlmReader(reader(domain), ChatClient(server.url, "m"), seconds)
    return asyncio.run(llm_reader.aread(message))


def condition(field: str, op: str, value: object) -> dict[str, object]:
    return {"field": field, "op": op, "value": value}
