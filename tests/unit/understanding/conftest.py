"""A chat server that finds nothing in any message, unless a test says otherwise."""

from collections.abc import Iterator

import pytest

from tests.support.chat_server import ChatServer, serving


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with serving(ChatServer(lambda _: {"filters": []})) as started:
        yield started
