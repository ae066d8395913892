"""A disk that fills up under a running server, and a database that another program keeps locked."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.facts.types import HostState
from tests.support.installation import Installation, ScriptedAgent, Visitor, copy_of
from tests.support.running import ROOT, fetch, redeem, wait_for
from tests.support.running import browser as new_browser
from tests.support.states import a_process, a_state

SIZE = 12 * 2**20  # bytes of the small disk


def busy(number: int, many: int = 1500) -> HostState:
    """A host on which everything differs from the last time, so that storing it takes room."""
    members = [
        a_process(pid, f"w-{number}", start=number * 10_000 + pid, cmdline=(os.urandom(120).hex(),))
        for pid in range(2, many)
    ]
    return a_state(members, taken_at=f"2026-11-23T12:{number // 60:02}:{number % 60:02}+00:00")


class SmallDisk:
    """A tmpfs in a mount namespace of its own: with its keeper ends the mount, whatever became of the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        mount = f'mount -t tmpfs -o size={SIZE},mode=700 tmpfs "$0" && echo mounted && exec sleep infinity'
        self.keeper = subprocess.Popen(
            ["unshare", "-m", "--propagation", "private", "sh", "-c", mount, str(folder)], stdout=subprocess.PIPE
        )
        assert self.keeper.stdout is not None
        assert self.keeper.stdout.readline() == b"mounted\n"

    @property
    def within(self) -> tuple[str, ...]:
        """What enters the namespace, in front of a command."""
        return ("nsenter", "-t", str(self.keeper.pid), "-m", "sh", "-c", 'cd "$0" && exec "$@"', str(ROOT))

    @property
    def seen(self) -> Path:
        """The folder as it is seen from outside."""
        return Path(f"/proc/{self.keeper.pid}/root{self.folder}")

    @contextlib.contextmanager
    def kept_full(self) -> Iterator[None]:
        """Another program takes every byte there is, also those that become free, and at the end gives them back."""
        enough = threading.Event()
        taker = threading.Thread(target=self._take, args=(enough,))
        taker.start()
        try:
            wait_for(lambda: os.statvfs(self.seen).f_bavail == 0)
            yield
        finally:
            enough.set()
            taker.join()
            (self.seen / "filler").unlink()

    def _take(self, enough: threading.Event) -> None:
        with open(self.seen / "filler", "ab", buffering=0) as filler:
            while not enough.wait(0.002):
                for size in (2**20, 4096):
                    with contextlib.suppress(OSError):
                        while filler.write(bytes(size)) == size:
                            pass

    def end(self) -> None:
        self.keeper.kill()
        self.keeper.wait()
        assert self.keeper.stdout is not None
        self.keeper.stdout.close()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    disk = SmallDisk(folder)
    yield disk
    disk.end()


@pytest.fixture
def cramped(template: Path, disk: SmallDisk) -> Iterator[Installation]:
    """An installation whose data folder lies on the small disk."""
    copy_of(template, disk.seen / "data")
    installation = Installation(disk.folder / "data", disk.within)
    try:
        installation.start()
        installation.data = disk.seen / "data"
        yield installation
    finally:
        installation.end()


def database_program(installation: Installation, what: str) -> subprocess.Popen[bytes]:
    where = installation.database or installation.environ["ISOSCOPE_DATA"] + "/isoscope.sqlite3"
    command = [*installation.within, sys.executable, "-m", "tests.support.other_programs", what, where]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def integrity(installation: Installation) -> bytes:
    return database_program(installation, "check").communicate()[0].strip()


@contextlib.contextmanager
def hindered(installation: Installation, what: str) -> Iterator[None]:
    """While another program does something to the database."""
    with database_program(installation, what) as program:
        assert program.stdout is not None and program.stdout.readline() == b"done\n"
        yield


@pytest.mark.root
def test_a_full_disk_is_said_corrupts_nothing_and_when_there_is_room_all_arrives(
    cramped: Installation, disk: SmallDisk, tmp_path: Path
) -> None:
    visitor = cramped.visitor()
    seen = [busy(number) for number in range(8)]
    with cramped.agent(tmp_path / "agent") as agent:
        agent.see(seen[0])
        agent.deliver_all()
        with visitor.page(1) as page:
            with disk.kept_full():
                agent.see(*seen[1:])
                trouble = page.hear_trouble()
                assert "disk" in trouble["text"] and trouble["since"]
                held = held_while_full(visitor, agent)
                with visitor.page(held) as late:
                    assert late.hear_trouble()["since"] == trouble["since"]
                assert integrity(cramped) == b"ok"
            page.hear_that_it_is_over()
            agent.deliver_all()
        with visitor.page(8) as page:
            assert json.loads(page.line.recv(timeout=30))["type"] == "heartbeat"
            agent.see(seen[-1])
            assert json.loads(page.line.recv(timeout=30))["type"] == "heartbeat"
    assert [visitor.state(seq) for seq in range(1, 9)] == seen
    cramped.kill()
    assert integrity(cramped) == b"ok"


def held_while_full(visitor: Visitor, agent: ScriptedAgent) -> int:
    """How far history came: that much is still shown, the rest stays with the agent."""
    held = visitor.seq()
    assert 1 <= held < 8
    assert len(visitor.state(held).processes) == 1498
    assert agent.undelivered() == 8 - held
    return held


@pytest.mark.root
def test_on_a_full_disk_signing_in_says_why_it_fails_and_the_link_stays_valid(
    cramped: Installation, disk: SmallDisk
) -> None:
    link = (cramped.data / "link").read_text().replace("http://server", cramped.url)
    with disk.kept_full(), hindered(cramped, "use-up"):
        status, page = redeem(new_browser(), link)
        assert status == 503
        assert "The disk of the server is full" in page
    visitor = new_browser()
    assert redeem(visitor, link)[0] == 200
    assert fetch(visitor, f"{cramped.url}/api/v1/hosts")[0] == 200


def test_a_locked_database_is_said_and_when_it_is_unlocked_nothing_is_lost(
    installation: Installation, visitor: Visitor, tmp_path: Path
) -> None:
    seen = [busy(number, 20) for number in range(4)]
    with installation.agent(tmp_path / "agent") as agent:
        agent.see(seen[0])
        agent.deliver_all()
        with visitor.page(1) as page, hindered(installation, "lock"):
            agent.see(*seen[1:])
            assert "locked" in page.hear_trouble()["text"]
            assert visitor.seq() == 1
            assert visitor.state() == seen[0]
            assert agent.undelivered() == 3
        with visitor.page(1) as page:
            wait_for(lambda: visitor.seq() == 4)
        agent.deliver_all()
    assert [visitor.state(seq) for seq in (1, 2, 3, 4)] == seen
