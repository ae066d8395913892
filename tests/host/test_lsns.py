"""The real kernel, with lsns(8) as the oracle: Isoscope sees at least what it sees, with the same processes in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from inspector.agent.scan.scanner import Scanner
from inspector.facts.namespaces import TYPES, parse_link
from inspector.facts.types import HostState, NamespaceSet
from tests.support.old_kernel import OldKernel, needs_numbers
from tests.support.unshared import unshared

ROOT = Path(__file__).resolve().parents[2]
NOBODY = "65534"

Members = dict[tuple[str, int], int]
"""(type, inode) → how many processes."""


def ask_lsns() -> Members:
    """What lsns shows, but for lsns itself, which lives where this test does."""
    output = subprocess.run(
        ["lsns", "--json", "--output", "NS,TYPE,NPROCS"], capture_output=True, text=True, check=True
    ).stdout
    own = {parse_link(str(link.readlink())) for link in Path("/proc/self/ns").iterdir()}
    rows: list[dict[str, Any]] = json.loads(output)["namespaces"]
    spaces = {(row["type"], int(row["ns"])): int(row["nprocs"]) for row in rows}
    return {space: number - (space in own) for space, number in spaces.items() if number > 0}


def ask_isoscope() -> Members:
    return members_of(Scanner().scan())


def members_of(state: HostState) -> Members:
    return {(space.type, space.inode): space.processes for space in state.namespaces if space.processes}


def find_disagreement(attempts: int = 5) -> Members:
    """What lsns sees and Isoscope does not see alike, in each of several attempts: what came or went falls out.

    Scanned before and after lsns: where the two scans differ, processes moved meanwhile, and lsns may say anything.
    """
    wrong: Members | None = None
    for _ in range(attempts):
        before, theirs, after = ask_isoscope(), ask_lsns(), ask_isoscope()
        found = {
            space: number
            for space, number in theirs.items()
            if before.get(space) == after.get(space) and before.get(space) != number
        }
        wrong = found if wrong is None else {space: found[space] for space in wrong.keys() & found.keys()}
        if not wrong:
            break
    return wrong or {}


@pytest.mark.root
def test_it_sees_every_namespace_that_lsns_sees_with_as_many_processes() -> None:
    flags = ("--mount", "--uts", "--ipc", "--net", "--cgroup")
    with (
        unshared(*flags, number=3) as three,
        unshared("--user", "--pid", "--fork", "--kill-child") as inner,
        unshared("--time", "--fork") as shifted,
    ):
        state = Scanner().scan()
        theirs = ask_lsns()
        ours = members_of(state)
        keys = {process.pid: process.namespaces for process in state.processes}
        inherited = keys[os.getpid()].known()
        mine = {key for pid in (*three, *inner, *shifted) for _, key in keys[pid] if key not in inherited}
        made = {(space.type, space.inode) for space in state.namespaces if space.key in mine}
        assert {kind for kind, _ in made} == set(TYPES)
        assert {space: ours[space] for space in made} == {space: theirs.get(space) for space in made}
        assert find_disagreement() == {}


@pytest.mark.root
def test_the_members_that_lsns_lists_are_the_members() -> None:
    with unshared("--uts", number=4) as pids:
        state = Scanner().scan()
        sets = {process.pid: process.namespaces for process in state.processes}
        [key] = {sets[pid].uts for pid in pids}
        [space] = [space for space in state.namespaces if space.key == key]
        output = subprocess.run(
            ["lsns", "--json", "--output", "PID", str(space.inode)], capture_output=True, text=True, check=True
        ).stdout
        listed = {int(row["pid"]) for row in next(iter(json.loads(output).values()))}
        assert listed == set(pids) == {pid for pid, found in sets.items() if found.uts == key}


def make_and_drop(scanner: Scanner) -> tuple[int, str]:
    """Inode and key of a uts namespace that lived for one scan."""
    with unshared("--uts") as (pid,):
        state = scanner.scan()
    [process] = [process for process in state.processes if process.pid == pid]
    [space] = [space for space in state.namespaces if space.key == process.namespaces.uts]
    return space.inode, space.key


def wait_for_tick() -> None:
    """Until the kernel's clock of starts has moved: without numbers, what begins in one tick is one."""
    ticks = os.sysconf("SC_CLK_TCK")
    before = int(time.clock_gettime(time.CLOCK_BOOTTIME) * ticks)
    while int(time.clock_gettime(time.CLOCK_BOOTTIME) * ticks) == before:
        pass


@pytest.mark.root
@pytest.mark.parametrize("kernel", [pytest.param(None, marks=needs_numbers), OldKernel()], ids=["numbers", "inodes"])
def test_a_namespace_made_again_under_the_same_inode_is_another_one(kernel: OldKernel | None) -> None:
    """The kernel gives a free inode number to the next who asks; others on this machine may ask in between."""
    scanner = Scanner(nsfs=kernel)
    lives = []
    for _ in range(12):
        lives.append(make_and_drop(scanner))
        wait_for_tick()
    assert len({inode for inode, _ in lives}) < len(lives), "no inode number was given twice: nothing was tried"
    assert len({key for _, key in lives}) == len(lives)


@pytest.mark.root
def test_an_ordinary_user_sees_what_the_kernel_allows_and_every_gap_is_counted() -> None:
    program = "import sys, msgspec; from inspector.agent.scan.scanner import Scanner; s = Scanner(); s.scan();" + (
        "sys.stdout.buffer.write(msgspec.json.encode(s.scan()))"
    )
    command = ["setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", sys.executable, "-c", program]
    with unshared("--uts") as (pid,):
        done = subprocess.run(command, capture_output=True, cwd=ROOT)
        if done.returncode != 0 and b"No module named" in done.stderr:
            pytest.skip("an ordinary user cannot read this Python")
        assert done.returncode == 0, done.stderr.decode()
        theirs = msgspec.json.decode(done.stdout, type=HostState)
    gaps = {(gap.pid, gap.what): gap.why for gap in theirs.coverage.gaps}
    [forbidden] = [process for process in theirs.processes if process.pid == pid]
    assert forbidden.namespaces == NamespaceSet()
    assert gaps[pid, "ns"] == "forbidden"
    assert forbidden.comm == "sh"
    own = [process for process in theirs.processes if process.uid == int(NOBODY) and process.namespaces.net]
    assert own
    for process in theirs.processes:
        known = len(process.namespaces.known())
        told = sum(1 for where, what in gaps if where == process.pid and what.startswith("ns"))
        if process.state == "zombie":  # it lives in none any more, which is no gap
            assert told == 0
        else:
            assert known == 8 or told == 1 or told == 8 - known


@pytest.mark.docker
def test_a_real_containers_limits_are_read_from_its_cgroup() -> None:
    from tests.fixtures.capture import connect, run

    with run(connect(), network_mode="none", mem_limit="32m", pids_limit=20) as container:
        scanner = Scanner()
        first, state = scanner.scan(), scanner.scan()  # what the first settled is not parsed again
        [found] = [one for one in state.containers if one.id == container.id]
        assert found in first.containers
        assert (found.limits.memory_bytes, found.limits.pids) == (32 * 2**20, 20)
        assert found.limits.cpu_cores is None
        usage = scanner.usage()[found.id]
        assert usage.pids == 1
        assert 0 < (usage.memory_bytes or 0) <= 32 * 2**20
