"""A real server on this machine that answers chat requests as a test wants."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class ChatServer:
    """`answer` makes the message's content from a request's body: an object is sent as JSON, bytes
    are the whole response as they are, a list is a stream's pieces, of which None cuts it off.
    `faults`: the status of the next requests, before it answers. `models`: what it lists; None: it
    has no list. `asked` and `keys` list the bodies and credentials."""

    def __init__(
        self,
        answer: Callable[[dict[str, Any]], object],
        status: int = 200,
        *,
        models: tuple[str, ...] | None = ("some-model",),
        owner: str = "somebody",
    ) -> None:
        self.answer, self.status = answer, status
        self.models, self.owner = models, owner
        self.faults: list[int] = []
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
        if isinstance(said, list) and body.get("stream"):
            return b"".join(map(_chunk, said[: said.index(None)] if None in said else [*said, ""]))
        content = said if isinstance(said, str) else json.dumps(said)
        return json.dumps({"choices": [{"message": {"content": content}}]}).encode()


def _chunk(piece: str) -> bytes:
    """One event of a stream; the empty piece ends it."""
    choice = {"index": 0, "delta": {"content": piece}, "finish_reason": None if piece else "stop"}
    event = (
        f"data: {json.dumps({'id': 'x', 'object': 'chat.completion.chunk', 'choices': [choice]})}"
    )
    return (event + "\n\n" + ("" if piece else "data: [DONE]\n\n")).encode()


@contextmanager
def serving(server: ChatServer) -> Iterator[ChatServer]:
    """The server while it runs, with its `url`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.asked.append(body)
            server.keys.append(self.headers["Authorization"])
            found = self.path == "/v1/chat/completions"
            status = server.faults.pop(0) if server.faults else server.status
            cut = False
            payload = b"busy" if status >= 429 else server.response(body)
            if body.get("stream") and status == 200:
                cut = b"[DONE]" not in payload
            self.reply(status if found else 404, payload, len(payload) + cut)

        def do_GET(self) -> None:
            known = [{"id": one, "owned_by": server.owner, "object": "model"}
                     for one in server.models or ()]  # fmt: skip
            payload = json.dumps({"object": "list", "data": known}).encode()
            self.reply(404 if server.models is None else 200, payload, len(payload))

        def reply(self, status: int, payload: bytes, length: int) -> None:
            stream = payload.startswith(b"data: ")
            try:
                self.send_response(status)
                kind = "text/event-stream" if stream else "application/json"
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(length))  # longer than what comes: cut off
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
