"""Many viewers of one host on one server process: how late a diff reaches them, and what each costs while it waits.

``python -m bench.viewers_bench``; exit status 1 where a limit is exceeded. A real server, an agent's connection that
sends two diffs a second, and 500 real websocket clients in processes of their own, ten of each of fifty people. Late
is from the moment the agent's message is sent, before it is stored, to the moment a client has it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import IO, Any, Final

import msgspec
import psutil
from websockets.asyncio.client import connect
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as connect_agent

from bench.figures import figure
from bench.made_host import HOST, Life
from inspector.protocol.frames import Reset, pack
from tests.support.running import ROOT, Run, free_port
from tests.support.signed_in import make_token

MOST_LATE_MS: Final = 500
MOST_KB: Final = 250
PER_PERSON: Final = 10
A_SECOND: Final = 2
CLIENTS: Final = 2  # processes


def main() -> int:
    options = read_options()
    if options.join:
        asyncio.run(view(options.join, sys.stdin.read().split()))
        return 0
    with tempfile.TemporaryDirectory() as name:
        run = Run(Path(name) / "data", "--no-agent", "--port", str(free_port()))
        try:
            run.link()
            return measure(run, options.viewers, options.seconds)
        finally:
            run.stop()


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.viewers_bench", description=__doc__)
    parser.add_argument("--viewers", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--processes", type=int, default=1000, help=argparse.SUPPRESS)
    parser.add_argument("--join", metavar="URL", help=argparse.SUPPRESS)  # be the clients; cookies come by stdin
    return parser.parse_args()


def measure(run: Run, viewers: int, seconds: float) -> int:
    life, address = Life(1000, 20), run.url().replace("http", "ws")
    with enter(run, life, "viewers") as agent:
        cookies = make_sessions(run, viewers)
        server = run.children()["server"]
        with Crowd(address, cookies[:20]):
            pass  # what a first viewer makes the server load is no viewer's cost
        empty = settled(server)
        with Crowd(address, cookies) as crowd:
            each = (settled(server) - empty) / viewers / 1000
            busy = cpu_s(server)
            sent = send_diffs(agent, life, seconds)
            busy = cpu_s(server) - busy
            heard = crowd.end()
    print(
        f"the server was busy for {busy / seconds:.0%} of the time: {busy / len(sent) * 1000:.0f} ms a diff, all told"
    )
    return show(each, sent, heard, viewers)


@contextlib.contextmanager
def enter(run: Run, life: Life, name: str) -> Iterator[ClientConnection]:
    """The connection of an agent, with the first state of a life stored."""
    state, address = life.begin(), run.url().replace("http", "ws")
    headers = {"Authorization": f"Bearer {make_token(run, name)}"}
    with connect_agent(f"{address}/ws/agent?host={HOST.machine_id}", additional_headers=headers) as agent:
        agent.recv()
        send(agent, Reset(host=HOST.machine_id, seq=1, taken_at=state.taken_at, state=state))
        yield agent


def cpu_s(server: psutil.Process) -> float:
    """Seconds of a core that the server has used."""
    times = server.cpu_times()
    return float(times.user + times.system)


def send(agent: ClientConnection, frame: Any) -> float:
    """When the frame was sent, in seconds of the monotonic clock; it is stored when this returns."""
    packed = pack(frame)
    begun = time.monotonic()
    agent.send(packed)
    agent.recv()
    return begun


def send_diffs(agent: ClientConnection, life: Life, seconds: float, first: int = 2) -> dict[int, float]:
    """When each diff was sent, by its number; the first is numbered ``first``."""
    sent, begun = {}, time.monotonic()
    for number in range(int(seconds * A_SECOND)):
        time.sleep(max(0.0, begun + number / A_SECOND - time.monotonic()))
        seq = number + first
        sent[seq] = send(agent, life.step(seq, 10))
    return sent


def make_sessions(run: Run, viewers: int) -> list[str]:
    """A session of its own for each viewer, some of each of many people, who may all see every host."""
    script = (
        "from django.contrib.auth import login; from django.contrib.auth.models import User;"
        "from django.contrib.sessions.backends.db import SessionStore; from types import SimpleNamespace as Request\n"
        f"for number in range({viewers}):\n"
        f"    user, _ = User.objects.get_or_create(username=f'viewer-{{number // {PER_PERSON}}}', is_staff=True)\n"
        "    request = Request(session=SessionStore(), META={}, user=None)\n"
        "    login(request, user, 'django.contrib.auth.backends.ModelBackend')\n"
        "    request.session.save(); print('session', request.session.session_key)\n"
    )
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", script]
    answer = subprocess.run(command, cwd=ROOT, env=run.environ, capture_output=True, text=True, check=True)
    return re.findall(r"^session (\S+)$", answer.stdout, re.MULTILINE)


def settled(server: psutil.Process) -> float:
    """The server's memory in bytes, once it no longer changes."""
    held = 0.0
    while abs(held - (held := float(server.memory_info().rss))) > 200_000:
        time.sleep(2)
    return held


