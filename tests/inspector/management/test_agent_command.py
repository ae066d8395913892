"""``manage.py agent`` as it is run: a process of its own, the real host, a real websocket server."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inspector.facts.diff import diff
from inspector.protocol.frames import Diff, Reset, unpack
from tests.support.agent_server import TOKEN, Server

ROOT = Path(__file__).resolve().parents[3]


class AgentProcess:
    """The command, running; what it says goes to a file."""

    def __init__(self, folder: Path, server: str, *options: str, token: str = TOKEN) -> None:
        self.data = folder / "data"
        self.said = folder / "said"
        self.environ = {**os.environ, "ISOSCOPE_DATA": str(self.data), "ISOSCOPE_TOKEN": token}
        command = [sys.executable, "manage.py", "agent", "--server", server, "--no-docker", *options]
        with self.said.open("ab") as said:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environ, stdin=subprocess.DEVNULL, stdout=said, stderr=said
            )

    def status(self) -> int:
        return self.process.wait(60)

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.status()

    def undelivered(self) -> list[tuple[int, int | None]]:
        return [(seq, base) for seq, base, _ in self.spooled()]

    def spooled(self) -> list[tuple[int, int | None, bytes]]:
        path = self.data / "agent-spool.sqlite3"
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return db.execute("SELECT seq, base, packed FROM frames ORDER BY seq").fetchall()
        except sqlite3.OperationalError:
            return []
        finally:
            db.close()

    def saw(self, pid: int) -> bool:
        """Whether an undelivered diff tells of this process."""
        frames = (unpack(packed) for _, _, packed in self.spooled())
        return any(
            pid == process.pid for frame in frames if isinstance(frame, Diff) for process in frame.processes.add
        )


Start = Callable[..., AgentProcess]

MOVE = "import ctypes; input(); ctypes.CDLL(None).unshare(0x04000000); print('moved', flush=True); input()"
"""CLONE_NEWUTS; see unshare(2)."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def start(tmp_path: Path, server: Server) -> Iterator[Start]:
    started: list[AgentProcess] = []

    def begin(*options: str, **more: str) -> AgentProcess:
        started.append(AgentProcess(tmp_path, more.pop("url", server.url), *options, **more))
        return started[-1]

    yield begin
    for agent in started:
        agent.process.kill()
        agent.process.wait()


def wait_for(holds: Callable[[], object], agent: AgentProcess) -> None:
    for _ in range(1200):
        if holds():
            return
        assert agent.process.poll() is None, agent.said.read_text()
        time.sleep(0.05)
    pytest.fail(f"it did not come about; the agent said:\n{agent.said.read_text()}")


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "600"])
    yield process
    process.kill()
    process.wait()


def test_once_delivers_this_host_as_it_is_and_needs_no_database(
    start: Start, server: Server, sleeper: subprocess.Popen[bytes]
) -> None:
    agent = start("--once")
    assert agent.status() == 0, agent.said.read_text()
    (frame,) = server.ledger.kept
    assert isinstance(frame, Reset)
    found = {process.pid: process for process in frame.state.processes}
    assert found[sleeper.pid].cmdline == ("sleep", "600")
    assert not list(agent.data.glob("*isoscope.sqlite3*"))


def test_once_says_why_it_could_not_deliver_and_keeps_the_frame(start: Start, server: Server) -> None:
    server.go_away()
    agent = start("--once")
    assert agent.status() == 2
    assert "not delivered: no connection to" in agent.said.read_text()
    assert agent.undelivered() == [(1, None)]


def test_once_says_that_the_token_is_not_accepted_and_not_the_token(start: Start, server: Server) -> None:
    agent = start("--once", token="another-token-entirely")
    assert agent.status() == 2
    assert "does not accept this agent's token" in agent.said.read_text()
    assert "another-token-entirely" not in agent.said.read_text()


