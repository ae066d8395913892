"""Ways to harm a running server, tried one after the other: nothing fails, nothing leaks, everybody else goes on."""

from __future__ import annotations

import contextlib
import csv
import http.client
import io
import json
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import connect

from inspector.protocol.frames import Reset, encode
from tests.support.installation import MACHINE, ROOT, Installation, Visitor, copy_of
from tests.support.states import a_container, a_process, a_state

HOST = f"/api/v1/hosts/{MACHINE}"
IMPORT = "/api/v1/import"
EVIL = "x\x1b[2J\x9b31m\r\nSet-Cookie: stolen=1\u202e\u2066</title><script>alert(1)</script>`|[a](javascript:b)"
FORMULA = "=cmd|' /C calc'!A0"
HOSTILE = a_state(
    [a_process(1, "init"), a_process(2, EVIL[:200], cmdline=(EVIL, FORMULA)), a_process(3, FORMULA)],
    containers=(a_container(1, EVIL), a_container(2, FORMULA, image=EVIL)),
)


@pytest.fixture(scope="module")
def server(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One server for all attempts: what one of them breaks the next one meets."""
    installation = Installation(copy_of(template, tmp_path_factory.mktemp("server") / "data"))
    try:
        installation.start()
        yield installation
    finally:
        installation.end()


@pytest.fixture(scope="module")
def ann(server: Installation) -> Visitor:
    return server.visitor()


@pytest.fixture(scope="module", autouse=True)
def recorded(server: Installation) -> None:
    """A host whose names are hostile, of two snapshots."""
    for seq, state in ((1, a_state([a_process(1, "init")])), (2, HOSTILE)):
        assert "refused" not in deliver(server, pack_fields(fields(seq, state)))


@pytest.fixture(autouse=True)
def nothing_broke(server: Installation, ann: Visitor) -> Iterator[None]:
    """After each attempt the server answers, with its host, and its log holds no traceback of it."""
    before = len(server.log.read_text())
    yield
    assert [host["id"] for host in ann.hosts()] == [MACHINE]
    said = server.log.read_text()[before:]
    assert "Traceback" not in said
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", said), "it is for a terminal"


def status_of(visitor: Visitor, address: str, method: str = "GET", body: bytes | None = None, **headers: str) -> int:
    request = urllib.request.Request(visitor.url + address, body, headers, method=method)
    try:
        with visitor.opener.open(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def fields(seq: int, state: Any = HOSTILE) -> dict[str, Any]:
    frame = Reset(host=MACHINE, seq=seq, taken_at=state.taken_at, state=state)
    return dict(json.loads(encode(frame)))


def pack_fields(message: Any) -> bytes:
    return zlib.compress(json.dumps(message).encode())


def deliver(server: Installation, message: bytes | str) -> str:
    """What the server says to an agent's message; the reason where it closes the connection."""
    token = (server.data / "token").read_text()
    address = f"ws://127.0.0.1:{server.port}/ws/agent?host={MACHINE}"
    with connect(address, additional_headers={"Authorization": f"Bearer {token}"}, max_size=2**26) as line:
        line.recv(timeout=60)
        try:
            line.send(message)
            return str(line.recv(timeout=60))
        except WebSocketException as error:
            return f"refused: {error}"


HUGE = "9" * 400
NUMBERS = [
    "-1",
    "0",
    "1e309",
    "NaN",
    "Infinity",
    HUGE,
    "0x10",
    "1_0",
    "１",
    "%00",
    "9223372036854775808",
    "2147483648",
]
MOMENTS = ["0001-01-01", "9999-12-31T23:59:59-14:00", "-99999999999999d", "10000-01-01", "now\x00", "۱۲:۰۰", HUGE]


@pytest.mark.parametrize("number", NUMBERS)
def test_no_number_in_an_address_is_a_fault(number: str, ann: Visitor) -> None:
    at = quote(number, safe="%")
    for path in (
        *(f"/state?at={at}", f"/snapshots?before={at}", f"/export?from={at}&to={at}"),
        *(
            f"/compare?from={at}&to={at}",
            f"/events?limit={at}",
            f"/timeline?from={at}",
            f"/changes?from={at}&to={at}",
        ),
        *(f"/life/process?key={at}", f"/picture.svg?size={at}x{at}"),
    ):
        assert status_of(ann, HOST + path) < 500, path


@pytest.mark.parametrize("moment", MOMENTS)
def test_no_moment_in_an_address_is_a_fault(moment: str, ann: Visitor) -> None:
    for zone in ("UTC", "Europe/Berlin", "../../etc/passwd", "/etc/passwd", "a\x00b", "Z" * 5000):
        query = urlencode({"at": moment, "zone": zone})
        assert status_of(ann, f"{HOST}/moment?{query}") < 500
        query = urlencode({"from": moment, "to": moment, "zone": zone})
        for path in ("compare", "compare/report", "events", "timeline"):
            assert status_of(ann, f"{HOST}/{path}?{query}") < 500, path


WORDS = ["(" * 3000, '"' * 999, "pid:" + HUGE, "name:/(a+)+$/", "\x00", "\ud7ff", "a" * 60000, "<script>", "-" * 5000]


@pytest.mark.parametrize("words", WORDS, ids=range(len(WORDS)))
def test_no_search_or_title_of_a_picture_is_a_fault(words: str, ann: Visitor) -> None:
    for name in ("q", "title", "select", "pin", "columns", "sort", "view", "lang", "zone", "open"):
        address = f"{HOST}/picture.svg?{urlencode({name: words})}"
        assert status_of(ann, address) < 500, name


PATHS = [
    "/static/../secret-key",
    "/static/%2e%2e/%2e%2e/secret-key",
    "/static/..%2f..%2fsecret-key",
    "/static/%5c..%5c..%5csecret-key",
    "/static//etc/passwd",
    "/static/%00",
    "/static/dashboard/%ff%fe",
    "//evil.example/%2e%2e",
    "/sign-in/%00",
    "/sign-in/" + "a" * 9000,
    "/api/v1/hosts/%2e%2e%2fstate",
    "/api/v1/hosts/%00/state",
    "/api/v1/hosts/" + "b" * 5000 + "/state",
    "/api/v1/hosts/%F0%9F%92%A9/state",
    "/admin/%00",
    "/%0d%0aSet-Cookie:%20a=b",
    "/%1b[2J",
]


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_out_or_is_a_fault(path: str, server: Installation, ann: Visitor) -> None:
    secret = (server.data / "secret-key").read_text().strip()
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    line.putrequest("GET", path, skip_accept_encoding=True)
    line.putheader("Cookie", "; ".join(f"{cookie.name}={cookie.value}" for cookie in ann.jar))
    line.endheaders()
    answer = line.getresponse()
    assert answer.status < 500
    assert secret not in answer.read().decode("latin-1")
    assert answer.getheader("Set-Cookie") is None or "a=b" not in str(answer.getheader("Set-Cookie"))
    assert not str(answer.getheader("Location") or "/").startswith("//")


RAW = {
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
    "an absolute address": b"GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "a forwarded host": b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-Host: evil.example\r\n\r\n",
    "two lengths": b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nContent-Length: 9\r\n\r\n",
    "a negative length": b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
    "length and chunks": b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n",
    "a chunk without end": b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"ffffffffffffffff\r\nx",
    "a bad header": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\x00\xff: \x1b[2J\r\n\r\n",
    "a folded header": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\r\n b\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
    "a long header": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: " + b"a" * 2**20 + b"\r\n\r\n",
    "a long line": b"GET /" + b"a" * 2**20 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500,
    "a method of their own": b"\x1b[2JGET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "TRACE": b"TRACE / HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: secret=1\r\n\r\n",
    "CONNECT": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "an upgrade without a key": b"GET /ws/agent HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\n\r\n",
    "cookies that are none": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: isoscope_session=\xff\xfe; ==;;\r\n\r\n",
}


@pytest.mark.parametrize("name", RAW)
def test_no_request_is_a_fault_or_is_believed(name: str, server: Installation) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
        line.sendall(RAW[name])
        line.shutdown(socket.SHUT_WR)
        answer = b""
        with contextlib.suppress(OSError):
            while piece := line.recv(65536):
                answer += piece
    assert not re.search(rb"HTTP/1\.1 5\d\d", answer), answer[:300]
    assert b"evil.example" not in answer and b"secret=1" not in answer


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "PROPFIND"])
@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/sign-out", "/language", HOST, f"{HOST}/snapshots", "/api/v1/import"]
)
def test_nothing_is_changed_without_the_page_s_token(method: str, path: str, ann: Visitor) -> None:
    before = ann.get(f"{HOST}/snapshots")
    found = status_of(ann, path, method, b"{}" if method not in ("HEAD", "OPTIONS") else None)
    assert found in (200, 302, 403, 404, 405), found
    assert ann.get(f"{HOST}/snapshots") == before
    assert ann.get("/api/v1/hosts") != b"[]", "still signed in"


