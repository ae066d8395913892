"""Daphne's websockets, told how full their way out is, so that a viewer who does not read costs little memory.

Daphne and Twisted take whatever is sent to a socket and keep it until it has left. :class:`Line` is that socket's
producer in Twisted's sense: it hears when more than 64 KiB wait, and when they have left. Meanwhile nothing is read
either; whoever does not answer pings by then is cut off by Daphne.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from autobahn.websocket.protocol import PreparedMessage
from daphne.server import Server as DaphneServer

from dashboard.sockets.broadcast import LARGEST

EXTENSION: Final = "isoscope.line"
MOST_SAID: Final = 4096
"""Bytes of the largest frame that a page may send; agents may send what Daphne was started with."""


class Line:
    """The way out to one page's websocket."""

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._transport = protocol.transport
        self.full = False
        self.on_room: Callable[[], object] = bool  # called when what waited has left
        self._transport.unregisterProducer()
        self._transport.registerProducer(self, True)
        protocol.maxFramePayloadSize = MOST_SAID
        protocol.maxMessagePayloadSize = 2 * LARGEST  # Autobahn holds what is sent to this too

    def send(self, frame: PreparedMessage) -> None:
        """Send what was framed once for many; on a line that is closing it is dropped."""
        if self._protocol.state == self._protocol.STATE_OPEN:
            self._transport.write(frame.payloadHybi)  # as sendPreparedMessage does, but for its log lines

    def pauseProducing(self) -> None:
        self.full = True
        self._transport.pauseProducing()

    def resumeProducing(self) -> None:
        self.full = False
        self._transport.resumeProducing()
        self.on_room()

    def stopProducing(self) -> None:
        self.on_room = bool


class Server(DaphneServer):  # type: ignore[misc]
    """Daphne, which gives the websockets of pages their :class:`Line` in the scope's extensions."""

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if scope["type"] == "websocket" and not scope["path"].startswith("/ws/agent"):
            scope["extensions"] = {EXTENSION: Line(protocol)}
        return super().create_application(protocol, scope)


def line_of(scope: dict[str, Any]) -> Line | None:
    """The line of this websocket; ``None`` under another server than ours."""
    line: Line | None = scope.get("extensions", {}).get(EXTENSION)
    return line


def frame_of(text: str) -> PreparedMessage:
    """The text as a websocket message, framed once for all who get it."""
    return PreparedMessage(text.encode(), False, False, True)
