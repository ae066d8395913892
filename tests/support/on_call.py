"""One night of a host with sixty containers in four projects: ``python -m tests.support.on_call`` writes it.

Every container of a project is like its neighbours, but for those that the night is about:

- ``shop-cache`` was killed for memory at 03:12 of the night and restarts by its policy ever since.
- ``data-zookeeper`` ended with 137 twice, and lies there since.
- ``monitoring-node-exporter`` shares the host's network, from the beginning; ``monitoring-promtail`` since 05:00.
- ``shop-web-logs`` is in the network namespace of ``shop-web-1``.
- ``shop-web-1`` runs its health check every few seconds, and is unhealthy since 06:00.
- ``ci-job-…`` come and go.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from inspector.facts.types import Container, Declared, HostState, Limits, NamespaceSet, Port, Process
from tests.support.running import ROOT
from tests.support.states import HOST, a_container, a_process, a_state, container_id, some_namespaces

MINUTE = timedelta(minutes=1)
LONG = 10 * 60 * MINUTE
"""The night: it ends when the test begins, in its words at 08:00."""

KILLED, DIED, EXPOSED, UNHEALTHY, DIED_AGAIN = (minutes * MINUTE for minutes in (312, 340, 420, 480, 500))
CHECK = ("/bin/sh", "-c", "wget -qO- http://127.0.0.1:8080/ >/dev/null")
_SERVICES = {
    "shop": "web-1 web-2 web-logs checkout payments cache queue postgres exporter mail search images cart stock "
    "report",
    "monitoring": "prometheus grafana node-exporter promtail alertmanager blackbox otel loki tempo thanos karma "
    "statsd vector mimir pyroscope",
    "ci": " ".join(f"gitlab-runner-docker-executor-{number:02}" for number in range(1, 16)),
    "data": "kafka-1 kafka-2 kafka-3 zookeeper spark minio airflow trino hive ranger flink druid superset nifi batch",
}
NAMES = [f"{project}-{service}" for project, services in _SERVICES.items() for service in services.split()]


class Piece(NamedTuple):
    """One container, with its processes."""

    container: Container
    processes: list[Process]


def number_of(name: str) -> int:
    return NAMES.index(name) + 2


def id_of(name: str) -> str:
    return container_id(number_of(name))


def pid_of(name: str) -> int:
    """The pid of its init, until it is started again."""
    return 1000 + 20 * number_of(name)


def looks() -> Iterator[timedelta]:
    """When the host was looked at, after the beginning."""
    for minutes in range(0, 600, 10):
        yield minutes * MINUTE
        for seconds in (20, 40) if minutes >= 500 else ():
            yield minutes * MINUTE + timedelta(seconds=seconds)
    yield LONG


def state_after(passed: timedelta, begin: datetime) -> HostState:
    """What there was so long after the beginning."""
    pieces = [piece_of(name, passed) for name in NAMES]
    job = int(passed / (10 * MINUTE))
    pieces.append(make(f"ci-job-{job}", 100 + job % 40, 1, passed))
    members = [a_process(1, "systemd", ppid=0), a_process(2, "dockerd"), a_process(3, "containerd", ppid=2)]
    members += [process for piece in pieces for process in piece.processes]
    used = {key for member in members for _, key in member.namespaces if key}
    spaces = [space for owner in range(1, 150) for space in some_namespaces(owner)[0]]
    spaces = [space for space in spaces if space.initial or space.key in used]
    known = [piece.container for piece in pieces]
    return a_state(members, spaces, containers=known, taken_at=(begin + passed).isoformat())


def piece_of(name: str, passed: timedelta) -> Piece:
    number = number_of(name)
    if name == "shop-cache":
        return cache(passed)
    if name == "data-zookeeper":
        return zookeeper(passed)
    if name == "data-batch":
        return make(name, number, 0, passed, state="exited", exit_code=0)
    if name in ("monitoring-node-exporter", "monitoring-promtail"):
        exposed = name == "monitoring-node-exporter" or passed >= EXPOSED
        declared = Declared(network="host" if exposed else "bridge")
        return make(name, number, 3, passed, ("net",) if exposed else (), begun=int(exposed), declared=declared)
    if name == "shop-web-logs":
        joined = Declared(network=f"container:{id_of('shop-web-1')}")
        return make(name, number, 2, passed, net=number_of("shop-web-1"), declared=joined)
    if name == "shop-web-1":
        return web(passed)
    return make(name, number, 3 + number % 4, passed)


def cache(passed: timedelta) -> Piece:
    """Killed for memory, and started again every ten minutes since."""
    often = max(0, int((passed - KILLED) / (10 * MINUTE)) + 1) if passed >= KILLED else 0
    facts = {"restarts": often, "oom_killed": often > 0, "limits": Limits(memory_bytes=8 * 2**20)}
    return make("shop-cache", number_of("shop-cache"), 2, passed, begun=often, **facts)


def zookeeper(passed: timedelta) -> Piece:
    number = number_of("data-zookeeper")
    if DIED <= passed < DIED + 30 * MINUTE or passed >= DIED_AGAIN:
        return make("data-zookeeper", number, 0, passed, state="exited", exit_code=137, oom_killed=False)
    return make("data-zookeeper", number, 3, passed, begun=int(passed >= DIED))


def web(passed: timedelta) -> Piece:
    health = "unhealthy" if passed >= UNHEALTHY else "healthy"
    ports = (Port("0.0.0.0", 8125, 8080, "tcp", None),)
    piece = make("shop-web-1", number_of("shop-web-1"), 4, passed, health=health, ports=ports)
    second = int(passed.total_seconds())
    check = a_process(
        30_000 + second // 20 % 1000, "sh", ppid=pid_of("shop-web-1"), start=second, cmdline=CHECK,
        container=piece.container.id, role="exec", nspid=(30_000, 40), namespaces=piece.processes[0].namespaces,
    )  # fmt: skip
    return Piece(piece.container, [*piece.processes, check])


def make(
    name: str,
    number: int,
    processes: int,
    passed: timedelta,
    host: tuple[str, ...] = (),
    begun: int = 0,
    net: int | None = None,
    **facts: Any,
) -> Piece:
    """A container of so many processes; ``begun`` is how often its init was replaced."""
    pid = 1000 + 20 * number
    init = pid + begun % 10 if processes else None
    project, _, service = name.partition("-")
    labels = {"com.docker.compose.project": project, "com.docker.compose.service": service}
    container = a_container(
        number, name, init_pid=init, labels=labels, image=f"registry.example/{service}:2.4", **facts
    )
    set_of = own(number, host, net)
    pids = [pid + begun % 10 + (10 + index if index else 0) for index in range(processes)]
    members = [
        a_process(
            own_pid, service[:15] if index else "sh", start=100 + begun,
            cmdline=(service, "--worker", str(index)) if index else ("sh", "-c", f"exec {service}"),
            container=container.id, role="child" if index else "init", nspid=(own_pid, index + 1), namespaces=set_of,
        )
        for index, own_pid in enumerate(pids)
    ]  # fmt: skip
    return Piece(container, members)


def own(number: int, host: tuple[str, ...], net: int | None) -> NamespaceSet:
    """Namespaces of its own, but those of the host that engines leave, and those that are named."""
    hosts, mine = some_namespaces()[1], some_namespaces(number)[1]
    shared = {kind: getattr(hosts, kind) for kind in ("user", "cgroup", "time", *host)}
    if net is not None:
        shared["net"] = some_namespaces(net)[1].net
    return msgspec.structs.replace(mine, **shared)


def write_night(data: Path, end: datetime) -> None:
    """Write it into the database of this data folder, up to a moment."""
    environ = os.environ | {"ISOSCOPE_DATA": str(data), "DJANGO_SETTINGS_MODULE": "dashboard.settings"}
    command = [sys.executable, "-m", "tests.support.on_call", end.isoformat()]
    subprocess.run(command, cwd=ROOT, env=environ, check=True)


def record_all(end: datetime) -> None:
    from inspector.history import hosts, record
    from inspector.protocol.frames import Reset

    for number, passed in enumerate(looks(), 1):
        state = state_after(passed, end - LONG)
        record.record(Reset(HOST.machine_id, number, state.taken_at, state), end - LONG + passed)
        if number == 1:
            hosts.begin_watch(HOST.machine_id, 600)


if __name__ == "__main__":
    import django

    django.setup()
    record_all(datetime.fromisoformat(sys.argv[1]).astimezone(UTC))
