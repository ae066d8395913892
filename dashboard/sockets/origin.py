"""The door of every websocket: Host must be ours, and Origin must be the very place the page came from."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host


def header(scope: dict[str, Any], name: bytes) -> str:
    """A request header's text, empty where there is none."""
    return next((value.decode("latin1") for key, value in scope.get("headers", []) if key == name), "")


def is_host_allowed(scope: dict[str, Any]) -> bool:
    """Whether the Host header names us (``ALLOWED_HOSTS``): what DNS rebinding cannot fake."""
    domain, _ = split_domain_port(header(scope, b"host"))
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def is_origin_ours(scope: dict[str, Any]) -> bool:
    """Whether a browser says that our own page opens this socket: same host *and* same port.

    Another program's page on another port of this machine carries our cookies, but not our origin.
    """
    origin = header(scope, b"origin")
    return origin in settings.CSRF_TRUSTED_ORIGINS or (
        bool(origin) and urlsplit(origin).netloc.lower() == header(scope, b"host").lower()
    )


class GuardedSocket:
    """ASGI middleware: pages need our Origin; agents, which are no browsers, must have none."""

    def __init__(self, application: Any, browser: bool) -> None:
        self.application = application
        self.browser = browser

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        origin = is_origin_ours(scope) if self.browser else not header(scope, b"origin")
        application = self.application if origin and is_host_allowed(scope) else WebsocketDenier()
        return await application(scope, receive, send)
