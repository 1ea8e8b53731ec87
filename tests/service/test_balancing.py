"""Connections are shared between servers on one socket: pytest tests/service/test_balancing.py"""

import socket
import threading
import time
from typing import Any

import uvicorn

from shelftalker.service.running import BalancedServer


def named(name: bytes) -> BalancedServer:
    """A server that answers with its name."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": name, "more_body": True})
        await send({"type": "http.response.body"})

    return BalancedServer(uvicorn.Config(app, lifespan="off", log_config=None))


def test_connections_go_to_the_server_that_has_the_fewest() -> None:
    listening = socket.create_server(("127.0.0.1", 0), backlog=64)
    clients: list[socket.socket] = []

    def answers(count: int) -> list[bytes]:
        """Of so many connections, which stay open."""
        new = [socket.create_connection(listening.getsockname(), 30) for _ in range(count)]
        clients.extend(new)
        for client in new:
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return [client.recv(4096) for client in new]

    servers = [named(b"first"), named(b"second")]
    threads = [
        threading.Thread(target=one.run, args=([listening.dup()],), daemon=True) for one in servers
    ]
    threads[0].start()
    assert len(answers(25)) == 25
    threads[1].start()
    while not servers[1].started:
        time.sleep(0.01)
    assert sum(b"second" in answer for answer in answers(12)) >= 7
    for server in servers:
        server.should_exit = True
    for thread in threads:
        thread.join(30)
    for client in clients:
        client.close()
