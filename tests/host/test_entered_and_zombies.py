"""Processes that entered a container, and zombies in one: on the real kernel and the real Docker."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from django.core.management import call_command
from docker.models.containers import Container as Run

from inspector.agent.collect.docker.engine import DockerEngine
from inspector.agent.collect.docker.socket import SOCKET
from inspector.agent.scan.scanner import Scanner
from inspector.facts.sharing import types_entered
from inspector.facts.types import HostState, Process
from inspector.history import hosts
from inspector.history.record import record
from inspector.history.states import state_at
from tests import demo
from tests.support.looking_agent import Looking
from tests.support.running import wait_for

pytestmark = [pytest.mark.docker, pytest.mark.django_db]

PREFIX = f"isoscope-entered-{os.getpid()}-"
ORPHANS = ["sh", "-c", "sleep 1 & exec sleep 1000000"]  # its init never waits for its child


@contextlib.contextmanager
def entered(sample: Run, *types: str) -> Iterator[int]:
    """A process of the host in namespaces of the container; its pid."""
    sample.reload()
    target = ["nsenter", "--no-fork", "-t", str(sample.attrs["State"]["Pid"]), *types, "sleep", "77"]
    with subprocess.Popen(target) as process:
        wait_for(lambda: Path(f"/proc/{process.pid}/comm").read_text().strip() == "sleep")
        try:
            yield process.pid
        finally:
            process.kill()


@contextlib.contextmanager
def by_ip_netns(name: str, *make: str) -> Iterator[int]:
    """A process that ``ip netns exec`` started in a network namespace with a name; its pid."""
    subprocess.run(["ip", "netns", *make], check=True)
    try:
        with subprocess.Popen(["ip", "netns", "exec", name, "sleep", "77"]) as process:
            wait_for(lambda: Path(f"/proc/{process.pid}/comm").read_text().strip() == "sleep")
            try:
                yield process.pid
            finally:
                process.kill()
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=True)


def find(state: HostState, pid: int) -> Process:
    return next(process for process in state.processes if process.pid == pid)


def test_who_enters_one_namespace_of_a_container_or_all_is_told(client: docker.DockerClient) -> None:
    web = demo.run(client, "web", PREFIX)
    sidecar = demo.run(client, "sidecar", PREFIX, network_mode=f"container:{web.id}")
    sidecar.exec_run(["sleep", "78"], detach=True)
    with entered(web, "--net") as one, entered(sidecar, "--all") as every:
        scanner = Scanner(engine=DockerEngine())
        state = scanner.scan()
        types = types_entered(state)
        assert find(state, one).entered == web.id, "of those that share it the one that had it first"
        assert types[find(state, one).key] == ["net"]
        assert find(state, every).entered == sidecar.id
        assert set(types[find(state, every).key]) >= {
            "mnt",
            "uts",
            "ipc",
        }  # its children would be in the pid namespace
        assert find(state, one).container is None and find(state, every).container is None
        told = {process.pid for process in state.processes if process.entered in (web.id, sidecar.id)}
        assert told == {one, every}, "neither docker exec, nor the sidecar, nor the engine's own processes"
        shown = io.StringIO()
        call_command("scan", stdout=shown, stderr=io.StringIO())
        assert f"sleep({one}) in {PREFIX}web: net" in shown.getvalue()
        again = scanner.partial_scan([one, every])
        assert not [item for item in again.changes.processes.change if item.key in types], "nothing changed"


@pytest.mark.skipif(shutil.which("ip") is None, reason="there is no ip(8)")
def test_who_ip_netns_exec_put_into_a_container_is_told_and_one_elsewhere_is_not(client: docker.DockerClient) -> None:
    web = demo.run(client, "web", PREFIX)
    web.reload()
    inside, elsewhere = f"{PREFIX}inside", f"{PREFIX}elsewhere"
    init = str(web.attrs["State"]["Pid"])
    with by_ip_netns(inside, "attach", inside, init) as pid, by_ip_netns(elsewhere, "add", elsewhere) as other:
        state = Scanner(engine=DockerEngine()).scan()
        assert (find(state, pid).entered, find(state, pid).container) == (web.id, None)
        assert types_entered(state)[find(state, pid).key] == ["net"]
        assert find(state, other).entered is None
        assert find(state, other).namespaces.net not in (
            find(state, pid).namespaces.net,
            find(state, 1).namespaces.net,
        )


def test_who_enters_is_recorded(client: docker.DockerClient, tmp_path: Path) -> None:
    looking = Looking(SOCKET, tmp_path)
    try:
        web = demo.run(client, "web", PREFIX)
        wait_for(lambda: any(one.id == web.id and one.init_pid for one in looking.engine.latest().containers))
        with entered(web, "--net") as pid:
            wait_for(lambda: entered_told(looking, pid) == web.id)
    finally:
        looking.stop()
    for frame in looking.read():
        assert record(frame).agrees
    host = hosts.get(looking.agent.machine_id)
    kept = [process for seq in range(1, host.last_seq + 1) for process in state_at(host, seq).processes]
    assert any(process.pid == pid and process.entered == web.id for process in kept)


def entered_told(looking: Looking, pid: int) -> str | None:
    facts = [fact for diff in looking.diffs() for fact in diff.processes.add if fact.pid == pid]
    changed = [item.set for diff in looking.diffs() for item in diff.processes.change if f":{pid}:" in item.key]
    told = [getattr(fact, "entered", None) for fact in (*facts, *changed)]
    return next((one for one in reversed(told) if isinstance(one, str)), None)


def test_a_zombie_keeps_its_container_and_has_no_gap(client: docker.DockerClient) -> None:
    sample = demo.run(client, "orphans", PREFIX, command=ORPHANS)
    scanner = Scanner(engine=DockerEngine())
    child = next(one for one in scanner.scan().processes if one.container == sample.id and one.role == "child")
    wait_for(lambda: ") Z " in Path(f"/proc/{child.pid}/stat").read_text())
    for state in (scanner.scan(), Scanner(engine=DockerEngine()).scan()):  # known before, and seen for the first time
        zombie = find(state, child.pid)
        assert (zombie.state, zombie.container, zombie.role) == ("zombie", sample.id, "child")
        assert zombie.entered is None
        assert not [gap for gap in state.coverage.gaps if gap.pid == child.pid]
        assert all(process.state == "alive" for process in state.processes if process.pid == child.ppid)
    shown = io.StringIO()
    call_command("scan", stdout=shown, stderr=io.StringIO())
    assert any(f"({child.nspid[0]}→{child.nspid[1]}) zombie" in line for line in shown.getvalue().splitlines())


def test_page_cache_is_not_in_use(client: docker.DockerClient) -> None:
    write = ["sh", "-c", "dd if=/dev/zero of=/tmp/f bs=1M count=40; exec sleep 1000000"]
    sample = demo.run(client, "cache", PREFIX, command=write, mem_limit="64m")
    scanner = Scanner(engine=DockerEngine())
    scanner.scan()
    wait_for(lambda: (scanner.usage()[sample.id].cache_bytes or 0) > 30 << 20)
    used = scanner.usage()[sample.id]
    assert used.memory_bytes is not None and used.cache_bytes is not None
    assert used.memory_bytes - used.cache_bytes < 10 << 20
