"""The kernel's process events, and what an agent makes of them. Needs root."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pytest

from inspector.agent.collect.proc_connector import EXEC, EXIT, FORK, Connector
from inspector.agent.host_events import HostEvents
from inspector.agent.scan.scanner import PartialScan, Scanner
from inspector.errors import EventsUnavailable
from tests.support.running import wait_for
from tests.support.watching import Watching

pytestmark = pytest.mark.root


@pytest.fixture
def connector() -> Iterator[Connector]:
    try:
        connector = Connector()
    except EventsUnavailable as error:
        pytest.fail(str(error)) if os.environ.get("CI") == "true" else pytest.skip(str(error))
    yield connector
    connector.close()


def hear(connector: Connector, holds: Callable[[list[tuple[int, int]]], bool]) -> list[tuple[int, int]]:
    """Everything heard until the condition holds: what, and which pid."""
    heard: list[tuple[int, int]] = []

    def listen() -> bool:
        heard.extend((event.what, event.pid) for event in connector.read().events)
        return holds(heard)

    wait_for(listen)
    return heard


def test_the_kernel_tells_of_a_program_from_its_start_to_its_end(connector: Connector) -> None:
    pid = subprocess.Popen(["true"])
    pid.wait()
    heard = hear(connector, lambda heard: (EXIT, pid.pid) in heard)
    assert [what for what, of in heard if of == pid.pid] == [FORK, EXEC, EXIT]


def test_threads_are_not_reported(connector: Connector) -> None:
    native: list[int] = []
    thread = threading.Thread(target=lambda: native.append(threading.get_native_id()))
    thread.start()
    thread.join()
    with subprocess.Popen(["true"]) as after:
        heard = hear(connector, lambda heard: (EXIT, after.pid) in heard)
    assert native[0] not in {pid for _, pid in heard}


def test_events_have_the_moment_they_happened(connector: Connector) -> None:
    began = time.monotonic_ns()
    subprocess.run(["true"], check=True)
    events = connector.read().events
    assert events
    assert all(began - 10**9 < event.at_ns < time.monotonic_ns() for event in events)


def test_a_buffer_that_overflows_is_said(connector: Connector) -> None:
    small = Connector(buffer_bytes=2048)
    for _ in range(100):
        subprocess.run(["true"], check=True)
    assert small.read().lost
    assert not connector.read().lost
    small.close()


@pytest.mark.parametrize("options", [["--pid", "--fork"], ["--net"], ["--user", "--map-root-user"]])
def test_in_other_namespaces_it_says_that_no_events_arrive(options: list[str], connector: Connector) -> None:
    program = (
        "from inspector.agent.host_events import open_host_events; ear = open_host_events();"
        "print(*(f'{gap.what} {gap.why}' for gap in ear.gaps))"
    )
    command = ["unshare", *options, sys.executable, "-c", program]
    with starting_programs():
        found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout == "events unsupported\n"


@contextlib.contextmanager
def starting_programs() -> Iterator[None]:
    """The host starts programs all the while, so that events never cease."""
    over = threading.Event()

    def start() -> None:
        while not over.wait(0.05):
            subprocess.run(["true"], check=True)

    thread = threading.Thread(target=start)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_program_is_seen_when_it_starts_and_gone_when_it_ends(tmp_path: Path, connector: Connector) -> None:
    with Watching(tmp_path, HostEvents(connector)) as watching:
        sleep = subprocess.Popen(["sleep", "1000"])
        wait_for(lambda: (found := watching.find(sleep.pid)) and found.comm == "sleep")
        sleep.kill()
        sleep.wait()
        wait_for(lambda: watching.find(sleep.pid) is None)


def test_most_processes_that_end_before_the_scan_are_never_read(
    tmp_path: Path, connector: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: set[int] = set()
    glance = Scanner.partial_scan

    def record(self: Scanner, pids: Collection[int], containers: Collection[str] = ()) -> PartialScan:
        read.update(pids)
        return glance(self, pids, containers)

    monkeypatch.setattr(Scanner, "partial_scan", record)
    with Watching(tmp_path, HostEvents(connector)) as watching:
        short = set()
        for _ in range(100):
            process = subprocess.Popen(["true"])
            process.wait()
            short.add(process.pid)
        last = subprocess.Popen(["sleep", "1000"])
        wait_for(lambda: watching.find(last.pid))
        last.kill()
        last.wait()
    assert last.pid in read
    assert len(read & short) < len(short) / 2


def test_lost_events_lead_to_a_full_scan_and_the_right_state(tmp_path: Path) -> None:
    small = Connector(buffer_bytes=2048)
    with Watching(tmp_path, HostEvents(small)) as watching:
        many = [subprocess.Popen(["sleep", "1000"]) for _ in range(60)]
        wait_for(lambda: all(watching.find(sleep.pid) for sleep in many))
        for sleep in many:
            sleep.kill()
            sleep.wait()
        wait_for(lambda: not any(watching.find(sleep.pid) for sleep in many))
    small.close()
