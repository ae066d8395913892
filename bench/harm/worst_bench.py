"""How long another person waits, and how much memory the server takes, while one client does its worst.

``python -m bench.harm.worst_bench``; exit status 1 where a limit is exceeded. A real server; one client after another
does one kind of harm, and a second person asks for the list of hosts and a small host's state all the while.
"""

from __future__ import annotations

import contextlib
import http.client
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import psutil
from websockets.sync.client import ClientConnection, connect

from bench.figures import figure
from inspector.facts.types import HostState, Usage
from inspector.protocol import export_file
from inspector.protocol.frames import Metrics, Reset, pack
from tests.support.installation import Installation, Visitor
from tests.support.rude_client import connections, send_body
from tests.support.states import HOST, a_process, a_state

WAIT_MS: Final = 2000.0
MEMORY_MB: Final = 400.0
SMALL, LARGE = "0" * 31 + "1", "0" * 31 + "2"
NOW: Final = "2026-11-23T03:10:00+00:00"


class Watch:
    """Asks as another person, and looks at the server's memory, for as long as the block lasts."""

    def __init__(self, installation: Installation, person: Visitor) -> None:
        self.installation, self.person = installation, person
        self.waits: list[float] = []
        self.memory = self.alone = self.resident = 0
        self._over = threading.Event()
        self._threads = [threading.Thread(target=work) for work in (self._ask, self._weigh)]

    def __enter__(self) -> Watch:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        while not self._over.is_set():
            for path in ("/api/v1/hosts", f"/api/v1/hosts/{SMALL}/state", f"/api/v1/hosts/{SMALL}/events"):
                begun = time.perf_counter()
                self.person.get(path)
                self.waits.append((time.perf_counter() - begun) * 1000)
            self._over.wait(0.02)

    def _weigh(self) -> None:
        assert self.installation.process is not None
        server = psutil.Process(self.installation.process.pid)
        while not self._over.wait(0.05):
            workers = [child for child in server.children() if "dashboard.workers.child" in command_of(child)]
            self.alone = max(self.alone, held_by(server).pss)
            together = [held_by(process) for process in (server, *workers)]
            self.memory = max(self.memory, sum(one.pss for one in together))
            self.resident = max(self.resident, sum(one.rss for one in together))


class Held(NamedTuple):
    """Bytes that a process holds. What it shares with others, such as libraries, counts in ``rss`` in each of them,
    in ``pss`` once in all; so only a sum of ``pss`` is memory that is gone for everybody else.
    """

    pss: int
    rss: int


def held_by(process: psutil.Process) -> Held:
    """See :class:`Held`; nothing of a process that has ended."""
    try:
        with open(f"/proc/{process.pid}/smaps_rollup") as file:
            fields = dict(line.split(":", 1) for line in file if line.startswith(("Pss:", "Rss:")))
    except OSError:
        return Held(0, 0)
    return Held(*(int(fields[name].split()[0]) * 1024 for name in ("Pss", "Rss")))


