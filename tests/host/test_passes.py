"""What no event tells is seen by a pass: on the real kernel, by an agent without events that makes no full scans."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.agent.host_events import HostEvents
from inspector.facts.types import NamespaceSet, Process
from tests.support.kernel_reader import kernel_reader
from tests.support.running import wait_for
from tests.support.watching import Watching

pytestmark = pytest.mark.root

PUPPET = """
import ctypes, os, sys

libc = ctypes.CDLL(None, use_errno=True)

def unshare(flags):
    if libc.unshare(flags):
        sys.exit(os.strerror(ctypes.get_errno()))

def enter(pid, kind):
    with open(f"/proc/{pid}/ns/{kind}") as space:
        if libc.setns(space.fileno(), 0):
            sys.exit(os.strerror(ctypes.get_errno()))

def rewrite():
    arguments = int(open("/proc/self/stat").read().rpartition(")")[2].split()[45])  # arg_start
    ctypes.memset(arguments, ord("x"), 6)

for line in sys.stdin:
    exec(line)
    print("done", flush=True)
"""
"""It does what it is told, and starts no program."""

CLONE_NEWUTS = 0x04000000
CGROUPS = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/systemd"), Path("/sys/fs/cgroup/unified"))


class Puppet:
    """A process that does what it is told."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PUPPET], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.pid = self.process.pid
        self.do("pass")

    def do(self, line: str) -> None:
        """Run a line of Python in it."""
        assert self.process.stdin is not None and self.process.stdout is not None
        print(line, file=self.process.stdin, flush=True)
        assert self.process.stdout.readline() == "done\n"

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def watching() -> Iterator[Watching]:
    with tempfile.TemporaryDirectory() as folder, Watching(Path(folder), HostEvents(), reader=kernel_reader()) as one:
        yield one


@pytest.fixture
def puppet(watching: Watching) -> Iterator[Puppet]:
    """One that the agent has seen already."""
    one = Puppet()
    wait_for(lambda: (found := watching.find(one.pid)) and found.cmdline[:2] == (sys.executable, "-c"))
    yield one
    one.end()


def read(watching: Watching, puppet: Puppet) -> Process:
    found = watching.find(puppet.pid)
    assert found is not None
    return found


def namespaces(watching: Watching, puppet: Puppet) -> NamespaceSet:
    return read(watching, puppet).namespaces


def test_a_program_is_seen_although_no_event_tells_of_it_and_so_is_its_end(watching: Watching) -> None:
    sleep = subprocess.Popen(["sleep", "1000"])
    wait_for(lambda: (found := watching.find(sleep.pid)) and found.comm == "sleep")
    sleep.kill()
    sleep.wait()
    wait_for(lambda: watching.find(sleep.pid) is None)


def test_unshare_and_setns_without_a_program(watching: Watching, puppet: Puppet) -> None:
    before = namespaces(watching, puppet)
    puppet.do(f"unshare({CLONE_NEWUTS})")
    wait_for(lambda: namespaces(watching, puppet).uts != before.uts)
    assert namespaces(watching, puppet).uts in {space.key for space in watching.state.namespaces}
    puppet.do(f"enter({os.getpid()}, 'uts')")
    wait_for(lambda: namespaces(watching, puppet) == before)


def test_other_capabilities_and_another_account(watching: Watching, puppet: Puppet) -> None:
    assert read(watching, puppet).uid == 0
    puppet.do("os.setuid(65534)")
    wait_for(lambda: read(watching, puppet).uid == 65534)
    told = read(watching, puppet).confinement
    assert told is not None
    assert (told.effective, told.permitted, told.euid) == (0, 0, 65534)


@contextlib.contextmanager
def control_group() -> Iterator[Path]:
    """A new one, in whichever hierarchy this host has; what is in it goes back where it was."""
    root = next(root for root in CGROUPS if (root / "cgroup.procs").exists())
    group = root / f"isoscope-{os.getpid()}"
    group.mkdir()
    try:
        yield group
    finally:
        for pid in (group / "cgroup.procs").read_text().split():
            (root / "cgroup.procs").write_text(pid)
        group.rmdir()


def test_a_move_to_another_control_group(watching: Watching, puppet: Puppet) -> None:
    with control_group() as group:
        (group / "cgroup.procs").write_text(str(puppet.pid))
        wait_for(lambda: group.name in (read(watching, puppet).cgroup or ""))
    wait_for(lambda: group.name not in (read(watching, puppet).cgroup or ""))


def test_a_rewritten_command_line(watching: Watching, puppet: Puppet) -> None:
    puppet.do("rewrite()")
    wait_for(lambda: read(watching, puppet).cmdline[0].startswith("xxxxxx"))


def test_a_zombie_and_its_end(watching: Watching, puppet: Puppet) -> None:
    puppet.do("child = os.fork() or os._exit(0)")
    [pid] = Path(f"/proc/{puppet.pid}/task/{puppet.pid}/children").read_text().split()
    wait_for(lambda: (found := watching.find(int(pid))) and found.state == "zombie")
    puppet.do("os.waitpid(child, 0)")
    wait_for(lambda: watching.find(int(pid)) is None)


def test_a_process_that_is_stopped_and_goes_on(watching: Watching, puppet: Puppet) -> None:
    puppet.process.send_signal(signal.SIGSTOP)
    wait_for(lambda: read(watching, puppet).state == "stopped")
    puppet.process.send_signal(signal.SIGCONT)
    wait_for(lambda: read(watching, puppet).state == "alive")
