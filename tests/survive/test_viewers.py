"""Real viewers of a real server: in the end each holds its state, and one who does not read costs nothing."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from inspector.facts.checksum import checksum
from inspector.facts.types import HostState
from tests.support.installation import MACHINE, Installation, ScriptedAgent, Visitor
from tests.support.numbered_states import some_state
from tests.support.running import ROOT, wait_for
from tests.support.states import a_process, a_state

SILENT = 50
LOOKS = 60
ASKS = 15  # fewer than a page is cut off for


class Viewer:
    """The page's own modules in Node.js, in a process that may be stopped like a laptop that is closed."""

    def __init__(self, installation: Installation, visitor: Visitor) -> None:
        cookie = "; ".join(f"{cookie.name}={cookie.value}" for cookie in visitor.jar)
        command = ["node", "--no-warnings", "--experimental-websocket", "tests/js/support/viewer.mjs"]
        self.process = subprocess.Popen(
            [*command, installation.url, MACHINE, cookie],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def held(self) -> dict[str, Any]:
        assert self.process.stdin is not None and self.process.stdout is not None
        print("", file=self.process.stdin, flush=True)
        return dict(json.loads(self.process.stdout.readline()))

    def sleep(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_after_kills_of_server_and_agent_and_pauses_every_viewer_holds_the_right_state(
    installation: Installation, visitor: Visitor, tmp_path: Path
) -> None:
    agent = installation.agent(tmp_path / "agent", some_state(0)).start()
    agent.see(some_state(1))
    agent.deliver_all()
    viewers = [Viewer(installation, visitor) for _ in range(4)]
    try:
        wait_for(lambda: all(viewer.held()["seq"] for viewer in viewers))
        for number in range(2, 2 + LOOKS):
            agent.see(some_state(number))
            match number % 12:
                case 3:
                    installation.kill()
                    installation.start()
                case 5:
                    viewers[number % 4].sleep()
                case 7:
                    agent.stop()
                    agent = installation.agent(tmp_path / "agent", some_state(number)).start()
                case 10:
                    viewers[(number - 5) % 4].wake()
                case _:
                    agent.deliver_all()
        agent.deliver_all()
        agent.see(agent.script.states[0])  # nothing new: a heartbeat
        wait_for(lambda: visitor.seq() and checksum(visitor.state()) == checksum(agent.script.states[0]))
        latest, seq = visitor.state(), visitor.seq()
        expected = {"seq": seq, "checksum": checksum(latest)}
        wait_for(lambda: [viewer.held()["agreed"] for viewer in viewers] == [expected] * 4, seconds=90)
        assert all(viewer.held()["step"] == "live" for viewer in viewers)
    finally:
        for viewer in viewers:
            viewer.end()
        agent.stop()


@contextmanager
def silent(installation: Installation, visitor: Visitor) -> Iterator[socket.socket]:
    """A page that opens its websocket and never reads from it."""
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in visitor.jar)
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect(("127.0.0.1", installation.port))
        lines = [
            f"GET /ws/hosts/{MACHINE}?seq=1 HTTP/1.1",
            f"Host: 127.0.0.1:{installation.port}",
            f"Origin: {installation.url}",
            f"Cookie: {cookies}",
            *("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"),
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ]
        line.sendall("\r\n".join([*lines, "", ""]).encode())
        assert b" 101 " in line.recv(64)
        yield line


def crowded(number: int) -> HostState:
    """Hundreds of processes that all differ from those of any other number: some 250 kB of changes."""
    first = number % 2 * 10_000 + 2
    members = [a_process(pid, "worker", start=number, cmdline=("x" * 500,)) for pid in range(first, first + 300)]
    return a_state([a_process(1), *members])


@contextmanager
def changing(installation: Installation, visitor: Visitor, folder: Path) -> Iterator[tuple[ScriptedAgent, int]]:
    """An agent of a host that changes much, and how far history is once the server has met its like."""
    with installation.agent(folder, crowded(0)) as agent:
        agent.see(crowded(0))
        agent.deliver_all()
        with visitor.page(1) as page:
            agent.see(*(crowded(number) for number in range(1, 5)))
            page.hear(lambda message: message.get("seq") == 5)
        yield agent, 5


def test_viewers_who_never_read_cost_no_memory_and_delay_no_one(
    installation: Installation, visitor: Visitor, tmp_path: Path
) -> None:
    assert installation.process is not None
    server = psutil.Process(installation.process.pid)
    with changing(installation, visitor, tmp_path / "agent") as (agent, seq), ExitStack() as stack:
        lines = [stack.enter_context(silent(installation, visitor)) for _ in range(SILENT - 1)]
        before = server.memory_info().rss
        for line in lines:
            line.sendall(frame_of(b'{"type":"resync","seq":1}') * ASKS)
        with visitor.page(seq) as page:
            for number in range(seq, seq + LOOKS):
                agent.see(crowded(number))
                page.hear(lambda message, seq=number + 1: message.get("seq") == seq)  # type: ignore[misc]
        grown = server.memory_info().rss - before
    asked = ASKS * 250_000 * SILENT
    assert grown < asked / 3, f"{grown / 1e6:.0f} MB, of {asked / 1e6:.0f} MB that were asked for and not read"


def frame_of(text: bytes) -> bytes:
    """A short message of a client; its mask is zero."""
    return bytes((0x81, 0x80 | len(text), 0, 0, 0, 0)) + text


def test_one_who_reads_again_gets_what_it_missed(
    installation: Installation, visitor: Visitor, tmp_path: Path
) -> None:
    with changing(installation, visitor, tmp_path / "agent") as (agent, seq), silent(installation, visitor) as line:
        agent.see(*(crowded(number) for number in range(seq, seq + 24)))  # more than a kernel's buffers hold
        agent.deliver_all()
        line.settimeout(60)
        messages = read_messages(line, seq + 24)
    seqs = [
        (message["type"], message["seq"]) for message in messages if "seq" in message and message["type"] != "feed"
    ]
    assert seqs[-1][1] == seq + 24
    assert len(seqs) < 24, "what could not leave was left out"


def read_messages(line: socket.socket, last: int) -> list[dict[str, Any]]:
    """The messages of the server, until one is about the state numbered ``last``; headers of the handshake first."""
    data, messages = b"", list[dict[str, Any]]()
    while b"\r\n\r\n" not in data:
        data += line.recv(1)
    data = b""
    while not messages or messages[-1].get("seq", 0) < last:
        opcode, data = take(line, data, 2)
        size = opcode[1]
        if size > 125:
            length, data = take(line, data, 2 if size == 126 else 8)
            size = int.from_bytes(length, "big")
        body, data = take(line, data, size)
        if opcode[0] == 0x81:
            messages.append(json.loads(body))
    return messages


def take(line: socket.socket, data: bytes, size: int) -> tuple[bytes, bytes]:
    parts = bytearray(data)
    while len(parts) < size:
        part = line.recv(65536)
        assert part, "the server hung up"
        parts += part
    return bytes(parts[:size]), bytes(parts[size:])