ORIGINS = [
    "https://127.0.0.1:{port}",
    "http://127.0.0.1",
    "http://127.0.0.1:1",
    "http://localhost:{port}",
    "http://127.0.0.1:{port}.evil.example",
    "http://evil.example#127.0.0.1:{port}",
    "http://127.0.0.1:{port}@evil.example",
    "http://[::1]:{port}",
    "file://",
    "null",
    "chrome-extension://127.0.0.1:{port}",
]


@pytest.mark.parametrize("origin", ORIGINS)
def test_no_page_of_another_origin_gets_the_socket(origin: str, server: Installation, ann: Visitor) -> None:
    assert not gets_socket(server, ann, origin.format(port=server.port), MACHINE)


@pytest.mark.parametrize(
    "machine", ["x" * 32, "%00", "..%2f" + MACHINE, MACHINE.upper(), MACHINE + "%0a", "a" * 3000]
)
def test_no_socket_of_a_host_that_is_none(machine: str, server: Installation, ann: Visitor) -> None:
    assert not gets_socket(server, ann, server.url, machine)


CLOSED_FOR_IT = b"\x81\x81\0\0\0\0{"
RESYNC = b'\x81\x99\0\0\0\0{"type":"resync","seq":0}'


@pytest.mark.parametrize(
    "first",
    [CLOSED_FOR_IT + RESYNC, b"\x81\x01x", b"\x88\x80\0\0\0\0", b"\xff\xff"],
    ids=["closed while it asks", "unmasked", "close", "no frame"],
)
def test_a_page_whose_websocket_is_closing_is_no_fault(first: bytes, server: Installation, ann: Visitor) -> None:
    """It sends this and answers no close frame, so that it is closing for a while."""
    head = [
        f"GET /ws/hosts/{MACHINE}?seq=0 HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        f"Origin: {server.url}",
        f"Cookie: {cookies_of(ann)}",
        *("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"),
        f"Sec-WebSocket-Key: {'A' * 22}==",
    ]
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as line:
        line.sendall("\r\n".join([*head, "", ""]).encode())
        assert line.recv(65536).startswith(b"HTTP/1.1 101 ")
        line.sendall(first)
        with contextlib.suppress(ConnectionResetError):
            while line.recv(65536):
                pass


