"""Clients that could harm others: their requests are refused, dropped or done by a worker; others are answered."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sqlite3
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import psutil
import psycopg
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from dashboard.api.large import LARGE
from inspector.facts.types import MOST_CONTAINERS, HostState, Usage
from inspector.protocol import export_file
from inspector.protocol.export_file import unpack
from inspector.protocol.frames import Frame, Metrics, Reset, pack
from tests.support.installation import MACHINE, Installation, Visitor, copy_of
from tests.support.rude_client import connections, send_body
from tests.support.running import wait_for
from tests.support.states import HOST, a_container, a_process, a_state

UNFINISHED = b"POST /sign-in HTTP/1.1\r\nContent-Length: 9\r\n\r\n"
PATHS = ["/sign-in", "/", "/api/v1/import", "/api/v1/import?x=1", "/api/v1/hosts/x/snapshots"]
NOW = "2026-11-23T03:10:00+00:00"


def a_large_state(processes: int = 4000) -> HostState:
    return a_state([a_process(pid, cmdline=("a" * 300, str(pid))) for pid in range(2, 2 + processes)])


@contextmanager
def agent_line(installation: Installation, machine_id: str = MACHINE, token: str = "") -> Iterator[ClientConnection]:
    token = token or (installation.data / "token").read_text()
    address = f"{installation.url.replace('http', 'ws', 1)}/ws/agent?host={machine_id}&schema=2&version=1"
    with connect(address, additional_headers={"Authorization": f"Bearer {token}"}, max_size=2**26) as line:
        assert json.loads(line.recv())["type"] == "welcome"
        yield line


def say(line: ClientConnection, frame: Frame) -> dict[str, Any]:
    line.send(pack(frame))
    return dict(json.loads(line.recv(timeout=120)))


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_what_is_made_of_a_large_host_is_made_elsewhere_and_is_what_it_was(
    installation: Installation, visitor: Visitor
) -> None:
    state = a_large_state(LARGE + 1000)
    with agent_line(installation) as line:
        say(line, Reset(MACHINE, 1, NOW, state))
    before = memory_of(installation)
    assert visitor.state().processes == state.processes
    lines = list(unpack(io.BytesIO(visitor.get(f"/api/v1/hosts/{MACHINE}/export"))))
    assert lines[1].frame.state.processes == state.processes  # type: ignore[union-attr]
    assert len(lines) == 4
    report = json.loads(visitor.get(f"/api/v1/hosts/{MACHINE}/compare/report?from=1&to=1"))
    assert report["changed"] is False
    assert json.loads(visitor.get(f"/api/v1/hosts/{MACHINE}/events"))["earlier"] is None
    assert memory_of(installation) - before < 30 * 2**20


def workers_of(installation: Installation) -> list[psutil.Process]:
    assert installation.process is not None
    children = psutil.Process(installation.process.pid).children()
    return [child for child in children if "dashboard.workers.child" in child.cmdline()]


def test_a_large_frame_is_decoded_by_a_worker_and_unchanged(installation: Installation, visitor: Visitor) -> None:
    state = a_large_state()
    with agent_line(installation) as line:
        assert say(line, Reset(MACHINE, 1, NOW, a_state([a_process(1)]))) == {"type": "ack", "seq": 1}
        assert workers_of(installation) == []
        assert say(line, Reset(MACHINE, 2, NOW, state)) == {"type": "ack", "seq": 2}
        assert len(workers_of(installation)) == 1
        with visitor.page(1) as page:
            assert page.hear(lambda message: message["type"] != "feed") == {"type": "reset", "seq": 2}
        assert visitor.state().processes == state.processes
        bad = msgspec.structs.replace(state, host=msgspec.structs.replace(HOST, machine_id="x"))
        assert "refused" in say(line, Reset(MACHINE, 3, NOW, bad))
        assert say(line, Reset(MACHINE, 3, NOW, a_state([a_process(1)]))) == {"type": "ack", "seq": 3}


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_pages_get_the_usage_only_of_containers_that_the_state_holds(
    installation: Installation, visitor: Visitor
) -> None:
    known = a_container(1)
    usages = {f"{number:064x}": Usage(1, 2, 3) for number in range(1, MOST_CONTAINERS)}
    with agent_line(installation) as line:
        say(line, Reset(MACHINE, 1, NOW, a_state([a_process(1)], containers=[known])))
        with visitor.page(1) as page:
            line.send(pack(Metrics(NOW, usages)))
            heard = page.hear(lambda message: message["type"] == "metrics")
            assert list(heard["containers"]) == [known.id]


def test_the_worker_ends_with_the_server(installation: Installation, tmp_path: Path) -> None:
    with agent_line(installation) as line:
        say(line, Reset(MACHINE, 1, NOW, a_large_state()))
    [worker] = workers_of(installation)
    installation.kill()
    worker.wait(30)


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_nothing_is_left_of_a_large_import_whose_worker_is_killed(
    installation: Installation, visitor: Visitor
) -> None:
    visitor.get("/")
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(visitor.upload, a_large_file())
        wait_for(lambda: installation.rows("SELECT importing FROM inspector_host") == [(1,)])
        [worker] = workers_of(installation)
        worker.kill()
        assert answer.result() == 422
    assert installation.rows("SELECT count(*) FROM inspector_host") == [(0,)]


def a_large_file() -> bytes:
    """A state of 20,000 processes, and no end after it."""
    header = export_file.make_header(
        HOST, first_seq=1, last_seq=1, interval_s=5.0, first_seen_at=NOW, seen_at=NOW, taken_at=NOW
    )
    reset = Reset(MACHINE, 1, NOW, a_state([a_process(pid) for pid in range(1, 20_000)]))
    return b"".join(export_file.pack(iter([header, export_file.SnapshotLine(NOW, 0, 0, 0, 0, reset)])))


def memory_of(installation: Installation) -> int:
    assert installation.process is not None
    return int(psutil.Process(installation.process.pid).memory_info().rss)


@pytest.fixture
def narrow(template: Path, tmp_path: Path) -> Iterator[Installation]:
    """A server with as few open files as most machines allow."""
    installation = Installation(copy_of(template, tmp_path / "data"), ("prlimit", "--nofile=1024:1024"))
    try:
        installation.start()
        yield installation
    finally:
        installation.end()


@pytest.mark.parametrize(
    "said", [b"", b"GET / HTTP/1.1\r\nHost: ", b"POST /sign-in HTTP/1.1\r\nContent-Length: 9\r\n\r\n"]
)
def test_eleven_hundred_connections_that_never_finish_a_request_block_nobody(
    narrow: Installation, said: bytes
) -> None:
    visitor = narrow.visitor()
    with connections(narrow.port, 1100, said):
        assert visitor.hosts() == []
        assert len(psutil.Process(narrow.process.pid).net_connections()) < 700  # type: ignore[union-attr]


def test_connections_that_are_kept_open_block_nobody(narrow: Installation) -> None:
    visitor = narrow.visitor()
    with connections(narrow.port, 900, b"GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"):
        assert visitor.hosts() == []


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(
    "path", ["/sign-in", "/", "/api/v1/import", "/api/v1/hosts/x/snapshots", "/api/v1/import?x=1"]
)
def test_a_body_of_400_mib_without_a_session_is_not_read(
    installation: Installation, path: str, chunked: bool
) -> None:
    before = memory_of(installation)
    said = send_body(installation.port, path, 400 * 2**20, chunked)
    assert said in (b"", b"HTTP/1.1 413 Content Too Large\r\n", b"HTTP/1.1 403 Forbidden\r\n")
    assert memory_of(installation) - before < 50 * 2**20
    assert installation.answers()


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_an_upload_of_an_administrator_is_never_in_memory_as_a_whole(
    installation: Installation, visitor: Visitor
) -> None:
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in visitor.jar)
    before = memory_of(installation)
    said = send_body(installation.port, "/api/v1/import", 200 * 2**20, headers=f"Cookie: {cookies}\r\n")
    assert said.startswith(b"HTTP/1.1 4")
    assert memory_of(installation) - before < 60 * 2**20


def request(visitor: Visitor, method: str, path: str) -> tuple[int, Any]:
    token = next(cookie.value for cookie in visitor.jar if cookie.name == "csrftoken")
    headers = {"X-CSRFToken": str(token), "Referer": visitor.url}
    asked = urllib.request.Request(visitor.url + path, method=method, headers=headers)
    try:
        with visitor.opener.open(asked, timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_an_administrator_deletes_a_host_whose_agent_is_away_with_all_that_was_stored_of_it(
    installation: Installation, visitor: Visitor
) -> None:
    host = f"/api/v1/hosts/{MACHINE}"
    visitor.get("/")
    with agent_line(installation) as line:
        for seq in range(1, 6):
            say(line, Reset(MACHINE, seq, NOW, a_state([a_process(pid) for pid in range(1, 200 * seq)])))
        status, told = request(visitor, "DELETE", host)
        assert status == 409 and "stop it first" in told["detail"]
    silence(installation)
    with visitor.page(5):
        status, told = request(visitor, "DELETE", host)
        assert status == 202 and told["rows"] > 500
        assert visitor.hosts() == []
        assert request(visitor, "GET", f"{host}/state")[0] == 404
    wait_for(lambda: request(visitor, "GET", f"{host}/deletion")[0] == 404)
    for table in ("host", "snapshot", "processinterval", "namespaceinterval", "keyframe", "hour", "watch"):
        assert installation.rows(f"SELECT count(*) FROM inspector_{table}") == [(0,)], table
    # Values that nobody uses any more are swept once the host is gone.
    wait_for(lambda: installation.rows("SELECT count(*) FROM inspector_value") == [(0,)])
    with agent_line(installation) as line:
        assert say(line, Reset(MACHINE, 1, NOW, a_state([a_process(1)]))) == {"type": "ack", "seq": 1}


def silence(installation: Installation) -> None:
    """Nothing was heard of any host since 1970."""
    statement = "UPDATE inspector_host SET heard_at = 1"
    if installation.database:
        with psycopg.connect(installation.database) as connection:
            connection.execute(statement)
        return
    with contextlib.closing(sqlite3.connect(installation.data / "isoscope.sqlite3", timeout=30)) as connection:
        connection.execute(statement)
        connection.commit()


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_an_agent_that_does_not_wait_for_its_answers_fills_no_memory(installation: Installation) -> None:
    members = [a_process(pid, cmdline=(os.urandom(1000).hex(),)) for pid in range(2, 1500)]
    frame = pack(Reset(MACHINE, 1, NOW, a_state(members)))
    assert len(frame) > 2**20
    before = memory_of(installation)
    with agent_line(installation) as line:
        flood = threading.Thread(target=send_many, args=(line, frame, 100), daemon=True)
        flood.start()
        for _ in range(5):
            line.recv(timeout=120)
        assert flood.is_alive()
        assert memory_of(installation) - before < 60 * 2**20
        line.close_socket()
    flood.join(60)


def send_many(line: ClientConnection, data: bytes, times: int) -> None:
    with contextlib.suppress(ConnectionClosed):
        for _ in range(times):
            line.send(data)
