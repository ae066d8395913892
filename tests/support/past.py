"""Two days of history of a host that no agent scans: ``python -m tests.support.past`` writes them.

Every half hour a process comes and the one before goes. Web runs throughout and restarts once, batch starts,
stops and is removed, and for eight hours there was no agent.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from playwright.sync_api import Page

from inspector.facts.types import Chain, Container, HostState, Link, NamespaceSet, Process
from tests.support.running import ROOT
from tests.support.states import HOST, a_container, a_process, a_state, container_id, some_namespaces

HOUR = timedelta(hours=1)
LONG = 44 * HOUR  # retention keeps every snapshot of the last 48
AWAY = (20 * HOUR, 28 * HOUR)  # after the beginning
STARTED, STOPPED, REMOVED, RESTARTED = 6 * HOUR, 8 * HOUR, 10 * HOUR, 36 * HOUR
EVERY = HOUR / 2
MARKED = 30  # the number of a snapshot


def visit(page: Page, **query: object) -> None:
    """Open a link to this host as somebody would who was sent it; ``from_`` stands for ``from``."""
    words = "".join(f"&{name.rstrip('_')}={value}" for name, value in query.items())
    page.goto(f"{page.url.split('?')[0]}?host={HOST.machine_id}{words}")
    page.wait_for_function("() => globalThis.isoscope?.state()")


def write_past(data: Path, end: datetime) -> None:
    """Write it into the database of this data folder, up to a moment."""
    environ = os.environ | {"ISOSCOPE_DATA": str(data), "DJANGO_SETTINGS_MODULE": "dashboard.settings"}
    command = [sys.executable, "-m", "tests.support.past", end.isoformat()]
    subprocess.run(command, cwd=ROOT, env=environ, check=True)


def looks() -> Iterator[timedelta]:
    """When the host was looked at, after the beginning."""
    for number in range(int(LONG / EVERY) + 1):
        if not AWAY[0] < number * EVERY < AWAY[1]:
            yield number * EVERY


def state_after(passed: timedelta, begin: datetime) -> HostState:
    """What there was so long after the beginning."""
    number = int(passed / EVERY)
    spaces = [space for owner in (1, 2, 3) for space in some_namespaces(owner)[0]]
    containers = [web(50 if passed < RESTARTED else 51)]
    if STARTED <= passed < REMOVED:
        containers.append(batch(passed < STOPPED))
    members = [a_process(1, "init", ppid=0), a_process(2, "dockerd"), a_process(3, "containerd", ppid=2)]
    members += [a_process(1000 + number, f"job-{number}", start=number), *(init for _, init in containers if init)]
    known = [container for container, _ in containers]
    chains = [
        Chain(one.id, (Link(2, "daemon", None), Link(one.init_pid, "init", "runtime")))
        for one in known
        if one.init_pid
    ]
    used = {key for member in members for _, key in member.namespaces if key}
    spaces = [space for space in spaces if space.initial or space.key in used]
    return a_state(members, spaces, containers=known, chains=chains, taken_at=(begin + passed).isoformat())


def web(pid: int) -> tuple[Container, Process | None]:
    init = a_process(pid, "httpd", container=container_id(1), role="init", nspid=(pid, 1), namespaces=own(2))
    return a_container(1, "web", init_pid=pid), init


def batch(running: bool) -> tuple[Container, Process | None]:
    if not running:
        return a_container(2, "batch", state="exited"), None
    init = a_process(70, "batch", container=container_id(2), role="init", nspid=(70, 1), namespaces=own(3))
    return a_container(2, "batch", init_pid=70), init


def own(number: int) -> NamespaceSet:
    """A namespace set of its own but for what engines leave with the host."""
    host, mine = some_namespaces()[1], some_namespaces(number)[1]
    return msgspec.structs.replace(mine, user=host.user, cgroup=host.cgroup, time=host.time)


def record_all(end: datetime) -> None:
    from inspector.history import bookmarks, hosts, record
    from inspector.protocol.frames import Reset

    for number, passed in enumerate(looks(), 1):
        state = state_after(passed, end - LONG)
        record.record(Reset(HOST.machine_id, number, state.taken_at, state), end - LONG + passed)
        if number == 1:
            hosts.begin_watch(HOST.machine_id, EVERY.total_seconds())
    bookmarks.add(
        hosts.get(HOST.machine_id), MARKED, name="before the upgrade", note="all green", pinned=True, by="ann"
    )


if __name__ == "__main__":
    import django

    django.setup()
    record_all(datetime.fromisoformat(sys.argv[1]).astimezone(UTC))
