"""``/healthz``, ``/readyz`` and ``/metrics``: for programs that watch this server, by any name it is reached by.

They are answered before Django: no sign-in, no redirect to HTTPS, no list of allowed hosts.
"""

from __future__ import annotations

import hmac
import ipaddress
from typing import Any, Final, NamedTuple

import msgspec
from django.conf import settings
from django.http.request import split_domain_port

from dashboard.config.answer_headers import HEADERS
from dashboard.database_errors import Unavailable, explain
from dashboard.sockets.database_threads import READERS
from dashboard.sockets.origin import header, is_host_allowed
from dashboard.watch.exposition import CONTENT_TYPE
from dashboard.watch.health import read_readiness
from dashboard.watch.metrics import read_metrics

PATHS: Final = ("/healthz", "/readyz", "/metrics")
FORWARDED: Final = (b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip", b"via")
"""Headers with which a proxy says that somebody else asks."""

TEXT: Final = "text/plain; charset=utf-8"


class Answer(NamedTuple):
    status: int
    body: bytes
    content_type: str = TEXT
    challenge: bool = False  # a bearer token is asked for


class Watch:
    """ASGI middleware around HTTP."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["path"] not in PATHS:
            await self.application(scope, receive, send)
            return
        answer = await make_answer(scope)
        headers = {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body))} | HEADERS
        if answer.challenge:
            headers["WWW-Authenticate"] = "Bearer"
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
        await send({"type": "http.response.body", "body": answer.body})


async def make_answer(scope: dict[str, Any]) -> Answer:
    """The answer to GET; nothing else is taken."""
    if scope["method"] != "GET":
        return Answer(405, b"Only GET and HEAD are answered here.\n")
    match scope["path"]:
        case "/healthz":
            return Answer(200, b"alive\n")
        case "/readyz":
            readiness = await read_readiness()
            return Answer(200 if readiness.ready else 503, msgspec.json.encode(readiness), "application/json")
    return await answer_metrics(scope)


async def answer_metrics(scope: dict[str, Any]) -> Answer:
    """The metrics, for whoever may read them."""
    if settings.METRICS_TOKEN and not has_token(scope):
        return Answer(401, b"The bearer token of ISOSCOPE_METRICS_TOKEN is needed.\n", challenge=True)
    if not settings.METRICS_TOKEN and not is_here(scope):
        return Answer(403, b"Without ISOSCOPE_METRICS_TOKEN only this machine itself may read this.\n")
    try:
        return Answer(200, await READERS.run(read_metrics), CONTENT_TYPE)
    except Unavailable as error:
        return Answer(503, f"{explain(error)}\n".encode())


def has_token(scope: dict[str, Any]) -> bool:
    scheme, _, token = dict(scope["headers"]).get(b"authorization", b"").partition(b" ")
    return scheme.lower() == b"bearer" and hmac.compare_digest(token.strip(), settings.METRICS_TOKEN.encode())


def is_here(scope: dict[str, Any]) -> bool:
    """Whether a program of this machine asks, and for nobody else.

    A proxy here speaks for all the world, and so does a browser that a foreign page led here by a name of its own
    (DNS rebinding).
    """
    client = scope.get("client")
    names = {name for name, _ in scope["headers"]}
    if not client or names.intersection(FORWARDED) or not is_named_here(scope):
        return False
    return is_loopback(client[0])


def is_named_here(scope: dict[str, Any]) -> bool:
    """Whether the Host header is one of ours, or of loopback."""
    domain, _ = split_domain_port(header(scope, b"host"))
    return domain == "localhost" or is_loopback(domain.strip("[]")) or is_host_allowed(scope)


def is_loopback(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
