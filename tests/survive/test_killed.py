"""A real server and a real agent, killed again and again while processes, namespaces and containers come and go."""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import lacks_docker
from tests.demo import IMAGE, SLEEP, connect, make_image
from tests.support.installation import Installation, Visitor
from tests.support.running import ROOT, wait_for
from tests.support.witness import read_seen

ROUNDS = 20


class Witnessed:
    """The agent's process, which may be killed and started again on the same folder."""

    def __init__(self, installation: Installation, folder: Path) -> None:
        self.seen = folder / "seen"
        self.said = folder / "said"
        self.command = [
            *(sys.executable, "-m", "tests.support.witness", str(self.seen), "agent", "--interval", "0.5"),
            *("--server", installation.url, "--token-file", str(installation.data / "token")),
            *("--data", str(folder / "agent")),
        ]
        self.environ = installation.environ
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.said.open("ab") as said:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environ, stdin=subprocess.DEVNULL, stdout=said, stderr=said
            )

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def churn() -> Iterator[None]:
    """Processes in new namespaces come and go all the time, and containers where there is Docker."""
    enough = threading.Event()
    works = [come_and_go] if lacks_docker() else [come_and_go, start_and_remove]
    threads = [threading.Thread(target=work, args=(enough,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        enough.set()
        for thread in threads:
            thread.join()


def come_and_go(enough: threading.Event) -> None:
    dice = random.Random(3)
    living: list[subprocess.Popen[bytes]] = []
    while not enough.wait(0.1):
        living.append(subprocess.Popen(["unshare", dice.choice(["--uts", "--ipc", "--net"]), "sleep", "600"]))
        if len(living) > 6:
            end(living.pop(dice.randrange(len(living))))
    for process in living:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def start_and_remove(enough: threading.Event) -> None:
    client = connect()
    make_image(client)
    while not enough.wait(0.5):
        container = client.containers.run(IMAGE, SLEEP, detach=True, stop_signal="SIGKILL")
        enough.wait(0.5)
        container.remove(force=True)
    client.close()


@pytest.mark.root
def test_killed_at_any_moment_in_any_order_history_is_whole_and_what_the_agent_saw(
    installation: Installation, visitor: Visitor, tmp_path: Path
) -> None:
    agent = Witnessed(installation, tmp_path)
    agent.start()
    try:
        wait_for(lambda: visitor.hosts())
        name = visitor.hosts()[0]["id"]
        with churn():
            for number in range(ROUNDS):
                kill_one(random.Random(number), number, installation, agent)
                held = visitor.seq(name)
                wait_for(lambda held=held: visitor.seq(name) > held, seconds=120)  # type: ignore[misc]
        wait_for(lambda: visitor.state(machine_id=name).taken_at in read_seen(agent.seen))
    finally:
        agent.kill()
    installation.kill()
    assert_whole(installation)
    installation.start()
    seen = read_seen(agent.seen)
    assert visitor.seq(name) > ROUNDS
    for seq in range(1, visitor.seq(name) + 1):
        state = visitor.state(seq, name)
        assert state == seen[state.taken_at], f"{seq} is not what was seen"


def kill_one(dice: random.Random, number: int, installation: Installation, agent: Witnessed) -> None:
    """After an arbitrary moment: the server, the agent, and now and then both."""
    sum(range(dice.randrange(10_000_000)))
    both = number % 10 == 9
    if both or number % 2:
        agent.kill()
    if both or not number % 2:
        installation.kill()
        installation.start()
    if both or number % 2:
        agent.start()


def assert_whole(installation: Installation) -> None:
    """Nothing is broken, no frame is missing, no interval ends before it begins, and nothing lives twice."""
    if not installation.database:
        assert installation.rows("PRAGMA integrity_check") == [("ok",)]
    ((least, most, many),) = installation.rows("SELECT min(seq), max(seq), count(*) FROM inspector_snapshot")
    assert (least, most) == (1, many)
    assert installation.rows("SELECT count(*) FROM inspector_processinterval WHERE closed <= opened") == [(0,)]
    twice = (
        "SELECT boot, pid, start_ticks FROM inspector_processinterval WHERE closed IS NULL"
        " GROUP BY boot, pid, start_ticks HAVING count(*) > 1"
    )
    assert installation.rows(twice) == []