def command_of(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        installation = Installation(Path(name) / "data", ("prlimit", "--nofile=1024:4096"))
        try:
            return measure(installation)
        finally:
            installation.end()


def measure(installation: Installation) -> int:
    installation.prepare()
    installation.start()
    rude = installation.visitor()
    rude.get("/")
    link = installation.manage("invite", "bob", "--administrator", "--url", installation.url)
    other = Visitor(installation.url, link)
    tokens = {name: installation.manage("token", name) for name in (SMALL, LARGE)}
    with line(installation, SMALL, tokens[SMALL]) as small:
        say(small, Reset(SMALL, 1, NOW, state_of(SMALL, 200)))
    worst, most, resident = 0.0, 0, 0
    for what, harm in kinds(installation, rude, tokens[LARGE]).items():
        with Watch(installation, other) as watch:
            harm()
            time.sleep(0.5)
        figure(f"{what}: worst wait of another person", max(watch.waits), "ms", WAIT_MS)
        print(
            f"    {len(watch.waits)} answers; server {watch.alone >> 20} MiB, "
            f"with its workers {watch.memory >> 20} MiB, {watch.resident >> 20} MiB resident"
        )
        worst, most, resident = max(worst, *watch.waits), max(most, watch.memory), max(resident, watch.resident)
    figure("worst wait of another person in all of these", worst, "ms", WAIT_MS)
    figure("memory of the server and its workers in all of these", most / 1e6, "MB", MEMORY_MB)
    print(f"    {resident / 1e6:.1f} MB where what they share is counted in each of them")
    return 0 if worst <= WAIT_MS and most / 1e6 <= MEMORY_MB else 1


def kinds(installation: Installation, rude: Visitor, token: str) -> dict[str, Callable[[], object]]:
    """Each kind of harm, by name."""
    port, cookies = installation.port, "; ".join(f"{cookie.name}={cookie.value}" for cookie in rude.jar)

    def by_agent(*messages: bytes) -> None:
        with line(installation, LARGE, token) as agent:
            for message in messages:
                agent.send(message)
                agent.recv(timeout=600)

    def ask_often(path: str, number: int = 30) -> None:
        with ThreadPoolExecutor(number) as pool:
            list(pool.map(lambda _: quietly(installation, path, cookies), range(number)))

    large = f"/api/v1/hosts/{LARGE}"
    many, more = pack_metrics(200_000), pack_metrics(10_000)  # made before: it keeps this process busy
    bomb, crowd, file = zlib.compress(b" " * 2**30, 1), pack(Reset(LARGE, 1, NOW, state_of(LARGE, 50_000))), a_file()
    return {
        "nothing": lambda: time.sleep(3),
        "metrics of 200,000 containers": lambda: by_agent(*[many] * 3),
        "metrics of 10,000 containers": lambda: by_agent(*[more] * 20),
        "a bomb": lambda: by_agent(*[bomb] * 3),
        "50,000 processes": lambda: by_agent(crowd),
        "their state, thirty times": lambda: ask_often(f"{large}/state"),
        "their events, thirty times": lambda: ask_often(f"{large}/events?fold=false"),
        "comparisons, thirty at once": lambda: ask_often(f"{large}/compare/report?from=1&to=1&all=true"),
        "exports, thirty at once": lambda: ask_often(f"{large}/export"),
        "pictures, thirty at once": lambda: ask_often(f"/api/v1/hosts/{SMALL}/picture.png?title={time.time()}"),
        "a body of 400 MiB": lambda: send_body(port, "/sign-in", 400 * 2**20),
        "an endless body in pieces": lambda: send_body(port, "/api/v1/import", 400 * 2**20, chunked=True),
        "1,100 silent connections": lambda: stay_silent(port),
        "a file with 50,000 processes": lambda: print(f"    the file was answered with {rude.upload(file)}"),
    }


@contextlib.contextmanager
def line(installation: Installation, machine_id: str, token: str) -> Iterator[ClientConnection]:
    address = f"{installation.url.replace('http', 'ws', 1)}/ws/agent?host={machine_id}&schema=2&agent=bench"
    with connect(
        address, additional_headers={"Authorization": f"Bearer {token}"}, max_size=2**26, ping_interval=None
    ) as agent:
        agent.recv(timeout=600)
        yield agent


def say(agent: ClientConnection, frame: Reset) -> None:
    agent.send(pack(frame))
    agent.recv(timeout=600)


def state_of(machine_id: str, processes: int) -> HostState:
    members = [a_process(pid, cmdline=("worker", "--number", str(pid), "x" * 200)) for pid in range(1, processes + 1)]
    return msgspec.structs.replace(a_state(members), host=msgspec.structs.replace(HOST, machine_id=machine_id))


def pack_metrics(containers: int) -> bytes:
    return pack(Metrics(NOW, {f"{number:064x}": Usage(number, number, number) for number in range(containers)}))


def quietly(installation: Installation, path: str, cookies: str) -> int:
    """The status of an answer, whatever it is; the body is read."""
    connection = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=600)
    with contextlib.closing(connection):
        try:
            connection.request("GET", path, headers={"Cookie": cookies, "Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            while answer.read(2**16):
                pass
        except (OSError, http.client.HTTPException):
            return 0
        return answer.status


def stay_silent(port: int) -> None:
    with connections(port, 1100):
        time.sleep(5)


def a_file() -> bytes:
    """A whole state of 50,000 processes in one line, and no end after it."""
    header = export_file.make_header(
        HOST, first_seq=1, last_seq=1, interval_s=5.0, first_seen_at=NOW, seen_at=NOW, taken_at=NOW
    )
    reset = Reset(HOST.machine_id, 1, NOW, state_of(HOST.machine_id, 50_000))
    return b"".join(export_file.pack(iter([header, export_file.SnapshotLine(NOW, 0, 0, 0, 0, reset)])))


if __name__ == "__main__":
    sys.exit(main())
