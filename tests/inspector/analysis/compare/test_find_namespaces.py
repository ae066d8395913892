from __future__ import annotations

from inspector.analysis.compare.comparison import compare, findings_of
from inspector.analysis.compare.findings import Finding
from inspector.analysis.compare.noise import Folding
from inspector.analysis.compare.sides import sides_of
from inspector.analysis.text.comparison import say
from inspector.analysis.text.escape import plain
from inspector.facts.types import HostState, Process
from tests.support.compared_states import OWN, OWN_SPACES, SPACES
from tests.support.states import a_process, a_state


def host(*processes: Process) -> HostState:
    return a_state([a_process(1), *processes], [*SPACES, *(OWN_SPACES if processes else ())])


def told(before: HostState, after: HostState) -> list[Finding]:
    every = findings_of(compare(*sides_of(before, after), Folding()))
    return [finding for finding in every if finding.group == "isolated"]


def test_a_service_that_began_or_ended_is_a_finding_with_its_name():
    unit = "/system.slice/nginx.service"
    service = host(*(a_process(pid, "nginx", namespaces=OWN, cgroup=unit) for pid in (40, 41)))
    (began,) = told(host(), service)
    assert say(began, {}, plain) == "service nginx.service began: mnt uts ipc pid net user cgroup time"
    (ended,) = told(service, host())
    assert say(ended, {}, plain) == "service nginx.service ended: mnt uts ipc pid net user cgroup time"
    assert told(service, service) == []


def test_where_a_runtime_prepares_a_container_nothing_began():
    assert told(host(), host(a_process(40, "runc:[2:INIT]", namespaces=OWN))) == []
