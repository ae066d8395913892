"""Host and Origin checks of the websockets."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host


def header(scope: dict[str, Any], name: bytes) -> str:
    """A request header as text; empty if it is missing."""
    return next((value.decode("latin1") for key, value in scope.get("headers", []) if key == name), "")


def is_host_allowed(scope: dict[str, Any]) -> bool:
    """Whether the Host header is in ``ALLOWED_HOSTS``. This stops DNS rebinding."""
    domain, _ = split_domain_port(header(scope, b"host"))
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def is_origin_ours(scope: dict[str, Any]) -> bool:
    """Whether the Origin header has the host *and* the port of this server.

    A page of another program on another port of this machine sends our cookies, but not our origin.
    """
    origin = header(scope, b"origin")
    return origin in settings.CSRF_TRUSTED_ORIGINS or (
        bool(origin) and urlsplit(origin).netloc.lower() == header(scope, b"host").lower()
    )


class GuardedSocket:
    """ASGI middleware: a page must send our Origin; an agent is no browser and must send none."""

    def __init__(self, application: Any, browser: bool) -> None:
        self.application = application
        self.browser = browser

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        origin = is_origin_ours(scope) if self.browser else not header(scope, b"origin")
        application = self.application if origin and is_host_allowed(scope) else WebsocketDenier()
        return await application(scope, receive, send)
