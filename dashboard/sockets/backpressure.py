"""Backpressure for websockets: stop sending to a client whose output buffer is full.

Daphne and Twisted buffer without a limit. :class:`OutputBuffer` is registered as the socket's producer in Twisted's
sense: Twisted pauses it when more than 64 KiB wait, and resumes it when they have been sent. While it is paused,
nothing is read from the client either. Daphne disconnects a client that then does not answer its pings.

:class:`~dashboard.sockets.page.PageConsumer` says what a page gets that fell behind: what it missed, in one message.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from autobahn.websocket.protocol import PreparedMessage
from daphne.server import Server as DaphneServer

from dashboard.sockets.broadcast import LARGEST

EXTENSION: Final = "isoscope.output_buffer"
MOST_SAID: Final = 4096
"""Bytes of the largest frame that a page may send. The limit of agents is set where Daphne is started."""


class OutputBuffer:
    """The output buffer of one page's websocket."""

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._transport = protocol.transport
        self.full = False
        self.on_drained: Callable[[], None] | None = None  # called when the buffer is empty again
        self._transport.unregisterProducer()
        self._transport.registerProducer(self, True)
        protocol.maxFramePayloadSize = MOST_SAID
        protocol.maxMessagePayloadSize = 2 * LARGEST  # Autobahn applies this limit to what is sent too

    def send(self, frame: PreparedMessage) -> None:
        """Send a prepared frame. It is dropped if the socket is closing."""
        if self._protocol.state == self._protocol.STATE_OPEN:
            self._transport.write(frame.payloadHybi)  # like sendPreparedMessage, without its log lines

    def pauseProducing(self) -> None:
        self.full = True
        self._transport.pauseProducing()

    def resumeProducing(self) -> None:
        self.full = False
        self._transport.resumeProducing()
        if self.on_drained is not None:
            self.on_drained()

    def stopProducing(self) -> None:
        self.on_drained = None


class Server(DaphneServer):  # type: ignore[misc]
    """Daphne; the websockets of pages have an :class:`OutputBuffer` in their scope's extensions."""

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if scope["type"] == "websocket" and not scope["path"].startswith("/ws/agent"):
            scope["extensions"] = {EXTENSION: OutputBuffer(protocol)}
        return super().create_application(protocol, scope)


def output_buffer_of(scope: dict[str, Any]) -> OutputBuffer | None:
    """The output buffer of this websocket; ``None`` under a server other than :class:`Server`."""
    buffer: OutputBuffer | None = scope.get("extensions", {}).get(EXTENSION)
    return buffer


def frame_of(text: str) -> PreparedMessage:
    """The text as a prepared websocket message, to be sent to many clients."""
    return PreparedMessage(text.encode(), False, False, True)
