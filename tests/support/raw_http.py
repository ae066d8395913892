"""HTTP requests that no browser would send: any header, any path, any cookie."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Mapping
from typing import NamedTuple


class Answer(NamedTuple):
    """Status, headers by lower-case name, and body."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(
    port: int, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes | str = b""
) -> Answer:
    """One request on a connection of its own. A Host header is added where none is given."""
    sent = {"Host": f"127.0.0.1:{port}"} | dict(headers or {})
    data = body.encode() if isinstance(body, str) else body
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in sent.items():
            connection.putheader(name, value)
        if data or method in ("POST", "PUT", "PATCH"):
            connection.putheader("Content-Length", str(len(data)))
        connection.endheaders(data)
        found = connection.getresponse()
        return Answer(found.status, {name.lower(): value for name, value in found.getheaders()}, found.read())
    finally:
        connection.close()


def knock(port: int, path: str, headers: Mapping[str, str] | None = None) -> Answer:
    """The handshake of a websocket: 101 where it opens. A header that is ``""`` is left out."""
    sent = {
        "Host": f"127.0.0.1:{port}",
        "Origin": f"http://127.0.0.1:{port}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Version": "13",
    } | dict(headers or {})
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items() if value)]
    return say(port, "\r\n".join([*lines, "", ""]).encode("latin1"))


def say(port: int, data: bytes) -> Answer:
    """The answer to these bytes, whatever they are."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        line.sendall(data)
        found = http.client.HTTPResponse(line)
        found.begin()
        body = b"" if found.status == 101 else found.read()
        return Answer(found.status, {name.lower(): value for name, value in found.getheaders()}, body)
