"""Host and Origin checks of the websockets."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host

PORTS: Final = {"http": 80, "https": 443}


def header(scope: dict[str, Any], name: bytes) -> str:
    """A request header as text; empty if it is missing."""
    return next((value.decode("latin1") for key, value in scope.get("headers", []) if key == name), "")


def is_host_allowed(scope: dict[str, Any]) -> bool:
    """Whether the Host header is in ``ALLOWED_HOSTS``. This stops DNS rebinding."""
    domain, _ = split_domain_port(header(scope, b"host"))
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def is_origin_ours(scope: dict[str, Any]) -> bool:
    """Whether the Origin header has the scheme, the host *and* the port of this server.

    A page of another program on another port of this machine sends our cookies, but not our origin. Where pages come
    over HTTPS, a page of the same name over HTTP may come from anybody in the network between.
    """
    origin = header(scope, b"origin")
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    ours = place_of(f"{scheme_of(scope)}://{header(scope, b'host')}")
    return ours is not None and place_of(origin) == ours


def scheme_of(scope: dict[str, Any]) -> str:
    """``https`` where the browser speaks TLS: to this server, or to the proxy that ``ISOSCOPE_TLS`` declares."""
    told = header(scope, b"x-forwarded-proto").strip().lower() if settings.BEHIND_TLS else ""
    return "https" if "https" in (told, scope.get("scheme")) or scope.get("scheme") == "wss" else "http"


def place_of(origin: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an origin (RFC 6454); ``None``: not an origin, such as ``null``."""
    try:
        parts = urlsplit(origin)
        port = parts.port or PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    if not parts.hostname or parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname, port


class GuardedSocket:
    """ASGI middleware: a page must send our Origin; an agent is no browser and must send none."""

    def __init__(self, application: Any, browser: bool) -> None:
        self.application = application
        self.browser = browser

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        origin = is_origin_ours(scope) if self.browser else not header(scope, b"origin")
        application = self.application if origin and is_host_allowed(scope) else WebsocketDenier()
        return await application(scope, receive, send)
