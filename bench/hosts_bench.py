"""Many hosts on one server process: how soon frames are acknowledged, how many fall behind, what it costs.

``python -m bench.hosts_bench``; exit status 1 where a limit is exceeded. Real websockets, one for each host, from one
process. Each host has 500 processes in 75 containers; a frame has 10 changes. A host is behind where its next frame
is due before the last one is acknowledged. ``--postgresql`` does the same on PostgreSQL and counts its sessions.
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
from tests.support.services import postgresql

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


class Outcome(NamedTuple):
    """What came of a load."""

    late: list[float]  # seconds from sending a frame to its acknowledgement
    behind: int  # hosts that were
    busy: float  # share of a core that the server used


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.hosts_bench", description=__doc__)
    parser.add_argument("--calm", type=int, default=200, help="hosts with a frame every 5 s")
    parser.add_argument("--busy", type=int, default=25, help="hosts with four frames a second")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--postgresql", action="store_true", help="on PostgreSQL, and count its sessions")
    options = parser.parse_args()
    with ExitStack() as stack:
        url = stack.enter_context(postgresql()) if options.postgresql else ""
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        run = Run(folder / "data", "--no-agent", "--port", str(free_port()), ISOSCOPE_DATABASE_URL=url)
        stack.callback(run.stop)
        run.link()
        tokens = make_tokens(run, options.calm + options.busy)
        calm = Load(options.calm, CALM_S, options.seconds)
        busy = Load(options.busy, BUSY_S, options.seconds)
        before = sessions(url)
        good = show("calm", calm, asyncio.run(bear(run, calm, tokens[: calm.hosts])))
        good &= show("busy", busy, asyncio.run(bear(run, busy, tokens[calm.hosts :])))
        if url:
            messages = sum(load.hosts * (1 + load.seconds / load.every_s) for load in (calm, busy))
            opened = (sessions(url) - before - 1) / messages
            figure("database sessions opened for each message", opened, "", MOST_SESSIONS)
            good &= opened <= MOST_SESSIONS
    return 0 if good else 1


def sessions(url: str) -> int:
    """How many sessions PostgreSQL has seen, this one among them."""
    if not url:
        return 0
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT sum(sessions) FROM pg_stat_database").fetchone()
    assert row is not None
    return int(row[0])


async def bear(run: Run, load: Load, tokens: list[str]) -> Outcome:
    """Let the server bear a load."""
    life = Life(500, 76)
    state = life.begin()
    diffs = [life.step(seq, 10) for seq in range(2, int(load.seconds / load.every_s) + 3)]
    address = run.url().replace("http", "ws")
    late: list[float] = []
    lines = await asyncio.gather(*(enter(address, token, state) for token in tokens))
    server = run.children()["server"]
    busy, began = cpu_s(server), time.monotonic()
    behind = await asyncio.gather(
        *(speak(line, number, load, began, diffs, late) for number, line in enumerate(lines))
    )
    busy = (cpu_s(server) - busy) / (time.monotonic() - began)
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
    """Send a frame whenever one is due. Whether one was due before the last was acknowledged."""
    behind, offset = False, load.every_s * number / load.hosts
    for place, diff in enumerate(diffs[: int(load.seconds / load.every_s)]):
        due = began + offset + place * load.every_s
        frame = msgspec.structs.replace(diff, host=line.host)  # type: ignore[attr-defined]
        behind = behind or time.monotonic() > due + load.every_s
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        sent = time.monotonic()
        await line.send(pack_batch([pack(frame)], diff.taken_at, 0))
        answer = msgspec.json.decode(await line.recv())
        assert answer == {"type": "ack", "seq": diff.seq}, answer
        late.append(time.monotonic() - sent)
    return behind


def show(kind: str, load: Load, outcome: Outcome) -> bool:
    worst = quantiles(outcome.late, n=100)[98]
    print(f"{load.hosts} {kind} hosts: the server was busy for {outcome.busy:.0%} of a core; {outcome.behind} behind")
    figure(f"{load.hosts} {kind} hosts: acknowledged, 99 of 100 sooner than", worst, "s", MOST_S)
    return worst <= MOST_S and outcome.behind == 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
