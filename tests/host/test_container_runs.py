"""What Docker says of the run of a container: its end, its health, its restarts and its published ports."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import docker
import pytest
from django.core.management import call_command
from docker.models.containers import Container as Run

from inspector.agent.collect.docker.engine import DockerEngine
from inspector.agent.collect.docker.socket import SOCKET
from inspector.agent.scan.scanner import Scanner
from inspector.analysis.feed import from_history as feed
from inspector.analysis.feed.entries import Entry
from inspector.analysis.text.feed import say
from inspector.facts.types import Container, HostState, Limits
from inspector.history import hosts
from inspector.history.record import record
from inspector.history.states import state_at
from tests import demo
from tests.support.looking_agent import Looking
from tests.support.running import wait_for

pytestmark = [pytest.mark.docker, pytest.mark.django_db]

PREFIX = f"isoscope-run-{os.getpid()}-"
EAT = ["sh", "-c", "sleep 1; dd if=/dev/zero of=/dev/null bs=64M"]

TWICE = {"Name": "on-failure", "MaximumRetryCount": 2}


def run(client: docker.DockerClient, name: str, **options: object) -> Run:
    return demo.run(client, name, PREFIX, **options)


def find(state: HostState, sample: Run) -> Container:
    return next(one for one in state.containers if one.id == sample.id)


def scan() -> HostState:
    return Scanner(engine=DockerEngine()).scan()


def reached(sample: Run, state: str) -> bool:
    sample.reload()
    return bool(sample.status == state)


def test_an_end_tells_its_exit_code_and_whether_memory_was_the_reason(client: docker.DockerClient) -> None:
    failed = run(client, "failed", command=["sh", "-c", "exit 3"])
    killed = run(client, "killed", command=EAT, mem_limit="16m")
    alive = run(client, "alive")
    for sample in (failed, killed):
        wait_for(lambda sample=sample: reached(sample, "exited"))
    state = scan()
    assert (find(state, failed).exit_code, find(state, failed).oom_killed) == (3, False)
    assert (find(state, killed).exit_code, find(state, killed).oom_killed) == (137, True)
    assert find(state, alive).exit_code is None, "it runs"
    assert (find(state, alive).restarts, find(state, alive).health, find(state, alive).ports) == (0, "none", ())
    assert find(state, alive).health_check == ()
    shown = io.StringIO()
    call_command("scan", stdout=shown, stderr=io.StringIO())
    assert "exited, exit 137, out of memory" in shown.getvalue()
    call_command("scan", "--json", stdout=(raw := io.StringIO()), stderr=io.StringIO())
    assert {one["exit_code"] for one in json.loads(raw.getvalue())["containers"]} >= {3, 137, None}


def test_restarts_by_the_policy_are_counted(client: docker.DockerClient) -> None:
    sample = run(
        client, "loop", command=["sh", "-c", "exit 7"], restart_policy={"Name": "on-failure", "MaximumRetryCount": 2}
    )
    wait_for(lambda: reached(sample, "exited"))
    found = find(scan(), sample)
    assert (found.restarts, found.exit_code) == (2, 7)


def test_published_ports_name_the_docker_proxy_that_serves_them(client: docker.DockerClient) -> None:
    sample = run(client, "ports", ports={"80/tcp": None, "53/udp": ("127.0.0.1", None), "99/tcp": []})
    state = scan()
    ports = find(state, sample).ports
    assert ports is not None
    assert {(port.container_port, port.protocol) for port in ports} == {(80, "tcp"), (53, "udp")}
    by_pid = {process.pid: process for process in state.processes}
    for port in ports:
        assert port.proxy is not None
        proxy = by_pid[port.proxy]
        assert proxy.role == "proxy" and str(port.host_port) in proxy.cmdline
    sample.stop(timeout=0)
    assert find(scan(), sample).ports == ()


def entries_of(looking: Looking, sample: Run) -> list[Entry]:
    host = hosts.get(looking.agent.machine_id)
    found = feed.entries_between(host, 1, host.last_seq)
    return [entry for entry in found if entry.container == sample.id and entry.kind.startswith("container-")]


def has_told(looking: Looking, sample: Run, **facts: object) -> bool:
    """Whether a frame changed the container to these facts."""
    return any(
        item.key == sample.id and all(getattr(item.set, name) == value for name, value in facts.items())
        for diff in looking.diffs()
        for item in diff.containers.change
    )


def record_all(looking: Looking) -> None:
    for frame in looking.read():
        assert record(frame).agrees


def test_the_feed_says_how_a_container_ended(client: docker.DockerClient, tmp_path: Path) -> None:
    looking = Looking(SOCKET, tmp_path)
    try:
        wait_for(lambda: looking.engine.latest().fresh)
        killed = run(client, "eater", command=EAT, mem_limit="16m")
        brief = run(client, "brief", command=["sh", "-c", "sleep 1; exit 7"], auto_remove=True)
        wait_for(lambda: has_told(looking, killed, exit_code=137))
        wait_for(lambda: any(brief.id in diff.containers.remove for diff in looking.diffs()))
    finally:
        looking.stop()
    record_all(looking)
    said = [say(entry) for entry in entries_of(looking, killed)]
    assert f"{PREFIX}eater stopped, exit 137, out of memory" in said
    said = [say(entry) for entry in entries_of(looking, brief)]
    assert f"{PREFIX}brief stopped, exit 7" in said, "Docker removed it with its end"
    kept = find(state_at(hosts.get(looking.agent.machine_id), hosts.get(looking.agent.machine_id).last_seq), killed)
    assert (kept.exit_code, kept.oom_killed, kept.restarts) == (137, True, 0)


def test_a_flapping_health_check_is_told_once_and_then_held(client: docker.DockerClient, tmp_path: Path) -> None:
    check = {"test": ["CMD-SHELL", "test -e /tmp/up"], "interval": 10**9, "retries": 1, "timeout": 10**9 * 5}
    looking = Looking(SOCKET, tmp_path)
    try:
        wait_for(lambda: looking.engine.latest().fresh)
        sample = run(client, "sick", healthcheck=check, command=["sh", "-c", "touch /tmp/up; exec sleep 1000"])
        wait_for(lambda: has_told(looking, sample, health="healthy"))
        for healthy in (False, True, False, True):
            sample.exec_run(["touch" if healthy else "rm", "/tmp/up"])
            wait_for(lambda healthy=healthy: health_of(sample) == ("healthy" if healthy else "unhealthy"))
        wait_for(lambda: has_told(looking, sample, health="unhealthy"))
    finally:
        looking.stop()
    record_all(looking)
    changes = [entry for entry in entries_of(looking, sample) if entry.field == "health" and not entry.noise]
    assert [(entry.before, entry.after) for entry in changes] == [("healthy", "unhealthy")]
    assert say(changes[0]) == f"{PREFIX}sick: health healthy → unhealthy"
    host = hosts.get(looking.agent.machine_id)
    assert find(state_at(host, host.last_seq), sample).health_check == ("/bin/sh", "-c", "test -e /tmp/up")


def health_of(sample: Run) -> str:
    sample.reload()
    return str(sample.attrs["State"]["Health"]["Status"])


def test_docker_update_is_told_in_units(client: docker.DockerClient, tmp_path: Path) -> None:
    looking = Looking(SOCKET, tmp_path)
    try:
        wait_for(lambda: looking.engine.latest().fresh)
        sample = run(client, "limited", mem_limit="64m", memswap_limit="1g", cpu_period=100_000, cpu_quota=50_000)
        wait_for(lambda: (64 << 20, 0.5) in told_limits(looking, sample))
        client.api.update_container(sample.id, mem_limit="128m", cpu_period=100_000, cpu_quota=150_000)
        wait_for(lambda: (128 << 20, 1.5) in told_limits(looking, sample))
    finally:
        looking.stop()
    record_all(looking)
    said = [say(entry) for entry in entries_of(looking, sample)]
    assert f"{PREFIX}limited reconfigured: memory 64 MiB → 128 MiB" in said
    assert f"{PREFIX}limited reconfigured: CPU cores 0.5 → 1.5" in said


def told_limits(looking: Looking, sample: Run) -> list[tuple[int | None, float | None]]:
    """The limits of memory and CPU that frames brought of the container."""
    limits = [one.limits for diff in looking.diffs() for one in diff.containers.add if one.id == sample.id]
    changed = [item.set for diff in looking.diffs() for item in diff.containers.change if item.key == sample.id]
    limits += [fields.limits for fields in changed if isinstance(fields.limits, Limits)]
    return [(one.memory_bytes, one.cpu_cores) for one in limits]
