"""Limits of connections: how many may wait for their clients, for how long, and how large a body may be.

Twisted and Daphne limit none of these. A connection *waits for its client* until its request is complete, and again
after its answer while it is kept open. If too many wait, the one that has waited longest is closed, so that the next
one is accepted.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from io import BytesIO
from typing import IO, Any, Final

from daphne.http_protocol import HTTPFactory
from django.conf import settings
from twisted.internet.defer import Deferred
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel

from dashboard.accounts.access import may_send_file
from dashboard.config.answer_headers import FORWARDED_PROTO, headers_outside_django
from dashboard.serving.body import BODY
from dashboard.sockets import backpressure, daphne_answers
from dashboard.sockets.database_threads import READERS

MOST_WAITING: Final = 400
"""Connections that may wait for their clients."""

HEAD_S: Final = 15.0
"""Seconds until a new connection must have sent its first request."""

REQUEST_S: Final = 60.0
"""Seconds that a connection may wait between two requests, and that a request may take to arrive."""

READ_S: Final = 60.0
"""Seconds that a client may take to read what waits for it, some 64 KiB."""

PIECE: Final = 2**16
"""Bytes of an answer that are given to the connection at a time."""

MOST_BODY: Final = 2**20
"""Bytes of the largest body, except for files that are imported."""

UPLOAD: Final = b"/api/v1/import"
ENVELOPE: Final = 2**16
"""Bytes that a form may add to its file."""

TOO_LARGE: Final = b"413 Content Too Large"
NOT_YOURS: Final = b"403 Forbidden"
MALFORMED: Final = b"400 Bad Request"
TOO_LONG: Final = b"431 Request Header Fields Too Large"


class Waiting:
    """The connections that wait for their clients, those that wait longest first, each with its deadline."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        self._until: OrderedDict[Any, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._until)

    def add(self, channel: Any, seconds: float) -> None:
        """Add a channel that waits. If too many wait, the one that has waited longest is closed."""
        self.remove(channel)
        self._until[channel] = time.monotonic() + seconds
        if len(self._until) > self._most:
            self._close(next(iter(self._until)))

    def remove(self, channel: Any) -> None:
        """Remove a channel that no longer waits."""
        self._until.pop(channel, None)

    def expire(self) -> None:
        """Close those that have waited too long."""
        now = time.monotonic()
        for channel in [channel for channel, until in self._until.items() if until < now]:
            self._close(channel)

    def _close(self, channel: Any) -> None:
        self.remove(channel)
        channel.transport.abortConnection()


waiting: Final = Waiting()


class Channel(HTTPChannel):
    """An HTTP connection."""

    transport: Any
    _path: Any
    _drained: asyncio.Future[None] | None = None

    def connectionMade(self) -> None:
        super().connectionMade()
        waiting.add(self, HEAD_S)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        waiting.remove(self)
        super().connectionLost(reason)
        self._go_on()

    def resumeProducing(self) -> None:
        super().resumeProducing()
        self._go_on()

    async def drained(self) -> None:
        """Wait until the client has read what it was sent. If it does not read, it is disconnected."""
        if not self._waitingForTransport:
            return
        self._drained = asyncio.get_running_loop().create_future()
        try:
            await asyncio.wait_for(self._drained, READ_S)
        except TimeoutError:
            self.transport.abortConnection()

    def _go_on(self) -> None:
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)

    def allHeadersReceived(self) -> None:
        waiting.add(self, REQUEST_S)
        super().allHeadersReceived()

    def allContentReceived(self) -> None:
        waiting.remove(self)
        super().allContentReceived()

    def requestDone(self, request: Any) -> None:
        waiting.add(self, REQUEST_S)
        super().requestDone(request)

    @property
    def is_upload(self) -> bool:
        """Whether the request being received is an upload."""
        return bool(self._command == b"POST" and self._path.partition(b"?")[0] == UPLOAD)

    def lineLengthExceeded(self, line: bytes) -> None:
        """Refuse an address or a header that is too long. The rest of it is read, so that the answer arrives."""
        self._answer(TOO_LONG, self._forwarded_proto())
        waiting.add(self, HEAD_S)
        self.transport.loseWriteConnection()

    def _respondToBadRequestAndDisconnect(self) -> None:
        """Answer what is no request. Twisted's own answer has no headers."""
        self._answer(MALFORMED, self._forwarded_proto())
        self.loseConnection()

    def _forwarded_proto(self) -> str | None:
        """What the headers that have been read say of the proxy."""
        request = self.requests[-1] if self.requests else None
        return request.getHeader(FORWARDED_PROTO) if request is not None else None

    def refuse(self, status: bytes) -> None:
        """Answer the request being received, and close the connection: its body is not read."""
        self._answer(status, self._forwarded_proto())
        self.transport.loseConnection()

    def _answer(self, status: bytes, forwarded_proto: str | None) -> None:
        waiting.remove(self)
        self.dataReceived = lambda data: None  # type: ignore[method-assign]
        pairs = {"Connection": "close", "Content-Type": "text/plain", "Content-Length": str(len(status))}
        headers = pairs | headers_outside_django(forwarded_proto)
        lines = (f"{name}: {value}\r\n".encode() for name, value in headers.items())
        self.transport.write(b"HTTP/1.1 %b\r\n%b\r\n%b" % (status, b"".join(lines), status))


