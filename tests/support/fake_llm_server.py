"""A stand-in for `shelftalker llm`: in this process, or with a port as one that can be killed:

python -m tests.support.fake_llm_server 8001
"""

import json
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import UnixStreamServer
from typing import Any

from shelftalker.engine.fingerprint import base_fingerprint
from shelftalker.engine.models import DEFAULT_MODEL

Answer = Callable[[str, dict[str, Any]], tuple[int, bytes]]


class Fake:
    """Says what `shelftalker llm` would. `answer`: of the path and the body."""

    def __init__(self, place: str | tuple[str, int]) -> None:
        self.answer: Answer = lambda path, body: (200, b'{"rows": [[-1.0, -2.0]]}')
        self.asked: list[tuple[str, dict[str, Any]]] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                served = {"base": base_fingerprint(DEFAULT_MODEL).model_dump(), "context": 512}
                self.reply(200, json.dumps(served).encode())

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                fake.asked.append((self.path, body))
                self.reply(*fake.answer(self.path.rsplit("/", 1)[1], body))

            def reply(self, status: int, payload: bytes) -> None:
                self.send_response(status)
                self.end_headers()
                self.wfile.write(payload)

            def address_string(self) -> str:
                return "test"

            def log_message(self, *_: object) -> None:
                pass

        kind: Any = UnixStreamServer if isinstance(place, str) else HTTPServer
        self.server = kind(place, Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def likely(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
    """Finds all titles equally likely."""
    return 200, json.dumps({"rows": [[-1.0] * len(body["tails"])]}).encode()


if __name__ == "__main__":
    Fake(("127.0.0.1", int(sys.argv[1]))).answer = likely
    threading.Event().wait()