@pytest.mark.parametrize(
    ("url", "token", "sentence"),
    [
        ("http://isoscope.example", TOKEN, "neither encrypted nor this machine"),
        ("isoscope.example", TOKEN, "is no server address"),
        ("http://127.0.0.1:1", "", "no token: give --token-file"),
        ("http://127.0.0.1:1", "two words", "not one word"),
    ],
)
def test_it_refuses_to_start_with_a_sentence(start: Start, url: str, token: str, sentence: str) -> None:
    agent = start(url=url, token=token)
    assert agent.status() == 2
    assert sentence in agent.said.read_text()
    assert "Traceback" not in agent.said.read_text()


def test_it_reads_the_token_from_a_file_and_warns_when_others_can_too(
    start: Start, server: Server, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    file.chmod(0o644)
    agent = start("--once", "--token-file", str(file), token="")
    assert agent.status() == 0
    assert "can be read by others" in agent.said.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(start: Start, server: Server, number: int) -> None:
    agent = start("--interval", "3600")
    server.wait_until(lambda: server.ledger.last == 1, 60)
    assert agent.end(number) == 0
    assert "Traceback" not in agent.said.read_text()


def test_a_signal_ends_it_cleanly_while_the_server_keeps_it_waiting(start: Start, server: Server) -> None:
    held: list[bytes] = []
    server.answer = lambda connection, data: held.append(data)
    agent = start()
    server.wait_until(lambda: bool(held), 60)
    assert agent.end() == 0


def test_a_signal_ends_it_cleanly_before_its_first_scan_is_over(start: Start, tmp_path: Path) -> None:
    agent = start(url="http://127.0.0.1:9")
    wait_for(lambda: (agent.data / "agent.lock").exists(), agent)
    assert agent.end() == 0
    assert "Traceback" not in agent.said.read_text()


@pytest.fixture
def mover() -> Iterator[subprocess.Popen[str]]:
    """A process that leaves its UTS namespace when it is told to, of which no event of the kernel tells."""
    command = [sys.executable, "-c", MOVE]
    process = subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    yield process
    process.kill()
    process.wait()


@pytest.mark.root
def test_it_scans_at_once_when_asked_to(start: Start, server: Server, mover: subprocess.Popen[str]) -> None:
    agent = start("--interval", "3600", "--full-scan", "3600", "--pass", "3600")
    server.wait_until(lambda: server.ledger.last >= 1, 60)
    assert mover.stdin is not None and mover.stdout is not None
    mover.stdin.write("move\n")
    mover.stdin.flush()
    assert mover.stdout.readline() == "moved\n"
    agent.process.send_signal(signal.SIGUSR1)
    whole = server.ledger.kept[0]
    assert isinstance(whole, Reset)
    (key,) = (process.key for process in whole.state.processes if process.pid == mover.pid)
    server.wait_until(lambda: key in changed_keys(server), 60)


def changed_keys(server: Server) -> set[str]:
    """The processes of which a diff says that they changed."""
    diffs = [frame for frame in server.ledger.kept if isinstance(frame, Diff)]
    return {patch.key for frame in diffs for patch in frame.processes.change}


def test_a_killed_agent_loses_nothing_it_saw_while_the_server_was_away(start: Start, server: Server) -> None:
    first = start("--interval", "0.5")
    server.wait_until(lambda: server.ledger.last >= 1, 60)
    server.go_away()
    children = []
    for _ in range(3):
        children.append(subprocess.Popen(["sleep", "601"]))
        wait_for(lambda: first.saw(children[-1].pid), first)
    first.process.kill()
    first.process.wait()
    waiting = first.undelivered()
    held = server.ledger.last
    start("--interval", "0.5")
    server.start()
    server.wait_until(lambda: server.ledger.last > waiting[-1][0], 60)
    for child in children:
        child.kill()
        child.wait()
    after = [frame for frame in server.ledger.kept if frame.seq > held]
    arrived = [(frame.seq, frame.base if isinstance(frame, Diff) else None) for frame in after]
    unheld = [(seq, base) for seq, base in waiting if seq > held]  # an answer may have been lost with the server
    assert arrived[: len(unheld)] == unheld
    assert isinstance(after[len(unheld)], Reset)
    came = {
        process.pid for frame in after[: len(unheld)] if isinstance(frame, Diff) for process in frame.processes.add
    }
    assert {child.pid for child in children} <= came


def test_a_named_server_gets_what_was_kept_for_it_also_under_another_port(start: Start, server: Server) -> None:
    first = start("--interval", "0.5", "--server-name", "local", url="http://127.0.0.1:1")
    wait_for(lambda: (first.data / "agent-spool.sqlite3").exists() and first.undelivered(), first)
    first.process.kill()
    first.process.wait()
    waiting = first.undelivered()
    start("--server-name", "local")
    server.wait_until(lambda: server.ledger.last > waiting[-1][0], 60)
    assert [frame.seq for frame in server.ledger.kept][: len(waiting)] == [seq for seq, _ in waiting]


def test_killed_again_and_again_it_ends_with_the_right_history(start: Start, server: Server) -> None:
    for _ in range(4):
        agent = start("--interval", "0.5")
        last = server.ledger.last
        server.wait_until(lambda last=last: server.ledger.last > last, 60)
        agent.process.kill()
        agent.process.wait()
    agent = start("--once")
    assert agent.status() == 0, agent.said.read_text()
    reset = server.ledger.kept[-1]
    assert isinstance(reset, Reset)
    assert not diff(server.ledger.state, reset.state)
    assert [frame.seq for frame in server.ledger.kept] == list(range(1, server.ledger.last + 1))


LAUNCHER = """
import subprocess, sys
agent = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)
print(agent.pid, flush=True)
agent.wait()
"""


def test_it_does_not_outlive_a_launcher_that_is_killed(tmp_path: Path, server: Server) -> None:
    environ = {**os.environ, "ISOSCOPE_DATA": str(tmp_path), "ISOSCOPE_TOKEN": TOKEN}
    command = ["manage.py", "agent", "--server", server.url, "--no-docker", "--exit-with-parent"]
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, sys.executable, *command],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert launcher.stdout is not None
    agent = os.pidfd_open(int(launcher.stdout.readline()))
    try:
        server.wait_until(lambda: server.ledger.last >= 1, 60)
        launcher.kill()
        ended = select.poll()  # select(2) takes no descriptor above 1023
        ended.register(agent, select.POLLIN)
        ready = ended.poll(60_000)
        assert ready, "the agent still runs"
    finally:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(agent, signal.SIGKILL)
        launcher.wait()
        launcher.stdout.close()
        os.close(agent)


