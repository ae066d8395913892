"""Numbers that the real kernel gives again, an inode and a pid, followed from the scan to the comparison."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from inspector.agent.scan.scanner import Scanner
from inspector.analysis.compare.comparison import findings_of
from inspector.analysis.compare.findings import Finding
from inspector.analysis.compare.from_history import compare_between
from inspector.analysis.compare.noise import Folding
from inspector.facts.diff import diff
from inspector.facts.types import HostState, Namespace, Process
from inspector.history import hosts, record
from inspector.history.states import state_at
from inspector.protocol.frames import Reset, as_diff
from tests.support.running import ROOT, wait_for

pytestmark = [pytest.mark.root, pytest.mark.django_db(transaction=True)]


@contextlib.contextmanager
def named_apart() -> Iterator[int]:
    """A process in a uts namespace of its own; the inode of that."""
    with subprocess.Popen(["unshare", "--uts", "sleep", "600"]) as sleeper:
        try:
            wait_for(lambda: uts_of(sleeper.pid) != uts_of(os.getpid()))
            yield uts_of(sleeper.pid)
        finally:
            sleeper.kill()


def uts_of(pid: int) -> int:
    return Path(f"/proc/{pid}/ns/uts").stat().st_ino


def scan_both_sides_of_a_reused_inode(scanner: Scanner) -> tuple[int, HostState, HostState]:
    """Make and drop namespaces until the kernel gives a number again: mostly it does so at once."""
    for _ in range(200):
        with named_apart() as inode:
            before = scanner.scan()
        with named_apart() as again:
            if again == inode:
                return inode, before, scanner.scan()
    pytest.fail("the kernel gave no inode again")


def recorded(before: HostState, after: HostState) -> list[Finding]:
    """What history says of the two states, once they went into it as an agent's frames."""
    name = before.host.machine_id
    record.record(Reset(name, 1, before.taken_at, before))
    record.record(as_diff(name, 1, 2, after, diff(before, after)))
    assert state_at(name, 1) == before
    assert state_at(name, 2) == after
    return list(findings_of(compare_between(hosts.get(name), 1, 2, Folding(all=True))))


def space(state: HostState, inode: int) -> Namespace:
    (found,) = (space for space in state.namespaces if (space.type, space.inode) == ("uts", inode))
    return found


def test_a_namespace_under_a_reused_inode_is_another_one_in_history_and_shown_as_recreated() -> None:
    inode, before, after = scan_both_sides_of_a_reused_inode(Scanner())
    old, new = space(before, inode), space(after, inode)
    assert old.key != new.key
    (finding,) = (item for item in recorded(before, after) if old.key in (item.before_key, item.key))
    assert (finding.group, finding.kind, finding.type) == ("namespaces", "recreated", "uts")
    assert {finding.before_key, finding.after_key} == {old.key, new.key}


@contextlib.contextmanager
def sleeping(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([*command, "sleep", "600"], cwd=ROOT) as process:
        try:
            yield process
        finally:
            for child in psutil.Process(process.pid).children():
                child.kill()
            process.kill()


def test_a_process_under_a_reused_pid_is_another_one_in_history_and_shown_as_ended_and_started() -> None:
    scanner = Scanner()
    with sleeping("env") as first:
        pid = first.pid
        wait_for(lambda: psutil.Process(pid).name() == "sleep")
        before = scanner.scan()
    with sleeping(sys.executable, "-m", "tests.support.reborn", str(pid)):
        wait_for(lambda: psutil.pid_exists(pid) and psutil.Process(pid).name() == "sleep")
        after = scanner.scan()
    old, new = process(before, pid), process(after, pid)
    assert (old.comm, new.comm) == ("sleep", "sleep")
    assert old.start_ticks < new.start_ticks and old.key != new.key
    changes = diff(before, after)
    assert old.key in changes.processes.remove
    assert new.key in {item.key for item in changes.processes.add}
    told = {item.key: item.kind for item in recorded(before, after) if item.key in (old.key, new.key)}
    assert told == {old.key: "gone", new.key: "appeared"}


def process(state: HostState, pid: int) -> Process:
    (found,) = (process for process in state.processes if process.pid == pid)
    return found