class Crowd:
    """The clients, in a few processes; each connected and caught up when the block begins."""

    def __init__(self, address: str, cookies: list[str]) -> None:
        command = [sys.executable, "-m", "bench.viewers_bench", "--join", address]
        self.shares = [cookies[part::CLIENTS] for part in range(CLIENTS)]
        self.processes = [
            subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in self.shares
        ]

    def __enter__(self) -> Crowd:
        for process, share in zip(self.processes, self.shares, strict=True):
            pipe(process.stdin).write("\n".join(share))
            pipe(process.stdin).close()
        for process in self.processes:
            assert pipe(process.stdout).readline() == "ready\n"
        return self

    def end(self) -> list[tuple[int, float]]:
        """End the clients, and read what they received: numbers of diffs, and when."""
        heard: list[tuple[int, float]] = []
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            heard += msgspec.json.decode(pipe(process.stdout).read() or "[]", type=list[tuple[int, float]])
            process.wait()
        self.processes.clear()
        return heard

    def __exit__(self, *error: object) -> None:
        self.end()


def pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


async def view(address: str, sessions: list[str]) -> None:
    """Be many clients until told to end; then print what they received."""
    import signal

    heard: list[tuple[int, float]] = []
    enough = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, enough.set)
    ready, slots = [asyncio.Event() for _ in sessions], asyncio.Semaphore(16)
    tasks = [
        asyncio.create_task(listen(address, key, slots, event, heard))
        for key, event in zip(sessions, ready, strict=True)
    ]
    waited: set[asyncio.Future[Any]] = {asyncio.gather(*(event.wait() for event in ready)), *tasks}
    done, _ = await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()  # raises what kept a client out
    print("ready", flush=True)
    await enough.wait()
    await asyncio.sleep(1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    print(msgspec.json.encode(heard).decode())


async def listen(
    address: str, session: str, slots: asyncio.Semaphore, ready: asyncio.Event, heard: list[tuple[int, float]]
) -> None:
    """One client; a few connect at a time."""
    url, cookie = f"{address}/ws/hosts/{HOST.machine_id}?seq=1", f"isoscope_session={session}"
    origin: Any = address.replace("ws", "http", 1)
    async with slots:
        line = await connect(url, origin=origin, additional_headers={"Cookie": cookie}, open_timeout=60)
        await line.recv()
    ready.set()
    async for text in line:
        now = time.monotonic()
        if found := re.search(r'"seq":(\d+)', str(text)[:400]):
            heard.append((int(found[1]), now))


def show(each: float, sent: dict[int, float], heard: list[tuple[int, float]], viewers: int) -> int:
    late = [(at - sent[seq]) * 1000 for seq, at in heard if seq in sent]
    print(f"{len(late):,} of {len(sent) * viewers:,} deliveries of {len(sent)} diffs")
    worst = quantiles(late, n=100)[98]
    print(f"median {median(late):.0f} ms, most {max(late):.0f} ms")
    figure(f"delivery to {viewers} viewers, 99 of 100 are faster than", worst, "ms", MOST_LATE_MS)
    figure(f"server's memory for each of {viewers} idle viewers", each, "kB", MOST_KB)
    complete = len(late) == len(sent) * viewers
    return 0 if complete and worst <= MOST_LATE_MS and each <= MOST_KB else 1


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
