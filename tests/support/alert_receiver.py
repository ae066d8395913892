"""A receiver of webhooks on loopback: it keeps what arrives, and answers as it is told."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Arrived(NamedTuple):
    """One request, and when it arrived (monotonic)."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float


class Receiver:
    """Listens until the ``with`` block ends. ``statuses`` are the next answers; 200 after them.

    While ``answers`` is cleared it answers nobody.
    """

    def __init__(self, *statuses: int, **headers: str) -> None:
        self.statuses, self.headers = list(statuses), headers
        self.answers = threading.Event()
        self.answers.set()
        self.arrived: list[Arrived] = []
        self.changed = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.keep(Arrived(self.path, dict(self.headers), body, time.monotonic()))
                receiver.answers.wait()
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"

    def keep(self, one: Arrived) -> None:
        with self.changed:
            self.arrived.append(one)
            self.changed.notify_all()

    def wait_for(self, number: int, timeout: float = 120) -> list[Arrived]:
        """The first so many requests."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.arrived) >= number, timeout), "nothing arrived"
            return self.arrived[:number]

    def __enter__(self) -> Receiver:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.answers.set()
        self.server.shutdown()
        self.server.server_close()
