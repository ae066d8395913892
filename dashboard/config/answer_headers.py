"""Headers of every answer: Django's, Daphne's own, and the refusal of a websocket."""

from __future__ import annotations

from typing import Any, Final

UNUSED: Final = (
    *("accelerometer", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope", "hid"),
    *("magnetometer", "microphone", "midi", "payment", "publickey-credentials-get", "serial", "usb"),
)
"""Features of browsers that the page does not use."""

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in UNUSED),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""The default headers of an answer: pages and static files have their own caching and policy."""

Pairs = list[tuple[bytes, bytes]]


def completed(headers: Pairs) -> Pairs:
    """Headers of an answer, with those of :data:`HEADERS` that it lacks."""
    there = {name.lower() for name, _ in headers}
    ours = ((name.encode(), value.encode()) for name, value in HEADERS.items())
    return [*headers, *((name, value) for name, value in ours if name.lower() not in there)]


class AnswerHeaders:
    """ASGI middleware around Django. It also covers the answers that Django's own middleware does not see."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        async def complete(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = message | {"headers": completed(list(message.get("headers", ())))}
            await send(message)

        await self.application(scope, receive, complete)
