from __future__ import annotations

import msgspec

from inspector.analysis.compare.comparison import compare, findings_of
from inspector.analysis.compare.findings import Finding
from inspector.analysis.compare.noise import Folding
from inspector.analysis.compare.sides import sides_of
from inspector.analysis.text.comparison import say
from inspector.analysis.text.escape import plain
from inspector.facts.types import Gap, Holder, Holders, HostState, Process
from tests.support.compared_states import INITIAL, OWN, OWN_SPACES, SPACES
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


def test_a_namespace_is_left_behind_by_its_last_process_alone():
    mounts = Holders("mount", 4, (Holder(None, INITIAL.mnt, "/run/netns/x"), Holder(None, INITIAL.mnt, "/y")))
    net = msgspec.structs.replace(OWN_SPACES[4], holders=(mounts,))
    inside = msgspec.structs.replace(INITIAL, net=net.key)
    one, other = (a_process(pid, namespaces=inside) for pid in (40, 41))
    hidden = msgspec.structs.replace(one, namespaces=msgspec.structs.replace(INITIAL, net=None))

    def said(before: list[Process], after: list[Process], *gaps: Gap) -> list[str]:
        states = (a_state([a_process(1), *before], [*SPACES, net]), a_state([*after], [*SPACES, net], gaps=gaps))
        every = findings_of(compare(*sides_of(*states), Folding()))
        return [say(finding, {}, plain) for finding in every if finding.group == "namespaces"]

    init = a_process(1)
    left = f"{net.type}:[{net.inode}] left behind, held by bind mount /run/netns/x, bind mount /y and 2 more"
    [line] = said([one, other], [init])
    assert line == f"{left}: no container's, {net.type}:[{net.inode}]"
    assert said([one, other], [init, other]) == []
    assert said([one], [init, hidden]) == []  # it may live there
    assert said([one], [], Gap(None, "proc", "gone")) == []
    [line] = said([], [init, one])
    assert line.startswith(f"{net.type}:[{net.inode}] lived in again: ")
