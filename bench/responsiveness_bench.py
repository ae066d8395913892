"""How long a small host's state takes while a host of 10,000 processes is scanned and stored on the same machine.

``python -m bench.responsiveness_bench`` as root; exit status 1 where the limit is exceeded.

A real server, a real agent that scans a real crowd every second, and one reader that asks again as soon as it is
answered.
"""

from __future__ import annotations

import argparse
import http.client
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median, quantiles
from typing import Final
from urllib.parse import urlsplit

import msgspec
from websockets.sync.client import connect

from bench.crowd import compile_c, gather
from inspector.agent.scan.scanner import Scanner
from inspector.protocol.frames import Reset, pack
from tests.support.running import ROOT, Run, free_port
from tests.support.signed_in import make_token, sign_in

LIMIT_MS: Final = 250.0
SMALL: Final = "0" * 31 + "1"


def main() -> int:
    options = read_options()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run = Run(folder / "data", "--no-agent", "--port", str(free_port()))
        try:
            cookie = sign_in(run)
            send_small_host(run)
            with gather(compile_c("crowd", folder), options.processes, 100):
                return measure(run, cookie, options.seconds)
        finally:
            run.stop()


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.responsiveness_bench", description=__doc__)
    parser.add_argument("--processes", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    return parser.parse_args()


def send_small_host(run: Run) -> None:
    """This machine as it is without the crowd, under another machine id."""
    state = Scanner().scan()
    state = msgspec.structs.replace(state, host=msgspec.structs.replace(state.host, machine_id=SMALL))
    address = run.url().replace("http", "ws") + f"/ws/agent?host={SMALL}"
    with connect(address, additional_headers={"Authorization": f"Bearer {make_token(run, 'small')}"}) as socket:
        socket.recv()
        socket.send(pack(Reset(host=SMALL, seq=1, taken_at=state.taken_at, state=state)))
        socket.recv()


def measure(run: Run, cookie: str, seconds: float) -> int:
    idle = read_for(run, cookie, 3.0)
    environ = run.environ | {
        "ISOSCOPE_TOKEN": make_token(run, "large"),
        "ISOSCOPE_INTERVAL": "1",
        "ISOSCOPE_FULL_SCAN": "1",
    }
    command = [sys.executable, "manage.py", "agent", "--server", run.url(), "--data", str(run.log.parent / "agent")]
    with subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.DEVNULL) as agent:
        busy = read_for(run, cookie, seconds)
        agent.terminate()
    check_stored(run, cookie)
    show("idle", idle)
    worst = show("while 10,000 processes are scanned and stored", busy)
    print(f"p99 {worst:.0f} ms of at most {LIMIT_MS:.0f} ms: ratio {worst / LIMIT_MS:.2f}")
    return 0 if worst <= LIMIT_MS else 1


def check_stored(run: Run, cookie: str) -> None:
    """A fast answer beside an agent that never delivered would prove nothing."""
    request = urllib.request.Request(run.url() + "/api/v1/hosts", headers={"Cookie": cookie})  # noqa: S310
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        hosts = msgspec.json.decode(answer.read())
    large = max(hosts, key=lambda host: host["processes"])
    print(f"stored meanwhile: {large['processes']} processes, {large['seq']} snapshots")
    if large["processes"] < 1000:
        raise SystemExit("the large host was not stored")


def read_for(run: Run, cookie: str, seconds: float) -> list[float]:
    """Milliseconds of each ``GET state`` of the small host, asked one after another."""
    parts = urlsplit(run.url())
    times, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        begun = time.perf_counter()
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
        headers = {"Cookie": cookie, "Accept-Encoding": "gzip"}
        connection.request("GET", f"/api/v1/hosts/{SMALL}/state", headers=headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status != 200:
            raise SystemExit(f"the server answered {answer.status}")
        times.append((time.perf_counter() - begun) * 1000)
    return times


def show(what: str, times: list[float]) -> float:
    """Print the spread; give back the 99th percentile."""
    worst = quantiles(times, n=100)[98]
    print(f"{what}: {len(times)} reads, median {median(times):.1f} ms, p99 {worst:.1f} ms, most {max(times):.1f} ms")
    return worst


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
