"""Read a message while the LLM gives an answer that a test chooses."""

from typing import Any

from shelftalker.engine.chat_client import ChatClient
from shelftalker.types import Request
from shelftalker.understanding.llm import LlmReader
from shelftalker.understanding.reconcile import Reconciled
from tests.support.annotated import read_by, reader
from tests.support.chat_server import ChatServer


def reconciled(url: str, domain: str = "films", seconds: float = 30) -> Reconciled:
    """The rules joined with an LLM at an address."""
    rules = reader(domain)
    client = ChatClient(url, "m")
    return Reconciled(rules, LlmReader(rules.catalog, rules.vocabulary, client, seconds))


def read(
    server: ChatServer, message: str, domain: str = "films", seconds: float = 30, **answer: Any
) -> tuple[Request, str]:
    """The request and the notices if the LLM answers `answer`."""
    if answer:
        server.answer = lambda _: {"filters": [], "wishes": [], "avoid": [], "like": [], **answer}
    return read_by(reconciled(server.url, domain, seconds), message)


def condition(field: str, op: str, value: object) -> dict[str, object]:
    return {"field": field, "op": op, "value": value}
