"""What every answer says of how it may be used: pages, data, files, errors, redirects and refused websockets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.installation import Installation, copy_of
from tests.support.raw_http import Answer, ask, knock, say

EVERYWHERE = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


@pytest.fixture(scope="module", params=["plain", "tls"])
def server(request: pytest.FixtureRequest, template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The port of a server, and whether a proxy with TLS stands in front of it."""
    environ = {"ISOSCOPE_TLS": "1"} if request.param == "tls" else {}
    installation = Installation(copy_of(template, tmp_path_factory.mktemp("headers") / "data"), **environ)
    try:
        installation.start()
        yield f"{installation.port} {request.param}"
    finally:
        installation.end()


REQUESTS = [
    ("GET", "/", 302),
    ("GET", "/sign-in", 200),
    ("HEAD", "/sign-in", 200),
    ("GET", "/sign-in/no-such-link", 410),
    ("POST", "/sign-in", 403),
    ("GET", "/sign-out", 405),
    ("GET", "/admin/", 302),
    ("GET", "/admin/login/", 200),
    ("GET", "/nowhere", 404),
    ("GET", "/api/v1/hosts", 401),
    ("GET", "/api/v1/nothing", 404),
    ("GET", "/api/v1/openapi.json", 302),
    ("POST", "/api/v1/import", 403),
    ("DELETE", "/api/v1/hosts", 405),
    ("GET", "/static/dashboard/main.js", 200),
    ("GET", "/static/nothing.js", 404),
]


@pytest.mark.parametrize(("method", "path", "status"), REQUESTS)
def test_every_answer_says_how_it_may_be_used(server: str, method: str, path: str, status: int) -> None:
    port, kind = server.split()
    headers = {"X-Forwarded-Proto": "https"} if kind == "tls" else {}
    answer = ask(int(port), method, path, headers)
    assert answer.status == status
    says(answer)
    assert ("strict-transport-security" in answer.headers) is (kind == "tls")


def test_so_do_answers_to_requests_that_are_none(server: str) -> None:
    port = int(server.split()[0])
    foreign = ask(port, "GET", "/", {"Host": "evil.example", "X-Forwarded-Proto": "https"})
    assert foreign.status == 400
    says(foreign)


@pytest.mark.parametrize("length", [20_000, 60_000, 2_000_000])
@pytest.mark.parametrize("place", ["address", "header"])
def test_an_address_or_a_header_that_is_too_long_is_answered(server: str, length: int, place: str) -> None:
    port, long = int(server.split()[0]), "a" * length
    answer = ask(port, "GET", f"/?q={long}") if place == "address" else ask(port, "GET", "/", {"X-Long": long})
    assert answer.status == 431
    says(answer)


MALFORMED = {
    "no version": b"GET /\r\n\r\n",
    "no words": b"\x16\x03\x01\r\n\r\n",
    "a header without a name": b"GET / HTTP/1.1\r\n: x\r\n\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\nHost\r\n\r\n",
    "a negative length": b"POST / HTTP/1.1\r\nX-Forwarded-Proto: https\r\nContent-Length: -1\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "an unknown encoding": b"POST / HTTP/1.1\r\nTransfer-Encoding: x\r\n\r\n",
    "a malformed chunk": b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "many headers": b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_so_do_answers_to_malformed_heads(server: str, name: str) -> None:
    port, kind = server.split()
    answer = say(int(port), MALFORMED[name])
    assert answer.status == 400
    says(answer)
    is_secure = kind == "tls" and b"https" in MALFORMED[name]
    assert ("strict-transport-security" in answer.headers) is is_secure


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/ws/nothing", {}, 403),
        ("/ws/hosts/x", {}, 403),
        ("/ws/hosts/x", {"Origin": "https://evil.example"}, 403),
        ("/ws/agent?host=x", {"Origin": "", "Authorization": "Bearer nothing"}, 403),
        ("/ws/hosts/x", {"Sec-WebSocket-Version": "1"}, 400),
    ],
)
def test_so_do_websockets_that_are_refused(server: str, path: str, headers: dict[str, str], status: int) -> None:
    port, kind = server.split()
    answer = knock(int(port), path, {"X-Forwarded-Proto": "https"} | headers)
    assert answer.status == status
    says(answer)
    assert ("strict-transport-security" in answer.headers) is (kind == "tls")


def test_behind_tls_plain_requests_are_redirected_to_https(server: str) -> None:
    port, kind = server.split()
    answer = ask(int(port), "GET", "/sign-in?next=/")
    assert answer.status == (301 if kind == "tls" else 200)
    says(answer)
    if kind == "tls":
        assert answer.headers["location"] == f"https://127.0.0.1:{port}/sign-in?next=/"


def test_what_has_a_name_for_its_content_is_kept_and_what_is_private_is_not(template: Path, tmp_path: Path) -> None:
    installation = Installation(copy_of(template, tmp_path / "data"))
    try:
        installation.start()
        page = installation.visitor().get("/").decode()
        hashed = page.split('rel="stylesheet" href="')[1].split('"')[0]
        assert "immutable" in ask(installation.port, "GET", hashed).headers["cache-control"]
        assert ask(installation.port, "GET", "/api/v1/hosts").headers["cache-control"] == "no-store"
    finally:
        installation.end()


def says(answer: Answer) -> None:
    """The answer has every header, and keeps nothing that is not a file with a name for its content."""
    assert {name: answer.headers.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert "camera=()" in answer.headers["permissions-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"]
