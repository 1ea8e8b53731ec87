"""A real server on this machine that answers chat requests as a test wants."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class ChatServer:
    """`answer` makes the message's content from a request's body: an object is sent as JSON, bytes
    are the whole response as they are. `asked` and `keys` list the bodies and credentials."""

    def __init__(self, answer: Callable[[dict[str, Any]], object], status: int = 200) -> None:
        self.answer, self.status = answer, status
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.released = threading.Event()
        self.url = ""

    def hang(self, _: object) -> object:
        """An answer that does not come until the test is over."""
        self.released.wait(60)
        return {}

    def response(self, body: dict[str, Any]) -> bytes:
        said = self.answer(body)
        if isinstance(said, bytes):
            return said
        content = said if isinstance(said, str) else json.dumps(said)
        return json.dumps({"choices": [{"message": {"content": content}}]}).encode()


@contextmanager
def serving(server: ChatServer) -> Iterator[ChatServer]:
    """The server while it runs, with its `url`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.asked.append(body)
            server.keys.append(self.headers["Authorization"])
            found = self.path == "/v1/chat/completions"
            payload = server.response(body)
            try:
                self.send_response(server.status if found else 404)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)
            except OSError:  # whoever asked has gone
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web.daemon_threads = True
    thread = threading.Thread(target=web.serve_forever, args=(0.05,))
    thread.start()
    server.url = f"http://127.0.0.1:{web.server_port}/v1"
    try:
        yield server
    finally:
        server.released.set()
        web.shutdown()
        thread.join()
        web.server_close()
