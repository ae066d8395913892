"""Many hosts on one server process, or several: how soon frames are acknowledged, how many fall behind, and the cost.

``python -m bench.hosts_bench``; exit status 1 where a limit is exceeded. Real websockets, one for each host, from one
process. They all come at once, and are there for some seconds before it counts. Each host has 500 processes in 75
containers; a frame has 10 changes. A host is behind where its next frame is due before the last one is acknowledged.
``--postgresql`` does the same on PostgreSQL and counts its sessions; ``--servers 2`` puts the hosts on two server
processes in turn, which need PostgreSQL and Redis.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import quantiles
from typing import Final, NamedTuple

import msgspec
import psycopg
from websockets.asyncio.client import ClientConnection, connect

from bench.figures import figure
from bench.made_host import Life
from bench.return_bench import make_tokens
from bench.viewers_bench import cpu_s
from inspector.facts.types import HostState
from inspector.protocol.frames import Diff, Reset, pack, pack_batch
from tests.support.running import ROOT, Run, free_port
from tests.support.services import postgresql, redis

CALM_S: Final = 5.0
BUSY_S: Final = 0.25
MOST_S: Final = 1.0
MOST_SESSIONS: Final = 0.05
HELLO: Final = "version=0.1.0&schema=2"


class Load(NamedTuple):
    """So many hosts, each with a frame every so many seconds, for so long."""

    hosts: int
    every_s: float
    seconds: float
    settle: float

    @property
    def uncounted(self) -> int:
        """Frames of each host before it counts."""
        return int(self.settle / self.every_s)

    @property
    def frames(self) -> int:
        """Frames of each host, counted or not."""
        return self.uncounted + int(self.seconds / self.every_s)


class Outcome(NamedTuple):
    """The result of a load."""

    late: list[float]  # seconds from sending a frame to its acknowledgement
    behind: int  # hosts that were
    busy: list[float]  # share of a core that each server process used


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.hosts_bench", description=__doc__)
    parser.add_argument("--calm", type=int, default=200, help="hosts with a frame every 5 s")
    parser.add_argument("--busy", type=int, default=25, help="hosts with four frames a second")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--settle", type=float, default=20.0, help="seconds of the same load before it counts")
    parser.add_argument("--postgresql", action="store_true", help="on PostgreSQL, and count its sessions")
    parser.add_argument(
        "--servers", type=int, default=1, help="server processes; more than one take PostgreSQL and Redis"
    )
    options = parser.parse_args()
    with ExitStack() as stack:
        runs = start(stack, options)
        url = runs[0].environ.get("ISOSCOPE_DATABASE_URL", "")
        tokens = make_tokens(runs[0], options.calm + options.busy)
        calm = Load(options.calm, CALM_S, options.seconds, options.settle)
        busy = Load(options.busy, BUSY_S, options.seconds, options.settle)
        before = sessions(url)
        good = show("calm", calm, asyncio.run(bear(runs, calm, tokens[: calm.hosts])))
        if busy.hosts:
            good &= show("busy", busy, asyncio.run(bear(runs, busy, tokens[calm.hosts :])))
        if url:
            messages = sum(load.hosts * (1 + load.frames) for load in (calm, busy))
            opened = (sessions(url) - before - 1) / messages
            figure("database sessions opened for each message", opened, "", MOST_SESSIONS)
            good &= opened <= MOST_SESSIONS
    return 0 if good else 1


def start(stack: ExitStack, options: argparse.Namespace) -> list[Run]:
    """The server processes, each on a data folder of its own."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    environ = {"ISOSCOPE_DATABASE_URL": ""}
    if options.postgresql or options.servers > 1:
        environ["ISOSCOPE_DATABASE_URL"] = stack.enter_context(postgresql())
    if options.servers > 1:
        environ |= {"ISOSCOPE_REDIS_URL": stack.enter_context(redis()), "ISOSCOPE_SECRET_KEY": "k" * 50}
    runs: list[Run] = []
    for number in range(options.servers):
        runs.append(Run(folder / f"data{number}", "--no-agent", "--port", str(free_port()), **environ))
        stack.callback(runs[-1].stop)
        runs[-1].link()
    return runs


def sessions(url: str) -> int:
    """How many sessions PostgreSQL has seen, this one among them."""
    if not url:
        return 0
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT sum(sessions) FROM pg_stat_database").fetchone()
    assert row is not None
    return int(row[0])


async def bear(runs: list[Run], load: Load, tokens: list[str]) -> Outcome:
    """Run a load; each server takes the same number of hosts."""
    life = Life(500, 76)
    state = life.begin()
    diffs = [life.step(seq, 10) for seq in range(2, load.frames + 2)]
    addresses = [run.url().replace("http", "ws") for run in runs]
    late: list[float] = []
    lines = await asyncio.gather(
        *(enter(addresses[number % len(runs)], token, state) for number, token in enumerate(tokens))
    )
    servers = [run.children()["server"] for run in runs]
    began = time.monotonic()
    hosts = [asyncio.create_task(speak(line, at, load, began, diffs, late)) for at, line in enumerate(lines)]
    await asyncio.sleep(load.settle)
    before, counted = [cpu_s(server) for server in servers], time.monotonic()
    behind = await asyncio.gather(*hosts)
    took = time.monotonic() - counted
    busy = [(cpu_s(server) - cpu) / took for server, cpu in zip(servers, before, strict=True)]
    await asyncio.gather(*(line.close() for line in lines))
    return Outcome(late, sum(behind), busy)


async def enter(address: str, token: str, state: HostState) -> ClientConnection:
    """A host's connection, with its first state stored."""
    name = token[:8].encode().hex().ljust(32, "0")
    url = f"{address}/ws/agent?host={name}&agent=bench&interval=5&{HELLO}"
    line = await connect(url, additional_headers={"Authorization": f"Bearer {token}"}, open_timeout=120)
    await line.recv()
    whole = msgspec.structs.replace(state, host=msgspec.structs.replace(state.host, machine_id=name))
    await line.send(pack(Reset(name, 1, state.taken_at, whole)))
    await line.recv()
    line.host = name  # type: ignore[attr-defined]
    return line


async def speak(
    line: ClientConnection, number: int, load: Load, began: float, diffs: list[Diff], late: list[float]
) -> bool:
    """Send a frame whenever one is due. Whether one that counts was due before the last was acknowledged."""
    behind, offset = False, load.every_s * number / load.hosts
    for place, diff in enumerate(diffs):
        counts, due = place >= load.uncounted, began + offset + place * load.every_s
        frame = msgspec.structs.replace(diff, host=line.host)  # type: ignore[attr-defined]
        behind = behind or (counts and time.monotonic() > due)
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        sent = time.monotonic()
        await line.send(pack_batch([pack(frame)], diff.taken_at, 0))
        answer = msgspec.json.decode(await line.recv())
        assert answer == {"type": "ack", "seq": diff.seq}, answer
        if counts:
            late.append(time.monotonic() - sent)
    return behind


def show(kind: str, load: Load, outcome: Outcome) -> bool:
    worst = quantiles(outcome.late, n=100)[98]
    busy = " and ".join(f"{share:.0%}" for share in outcome.busy)
    print(f"{load.hosts} {kind} hosts: the server was busy for {busy} of a core; {outcome.behind} behind")
    figure(f"{load.hosts} {kind} hosts: acknowledged, 99 of 100 sooner than", worst, "s", MOST_S)
    return worst <= MOST_S and outcome.behind == 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
