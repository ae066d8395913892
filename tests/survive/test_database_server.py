"""A PostgreSQL server in trouble: what is wrong is said on the page, in the log and by ``manage.py check``."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dashboard.database_errors import Reason
from tests.support.database_server import DatabaseServer, database_server, small_disk
from tests.support.installation import ROOT, Installation, Visitor
from tests.support.running import wait_for
from tests.support.states import a_process, a_state

pytestmark = [pytest.mark.postgresql, pytest.mark.root]

REFUSED = {Reason.REFUSED.value, Reason.STARTING.value}


class Place(NamedTuple):
    """A server, the disk of its database, what ends the server, and Isoscope on it."""

    server: DatabaseServer
    disk: Path
    process: contextlib.ExitStack
    isoscope: Installation


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("database-server") / "data"
    with database_server() as server, small_disk(server) as disk, contextlib.ExitStack() as process:
        (space := disk / "space").mkdir()
        space.chmod(0o700)
        owner = disk.stat()
        subprocess.run(["chown", f"{owner.st_uid}:{owner.st_gid}", space], check=True)
        process.enter_context(server.run())
        server.do("CREATE ROLE isoscope LOGIN", f"CREATE TABLESPACE small LOCATION '{space}'")
        server.do("CREATE DATABASE isoscope OWNER isoscope TABLESPACE small")
        isoscope = Installation(folder, ISOSCOPE_DATABASE_URL=server.url("isoscope", "isoscope"))
        folder.mkdir()
        (folder / "static").symlink_to(template / "static")
        isoscope.prepare()
        isoscope.start()
        try:
            yield Place(server, disk, process, isoscope)
        finally:
            isoscope.end()


@pytest.fixture(scope="module")
def visitor(place: Place) -> Visitor:
    return place.isoscope.visitor()


@contextlib.contextmanager
def stopped(place: Place) -> Iterator[None]:
    place.process.close()
    try:
        yield
    finally:
        place.process.enter_context(place.server.run())


TROUBLES = {
    "refused": (stopped, REFUSED),
    "crowded": (lambda place: place.server.crowded(), {Reason.CROWDED.value}),
    "user": (lambda place: place.server.strict(), {Reason.UNKNOWN_USER.value}),
    "read-only": (lambda place: place.server.read_only(), {Reason.READ_ONLY.value}),
    "full": (lambda place: place.server.full(place.disk), {Reason.DATABASE_DISK_FULL.value}),
}


def large(number: int) -> Any:
    """A host that has nothing in common with another number's, so that storing it takes room."""
    members = [
        a_process(pid, cmdline=(f"{number}-{pid}-" * 40,), start=number * 10_000 + pid) for pid in range(2, 600)
    ]
    return a_state(members, taken_at=f"2026-11-23T12:{number // 60:02}:{number % 60:02}+00:00")


def check(isoscope: Installation) -> tuple[int, str]:
    command = [sys.executable, "manage.py", "check", "--tag", "server"]
    done = subprocess.run(command, cwd=ROOT, env=isoscope.environ, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("name", TROUBLES)
def test_the_right_reason_is_said_and_all_arrives_when_it_is_over(
    place: Place, visitor: Visitor, tmp_path: Path, name: str
) -> None:
    inflict, sentences = TROUBLES[name]
    isoscope = place.isoscope
    first = visitor.seq() + 1
    log_before = len(isoscope.log.read_text())
    with isoscope.agent(tmp_path / "agent") as agent:
        agent.see(large(first))
        agent.deliver_all()
        with visitor.page(visitor.seq()) as page:
            page.hear(lambda message: message["type"] == "heartbeat")
            with inflict(place):
                for number in range(first + 1, first + 4):
                    agent.see(large(number))
                trouble = page.hear(lambda message: message["type"] == "trouble" and message["text"] in sentences)
                assert trouble["since"]
                status, said = check(isoscope)
                assert status == 1 and any(sentence in said for sentence in sentences), said
                for answered in filter(None, (ask(visitor, "/api/v1/hosts"), ask(visitor, "/"))):
                    assert any(sentence in answered for sentence in sentences), answered
                assert agent.undelivered() > 0
            page.hear_that_it_is_over()
        agent.deliver_all()
        wait_for(lambda: visitor.state() == large(first + 3))
    said = isoscope.log.read_text()[log_before:]
    assert any(sentence in said for sentence in sentences), said
    assert not re.search(r"Traceback", said), said
    assert check(isoscope)[0] == 0


def ask(visitor: Visitor, address: str) -> str:
    """What a request over HTTP gets to hear; nothing where it is answered."""
    try:
        visitor.get(address)
    except urllib.error.HTTPError as error:
        assert error.code == 503
        return error.read().decode()
    return ""