class Request(daphne_answers.Request):
    """A request whose body is bounded, and stays in its file until it is read."""

    content: Any
    body: IO[bytes] | None = None  # where it is large
    room = MOST_BODY

    def gotLength(self, length: int | None) -> None:
        super().gotLength(length)
        if self.channel.is_upload:
            self.room = settings.IMPORT_BYTES + ENVELOPE
        if (length or 0) > self.room:
            self.channel.refuse(TOO_LARGE)
        elif self.channel.is_upload:
            self.ask()

    def ask(self) -> None:
        """Read no more of an upload until it is known whether this person may send one."""
        self.channel.transport.pauseProducing()
        cookie, header = self.getCookie(settings.SESSION_COOKIE_NAME.encode()), self.getHeader(b"authorization")
        asked = asyncio.ensure_future(READERS.run(may_send_file, cookie, header))
        Deferred.fromFuture(asked).addCallbacks(self.let_in, lambda failure: self.let_in(False))

    def let_in(self, may: bool) -> None:
        if self.channel is None:
            return
        if may:
            waiting.remove(self.channel)
            self.channel.transport.resumeProducing()
        else:
            self.channel.refuse(NOT_YOURS)

    def handleContentChunk(self, data: bytes) -> None:
        self.room -= len(data)
        if self.room < 0:
            self.channel.refuse(TOO_LARGE)
        else:
            super().handleContentChunk(data)

    def process(self) -> Any:
        if not isinstance(self.content, BytesIO):
            self.body, self.content = self.content, BytesIO()
            self.body.seek(0)
        return super().process()


class Factory(HTTPFactory):  # type: ignore[misc]
    """Makes a :class:`Channel` of each connection."""

    protocol = Channel

    def buildProtocol(self, addr: Any) -> Any:
        channel = super().buildProtocol(addr)
        channel.requestFactory = Request
        return channel


class Server(backpressure.Server):
    """Daphne with these bounds, and with backpressure."""

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if (body := getattr(protocol, "body", None)) is not None:
            scope["extensions"] = {BODY: body}
        return super().create_application(protocol, scope)

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Pass on the application's answer. A body is sent as fast as its client reads; it is not copied before."""
        if message["type"] != "http.response.body":
            await super().handle_reply(protocol, message)
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        channel = getattr(protocol, "channel", None)  # a request that has ended has none any more
        for start in range(0, len(body) or 1, PIECE):
            last = start + PIECE >= len(body)
            piece = message | {"body": body[start : start + PIECE], "more_body": more or not last}
            await super().handle_reply(protocol, piece)
            if isinstance(channel, Channel):
                await channel.drained()

    def timeout_checker(self) -> None:
        waiting.expire()
        super().timeout_checker()
