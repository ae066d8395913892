"""Headers of every answer: Django's, Daphne's own, and the refusal of a websocket."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings

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

FORWARDED_PROTO: Final = "x-forwarded-proto"
"""The request's header in which a proxy with TLS tells how the client is connected to it."""


def headers_outside_django(forwarded_proto: str | None) -> dict[str, str]:
    """Headers of an answer that Django does not write; to a client of HTTPS it says that HTTPS is to be used."""
    secure = settings.BEHIND_TLS and (forwarded_proto or "").partition(",")[0].strip() == "https"
    if not secure or not settings.SECURE_HSTS_SECONDS:
        return HEADERS
    return HEADERS | {"Strict-Transport-Security": f"max-age={settings.SECURE_HSTS_SECONDS}"}


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