def cookies_of(visitor: Visitor) -> str:
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in visitor.jar)


def gets_socket(server: Installation, visitor: Visitor, origin: str, machine: str) -> bool:
    address = f"ws://127.0.0.1:{server.port}/ws/hosts/{machine}?seq=2"
    try:
        headers = {"Cookie": cookies_of(visitor), "Origin": origin}
        with connect(address, additional_headers=headers, open_timeout=60) as line:
            line.recv(timeout=60)
            return True
    except WebSocketException:
        return False


@pytest.mark.parametrize(
    "message",
    ["{", "[" * 10**5, "null", '{"type": "x"}', "\x00", "a" * 10**6, b"\xff\xfe", b"x" * 10**6, '{"seq": 1e999}'],
)
def test_what_a_page_sends_is_no_fault(message: str | bytes, ann: Visitor) -> None:
    with ann.page(2) as page, pytest.raises(ConnectionClosed):
        page.line.send(message)
        while True:
            page.line.recv(timeout=60)


def change(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Sets what the path names, whose steps are divided by dots; a number is a place in a list."""

    def work(message: dict[str, Any]) -> None:
        *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        found: Any = message
        for step in steps:
            found = found[step]
        found[last] = value

    return work


READS = ("/state", "/events", "/compare?from=1&to=2", "/snapshots", "/timeline", "/export")
HARMLESS = ("state.host.boot_id", "state.processes.0.namespaces", "state.containers.0.id", "checksum")
"""What may be anything: it names something of this state, or is compared with what the server makes itself."""

WRONG = [
    ("host", "c" * 32),
    ("host", "../" + MACHINE),
    ("host", MACHINE + "\n"),
    ("seq", -1),
    ("seq", 2**63),
    ("seq", 1e300),
    ("taken_at", "0001-01-01T00:00:00+00:00"),
    ("taken_at", "9999-12-31T23:59:59-23:59"),
    ("taken_at", "now"),
    ("taken_at", "2026-11-23T03:10:00"),
    ("schema", -1),
    ("state.duration_ms", -1e308),
    ("state.duration_ms", 1e308),
    ("state.taken_at", "0001-01-01T00:00:00+14:00"),
    ("state.host.machine_id", "d" * 32),
    ("state.host.hostname", "h" * 10**6),
    ("state.host.boot_id", "\x00"),
    ("state.processes.0.pid", -1),
    ("state.processes.0.pid", 2**80),
    ("state.processes.0.start_ticks", 2**64),
    ("state.processes.0.key", ""),
    ("state.processes.0.comm", ["x"]),
    ("state.processes.0.cmdline", ["x" * 10**6] * 5),
    ("state.processes.0.nspid", list(range(10**5))),
    ("state.processes.0.role", "emperor"),
    ("state.processes.0.uid", 2**64),
    ("state.processes.0.namespaces", {"net": "none"}),
    ("state.processes", [{}] * 10**5),
    ("state.containers.0.id", "../../etc"),
    ("state.containers.0.labels", {str(number): "x" for number in range(10**5)}),
    ("state.coverage.gaps", [{"pid": 1, "what": "x", "why": "just so"}]),
    ("state.coverage.processes", -1),
    ("checksum", "z" * 16),
    ("checksum", "0" * 16),
]


@pytest.mark.parametrize(("path", "value"), WRONG, ids=[f"{path}-{number}" for number, (path, _) in enumerate(WRONG)])
def test_a_frame_with_a_wrong_fact_is_refused_whole(
    path: str, value: Any, server: Installation, ann: Visitor
) -> None:
    before = ann.seq()
    message = fields(before + 1)
    change(path, value)(message)
    said = deliver(server, pack_fields(message))
    if "refused" in said or "reset" in said:
        assert ann.seq() == before
        return
    assert path in HARMLESS, said
    for read in READS:
        assert status_of(ann, HOST + read) < 500, read


TEXTS = [
    "\ud800",
    "\x00",
    "\x00" * 200,
    "\u202e",
    "\U0010ffff",
    "💩" * 30,
    "a\nb",
    "\x1b]0;x\x07",
    "' OR 1=1 --",
    "{{7*7}}",
]


@pytest.mark.parametrize("text", TEXTS, ids=[ascii(text)[:20] for text in TEXTS])
def test_any_text_is_stored_as_it_is_or_refused(text: str, server: Installation, ann: Visitor) -> None:
    """Lone surrogates are no Unicode; a NUL is none of PostgreSQL's. Neither stops what comes after it."""
    before = ann.seq()
    message = fields(before + 1)
    for path in (
        "state.processes.1.comm",
        "state.host.kernel",
        "state.containers.0.name",
        "state.processes.1.cgroup",
    ):
        change(path, text)(message)
    said = deliver(server, pack_fields(message))
    assert ("refused" in said) == (ann.seq() == before), said
    for path in READS:
        assert status_of(ann, HOST + path) < 500, path
    if ann.seq() != before:
        assert text in json.dumps(json.loads(ann.get(f"{HOST}/state")), ensure_ascii=False) or not text.isprintable()


BOMB = zlib.compress(b"[" * (80 * 2**20), 9)
SENT: dict[str, bytes | str] = {
    "nothing": b"",
    "text": "hello",
    "no deflate": b"\x00" * 1000,
    "cut short": pack_fields({"type": "reset"})[:-5],
    "a bomb": BOMB,
    "brackets": zlib.compress(b"[" * 10**6),
    "objects": zlib.compress(b'{"a":' * 10**5),
    "a deep field": zlib.compress(b'{"type":"reset","x":' + b"[" * 10**5 + b"]" * 10**5 + b"}"),
    "two of a key": zlib.compress(b'{"type":"heartbeat","type":"reset","seq":1,"seq":2,"taken_at":"x"}'),
    "NaN": zlib.compress(b'{"type":"heartbeat","seq":NaN,"taken_at":"x"}'),
    "UTF-16": zlib.compress('{"type":"heartbeat"}'.encode("utf-16")),
    "no UTF-8": zlib.compress(b'{"type":"\xff\xfe"}'),
    "a long number": zlib.compress(b'{"type":"heartbeat","seq":' + b"9" * 10**6 + b"}"),
    "an empty batch": pack_fields({"type": "batch", "frames": [], "sent_at": "2026-11-23T03:10:00+00:00"}),
    "a batch of batches": pack_fields({"type": "batch", "frames": [{"type": "batch", "frames": []}], "sent_at": "x"}),
    "an acknowledgement": pack_fields({"type": "ack", "seq": 9}),
    "two streams": pack_fields({"type": "heartbeat"}) + pack_fields({"type": "heartbeat"}),
}


@pytest.mark.parametrize("name", SENT)
def test_no_message_of_an_agent_is_a_fault(name: str, server: Installation) -> None:
    said = deliver(server, SENT[name])
    assert "refused" in said or "reset" in said, said


def test_no_name_becomes_a_formula_of_a_spreadsheet(ann: Visitor) -> None:
    table = ann.get(f"{HOST}/compare/report?from=1&to=2&format=csv").decode()
    cells = [cell for row in csv.reader(io.StringIO(table)) for cell in row]
    assert any("cmd" in cell for cell in cells)
    assert [cell for cell in cells if re.match(r"\s*[=+@\t\r|%-]", cell)] == []


def test_no_name_becomes_markup_of_a_report(ann: Visitor) -> None:
    report = ann.get(f"{HOST}/compare/report?from=1&to=2&format=markdown").decode()
    assert "stolen" in report
    assert not re.search(r"(?<!\\)(<script|\]\(javascript|\n-?Set-Cookie)", report)


def test_no_name_becomes_markup_of_a_picture(ann: Visitor) -> None:
    for query in ("", f"?title={quote(EVIL)}", "?view=table", "?view=chains", f"?q={quote(EVIL)}"):
        picture = ann.get(f"{HOST}/picture.svg{query}").decode()
        assert "<script" not in picture and not re.search(r"\son\w+=", picture)
        assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", picture)


@pytest.mark.parametrize(
    "arguments",
    [["hosts"], ["snapshots"], ["events"], ["compare", "1", "2"], ["prune", "--dry-run"], ["token", "--list"]],
    ids=lambda words: words[0],
)
def test_no_name_reaches_the_terminal_as_more_than_text(arguments: list[str], server: Installation) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=server.environ, capture_output=True, text=True
    )
    assert done.returncode in (0, 1), done.stderr  # 1 of compare: something differs
    said = done.stdout + done.stderr
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", said)


