"""A made host of many containers in four Compose projects, before and after some busy minutes."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from inspector.facts.types import Container, HostState, Limits, NamespaceSet
from tests.support.states import a_container, a_process, a_state, some_namespaces

SPACES, INITIAL = some_namespaces(1)
PROJECTS: Final = ("shop", "data", "ci", "monitoring")
BEFORE, AFTER = "2026-11-23T03:10:00+00:00", "2026-11-23T03:25:00+00:00"


class _Made:
    """What was made of one moment so far."""

    def __init__(self) -> None:
        self.spaces = list(SPACES)
        self.processes = [a_process(1, namespaces=INITIAL)]
        self.containers: list[Container] = []

    def add(
        self, number: int, name: str, project: str, start: int = 100, net: str | None = None, **facts: Any
    ) -> None:
        """A container and its four processes, where it runs; it shares with the host what engines share."""
        spaces, own = some_namespaces(10 + number)
        own = shared_by_default(own, net)
        self.spaces += [space for space in spaces if space.key in own.known()]
        runs = facts.get("state", "running") == "running"
        pid = 1000 + 10 * number
        labels = {"com.docker.compose.project": project, "com.docker.compose.service": name}
        facts = {"init_pid": pid if runs else None, "labels": labels, "limits": Limits(memory_bytes=2**26)} | facts
        container = a_container(number, name, **facts)
        self.containers.append(container)
        about: dict[str, Any] = {"container": container.id, "namespaces": own, "start": start}
        roles = ("init", "child", "child", "child") if runs else ()
        self.processes += [a_process(pid + place, "app", role=role, **about) for place, role in enumerate(roles)]

    def state(self, taken_at: str) -> HostState:
        """The whole state."""
        return a_state(self.processes, self.spaces, containers=self.containers, taken_at=taken_at)


def shared_by_default(own: NamespaceSet, net: str | None = None) -> NamespaceSet:
    """These namespaces, with those of the host that a container has by default; ``net`` is another one."""
    return msgspec.structs.replace(
        own, user=INITIAL.user, cgroup=INITIAL.cgroup, time=INITIAL.time, net=net or own.net
    )


def quiet_host(count: int = 60) -> HostState:
    """So many containers that run."""
    made = _Made()
    for number in range(count):
        made.add(number, f"{PROJECTS[number % 4]}-service-{number}", PROJECTS[number % 4], image="app:1", restarts=0)
    return made.state(BEFORE)


def busy_host(count: int = 60) -> HostState:
    """Of ten containers one was recreated, one restarted, one went, one lost its limit and one ran out of memory.

    Every second one that was recreated is on the host's network now; six jobs are new.
    """
    made = _Made()
    for number in range(count):
        project, what = PROJECTS[number % 4], number % 10
        name, usual = f"{project}-service-{number}", {"image": "app:1", "restarts": 0}
        if what == 0:
            net = INITIAL.net if number % 20 == 0 else None
            made.add(1000 + number, name, project, net=net, image="app:2", restarts=0)
        elif what == 1:
            made.add(number, name, project, start=500, image="app:1", restarts=5)
        elif what == 3:
            made.add(number, name, project, limits=Limits(), **usual)
        elif what == 4:
            made.add(number, name, project, state="exited", exit_code=137, oom_killed=True, **usual)
        elif what != 2:
            made.add(number, name, project, **usual)
    for number in range(6):
        made.add(2000 + number, f"ci-job-{number}", "ci")
    return made.state(AFTER)
