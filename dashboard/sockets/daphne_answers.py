"""Daphne's own answers: they get our headers, and an answer that fails midway is cut off.

Daphne names no place where its classes can be replaced; :func:`install` replaces what its factories look up.
"""

from __future__ import annotations

from typing import Any

from daphne import http_protocol
from daphne.http_protocol import WebRequest
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

from dashboard.config.answer_headers import FORWARDED_PROTO, headers_outside_django


class Request(WebRequest):  # type: ignore[misc]  # Daphne is not typed
    """An HTTP request."""

    def basic_error(self, status: int, status_text: bytes, body: str) -> None:
        for name, value in headers_outside_django(self.getHeader(FORWARDED_PROTO)).items():
            self.setHeader(name, value)
        super().basic_error(status, status_text, body)

    def handle_exception(self, exception: BaseException) -> None:
        """A client must not take half an answer for the whole, and no second answer can begin."""
        if self._response_started:
            self.channel.abortConnection()
        else:
            super().handle_exception(exception)


class Socket(WebSocketProtocol):  # type: ignore[misc]
    """A websocket."""

    def serverSend(self, content: Any, binary: bool = False) -> None:
        """Send a message. It is dropped if the socket is closing: the application learns of that a moment later."""
        if self.state not in (self.STATE_CLOSING, self.STATE_CLOSED):
            super().serverSend(content, binary)

    def sendHttpErrorResponse(self, code: int, reason: str, responseHeaders: Any = None) -> None:
        told = getattr(self, "http_headers", {}).get(FORWARDED_PROTO)  # what is no request has none
        ours = [*headers_outside_django(told).items(), ("Content-Length", "0"), ("Connection", "close")]
        super().sendHttpErrorResponse(code, reason, [*(responseHeaders or ()), *ours])


def install() -> None:
    """Let Daphne's factories make our requests and websockets."""
    http_protocol.WebRequest = Request
    WebSocketFactory.protocol = Socket