def test_a_host_with_a_hostile_name_exports_under_a_harmless_one(ann: Visitor) -> None:
    with ann.opener.open(f"{ann.url}{HOST}/export", timeout=60) as answer:
        named = str(answer.headers["Content-Disposition"])
        assert re.fullmatch(r'attachment; filename="?[\w.+-]+"?', named), named


REDIRECTS = [
    "//evil.example",
    "https:evil.example",
    "/\\evil.example",
    "http:///evil.example",
    "\thttps://evil.example",
]


@pytest.mark.parametrize("target", REDIRECTS)
def test_no_redirect_leads_away(target: str, server: Installation) -> None:
    for path in ("/sign-in", "/language", "/sign-out"):
        line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        line.request("GET", f"{path}?next={quote(target)}")
        answer = line.getresponse()
        answer.read()
        assert "evil.example" not in str(answer.getheader("Location") or "").split("?")[0]


def test_a_session_that_was_planted_is_not_the_one_that_is_signed_in(server: Installation) -> None:
    link = server.manage("invite", "bob", "--url", server.url)
    planted = "a" * 32
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    line.request("GET", link.removeprefix(server.url), headers={"Cookie": f"isoscope_session={planted}"})
    answer = line.getresponse()
    answer.read()
    assert planted not in str(answer.getheader("Set-Cookie"))
    line.request("GET", "/api/v1/hosts", headers={"Cookie": f"isoscope_session={planted}"})
    assert line.getresponse().status == 401
