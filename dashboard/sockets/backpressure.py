"""Backpressure for websockets: stop sending to a client whose output buffer is full.

Daphne and Twisted buffer without a limit. :class:`OutputBuffer` is registered as the socket's producer in Twisted's
sense: Twisted pauses it when more than 64 KiB wait, and resumes it when they have been sent. While it is paused,
nothing is read from the client either. Daphne disconnects a client that then does not answer its pings.

:class:`~dashboard.sockets.page.PageConsumer` sends a page that fell behind what it missed, in one message.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Any, Final

from autobahn.websocket.protocol import PreparedMessage
from daphne.server import Server as DaphneServer

from dashboard.sockets.broadcast import LARGEST

EXTENSION: Final = "isoscope.output_buffer"
INPUT: Final = "isoscope.input_buffer"
MOST_UNHANDLED: Final = 4 * 2**20
MOST_MESSAGES: Final = 200
"""Bytes and messages of an agent that may wait behind the one that is being handled."""

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


class InputBuffer:
    """What an agent sent and nobody has handled yet. An agent waits for its answers, so this is little.

    Where more waits behind the message that is being handled, nothing more is read.
    """

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._sizes: deque[int] = deque()
        self._paused = False

    def came(self, size: int) -> None:
        """A message of so many bytes was read."""
        self._sizes.append(size)
        if not self._paused and self._is_full():
            self._paused = True
            self._transport.pauseProducing()

    def handled(self) -> None:
        """The oldest message was handled."""
        self._sizes.popleft()
        if self._paused and not self._is_full():
            self._paused = False
            self._transport.resumeProducing()

    def _is_full(self) -> bool:
        return sum(islice(self._sizes, 1, None)) > MOST_UNHANDLED or len(self._sizes) > MOST_MESSAGES


class Counted:
    """The queue of an agent's messages; Daphne puts them there."""

    def __init__(self, queue: Any, buffer: InputBuffer) -> None:
        self._queue, self._buffer = queue, buffer

    def put_nowait(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.receive":
            self._buffer.came(len(message.get("bytes") or message.get("text") or b""))
        self._queue.put_nowait(message)


class Server(DaphneServer):  # type: ignore[misc]
    """Daphne; in the scope's extensions pages have an :class:`OutputBuffer`, agents an :class:`InputBuffer`."""

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if scope["type"] == "websocket" and not scope["path"].startswith("/ws/agent"):
            scope["extensions"] = {EXTENSION: OutputBuffer(protocol)}
        if scope["type"] != "websocket" or "extensions" in scope:
            return super().create_application(protocol, scope)
        buffer = InputBuffer(protocol.transport)
        scope["extensions"] = {INPUT: buffer}
        queue = super().create_application(protocol, scope)
        return None if queue is None else Counted(queue, buffer)


def output_buffer_of(scope: dict[str, Any]) -> OutputBuffer | None:
    """The output buffer of this websocket; ``None`` under a server other than :class:`Server`."""
    buffer: OutputBuffer | None = scope.get("extensions", {}).get(EXTENSION)
    return buffer


def input_buffer_of(scope: dict[str, Any]) -> InputBuffer | None:
    """The input buffer of an agent's websocket; ``None`` under a server other than :class:`Server`."""
    buffer: InputBuffer | None = scope.get("extensions", {}).get(INPUT)
    return buffer


def frame_of(text: str) -> PreparedMessage:
    """The text as a prepared websocket message, to be sent to many clients."""
    return PreparedMessage(text.encode(), False, False, True)
