"""The server's part of the protocol, as documented: a list of frames behind a real websocket server."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from inspector.errors import MalformedFrame
from inspector.facts.diff import apply
from inspector.facts.types import HostState
from inspector.protocol.frames import Ack, Batch, Diff, Frame, Heartbeat, Metrics, Reset, encode, unpack

TOKEN = "a-token-of-the-tests"


@dataclass
class Ledger:
    """What history would hold. A diff that does not fit raises, whatever the protocol let through."""

    last: int = 0
    state: HostState | None = None
    kept: list[Reset | Diff] = field(default_factory=list)
    heard: list[Heartbeat | Metrics] = field(default_factory=list)
    past: list[tuple[int, HostState | None]] = field(default_factory=lambda: [(0, None)])

    def take(self, data: bytes) -> Ack:
        try:
            frame: Frame = unpack(data)
        except MalformedFrame as error:
            return Ack(self.last, refused=str(error))
        if isinstance(frame, Batch):
            return self.take_batch(frame)
        if isinstance(frame, Metrics | Heartbeat):
            self.heard.append(frame)
            fits = isinstance(frame, Metrics) or frame.seq == self.last or frame.waiting > 0
            return Ack(self.last, need=None if fits else "reset")
        return self.take_frame(frame)

    def take_batch(self, batch: Batch, most: int = 100) -> Ack:
        """Keep the first frames of a batch, up to one that does not fit."""
        acks = [Ack(self.last)]
        for frame in batch.frames[:most]:
            acks.append(self.take_frame(frame))
            if acks[-1].need is not None:
                break
        return acks[-1]

    def take_frame(self, frame: Reset | Diff) -> Ack:
        if frame.seq <= self.last:
            return Ack(self.last)
        if isinstance(frame, Diff) and frame.base != self.last:
            return Ack(self.last, need="reset")
        self.keep(frame)
        return Ack(self.last)

    def keep(self, frame: Reset | Diff) -> None:
        if isinstance(frame, Reset):
            self.state = frame.state
        else:
            assert self.state is not None
            self.state = apply(self.state, frame, frame.taken_at, frame.duration_ms)
        self.last = frame.seq
        self.kept.append(frame)
        self.past.append((self.last, self.state))

    def return_to(self, number: int) -> None:
        """Be again as history was at an earlier moment, like a server whose backup was restored."""
        del self.past[number % len(self.past) + 1 :]
        self.last, self.state = self.past[-1]


Answer = Callable[[ServerConnection, bytes], None]


class Server:
    """A websocket server on 127.0.0.1 that can go away and return on the same port.

    Replace :attr:`answer` to misbehave, :attr:`status` to turn agents away.
    """

    def __init__(self, port: int = 0) -> None:
        self.ledger = Ledger()
        self.answer: Answer = self.answer_by_the_book
        self.greet: Callable[[ServerConnection], None] = self.greet_by_the_book
        self.status: int | None = None
        self.requests: list[Request] = []
        self.answered = 0  # messages dealt with, their answers sent
        self.changed = threading.Condition()
        self.connections: list[ServerConnection] = []
        self.port = port
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._server = serve(
            self._handle,
            "127.0.0.1",
            self.port,
            process_request=self._open_door,
            max_size=2**25,
            ping_interval=None,
            close_timeout=0.2,
        )
        self.port = self._server.socket.getsockname()[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def go_away(self) -> None:
        """Stop listening and cut every connection, as a killed server does."""
        self._server.shutdown()
        self._thread.join()
        for connection in self.connections:
            connection.close_socket()
        self.connections.clear()

    def wait_until(self, holds: Callable[[], bool], timeout: float = 120) -> None:
        """Until a condition holds that only what agents send can bring about."""
        with self.changed:
            assert self.changed.wait_for(holds, timeout), "the agent did not bring it about"

    def answer_by_the_book(self, connection: ServerConnection, data: bytes) -> None:
        ack = self.ledger.take(data)
        connection.send(encode(ack).decode())

    def greet_by_the_book(self, connection: ServerConnection) -> None:
        connection.send(encode(Ack(self.ledger.last)).decode())

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.go_away()

    def _open_door(self, connection: ServerConnection, request: Request) -> Response | None:
        with self.changed:
            self.requests.append(request)
            self.changed.notify_all()
        if self.status is not None:
            return connection.respond(self.status, "no\n")
        fine = request.headers.get("Authorization") == f"Bearer {TOKEN}" and host_of(request)
        return None if fine else connection.respond(403, "no\n")

    def _handle(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        self.greet(connection)
        with contextlib.suppress(ConnectionClosed):
            for message in connection:
                assert isinstance(message, bytes)
                self._hear(connection, message)

    def _hear(self, connection: ServerConnection, message: bytes) -> None:
        try:
            self.answer(connection, message)
        finally:
            with self.changed:
                self.answered += 1
                self.changed.notify_all()


def host_of(request: Request) -> str:
    parts = urlsplit(request.path)
    return parse_qs(parts.query).get("host", [""])[0] if parts.path == "/ws/agent" else ""