def test_a_second_agent_on_the_same_folder_is_told_so(start: Start, server: Server) -> None:
    start("--interval", "3600")
    server.wait_until(lambda: server.ledger.last == 1, 60)
    second = start("--interval", "3600")
    assert second.status() == 2
    assert "another agent uses" in second.said.read_text()


def test_it_delivers_also_where_it_can_keep_nothing(start: Start, server: Server) -> None:
    agent = start("--once", "--data", "/sys/kernel")
    assert agent.status() == 0
    assert "stay in memory" in agent.said.read_text()
    assert server.ledger.last == 1


def test_it_goes_on_scanning_when_it_never_had_a_server(start: Start, server: Server) -> None:
    server.go_away()
    agent = start("--interval", "0.5")
    wait_for(lambda: "no connection to" in agent.said.read_text(), agent)
    wait_for(lambda: agent.undelivered(), agent)
    server.start()
    server.wait_until(lambda: server.ledger.last >= 1, 60)


@pytest.mark.parametrize("command", ["agent", "scan"])
def test_what_reads_the_host_loads_nothing_of_the_server(command: str) -> None:
    code = (
        "import runpy, sys; sys.argv = ['manage.py', sys.argv[1], '--help']\n"
        "try: runpy.run_path('manage.py', run_name='__main__')\n"
        "except SystemExit: print(sorted({'daphne', 'twisted', 'ninja', 'channels'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, command], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")
