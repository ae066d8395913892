"""What the feed tells between two snapshots, and what it leaves untold."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given

from inspector.analysis.compare.comparison import compare, findings_of
from inspector.analysis.compare.noise import PATTERNS, Folding, Matcher
from inspector.analysis.compare.pair import Pair
from inspector.analysis.compare.sides import sides_of
from inspector.analysis.feed.entries import KINDS, Entry, make_ran
from inspector.analysis.feed.find_entries import find_entries
from inspector.analysis.feed.tally import MOST_ALIKE, Tally
from inspector.analysis.text.feed import say
from inspector.facts.types import Confinement, Declared, Gap, HostState, Limits, Process
from tests.support.compared_states import (
    INITIAL,
    OTHER,
    OTHER_BOOT,
    OWN,
    OWN_SPACES,
    SIDECAR,
    SPACES,
    WEB,
    init_of,
    running,
)
from tests.support.lives import laws
from tests.support.states import a_container, a_process, a_state, host_states, some_namespaces

NEWS = ("state", "health", "oom_killed")
"""Fields of a container whose changes have entries of their own, as each of its limits has."""


def told(before: HostState, after: HostState) -> list[Entry]:
    return find_entries(Pair(*sides_of(before, after)), Matcher(PATTERNS))


def is_news(field: str) -> bool:
    return field in NEWS or field.startswith("limits.")


def kinds(before: HostState, after: HostState) -> list[str]:
    return [entry.kind for entry in told(before, after)]


@laws
@given(host_states(), host_states())
def test_containers_come_and_go_as_the_comparison_finds(before: HostState, after: HostState) -> None:
    findings = findings_of(compare(*sides_of(before, after), Folding(all=True)))
    found = [
        (f"container-{item.kind}", item.key)
        for item in findings
        if item.group == "containers" and item.kind != "changed"
    ]
    entries = [
        (entry.kind, entry.key)
        for entry in told(before, after)
        if entry.kind.startswith("container-") and not is_news(entry.field or "")
    ]
    assert entries == found


@laws
@given(host_states(), host_states())
def test_sharing_and_moves_are_those_of_the_comparison_whatever_is_told_together(
    before: HostState, after: HostState
) -> None:
    findings = list(findings_of(compare(*sides_of(before, after), Folding(all=True))))
    entries = told(before, after)
    for group in ("sharing", "moved"):
        names = ("namespace-joined",) if group == "moved" else ("sharing-began", "sharing-ended")
        found = {(item.key, item.type) for item in findings if item.group == group}
        assert found <= {(entry.key, kind) for entry in entries if entry.kind in names for kind in entry.types}


@laws
@given(host_states())
def test_nothing_happened_between_equal_states(state: HostState) -> None:
    assert told(state, state) == []


@laws
@given(host_states(), host_states())
def test_every_entry_is_of_a_kind_that_is_documented(before: HostState, after: HostState) -> None:
    assert {entry.kind for entry in told(before, after)} <= set(KINDS)


def test_a_container_that_starts_is_told_with_the_namespaces_it_brings() -> None:
    before = a_state([a_process(1)], SPACES)
    after = a_state([a_process(1), init_of(WEB)], [*SPACES, *OWN_SPACES], containers=[WEB])
    (started,) = told(before, after)
    assert (started.kind, started.name, started.seq) == ("container-started", "web", 1)
    assert set(started.types) == {"mnt", "uts", "ipc", "pid", "net", "user", "cgroup", "time"}
    (stopped,) = told(after, before)
    assert (stopped.kind, set(stopped.types)) == ("container-stopped", set(started.types))


def test_namespaces_of_no_container_are_told_by_themselves_in_one_entry() -> None:
    (created,) = told(a_state([], SPACES), a_state([], [*SPACES, *OWN_SPACES]))
    assert (created.kind, created.times, len(created.types)) == ("namespace-created", 8, 8)
    (left,) = told(a_state([], [*SPACES, *OWN_SPACES]), a_state([], SPACES))
    assert (left.kind, left.times) == ("namespace-left", 8)


def test_a_sandbox_that_begins_and_ends_is_told_instead_of_its_namespaces() -> None:
    shell, child = (a_process(pid, "bwrap", namespaces=OWN) for pid in (40, 41))
    before = a_state([a_process(1)], SPACES)
    (began,) = told(before, after := a_state([a_process(1), shell, child], [*SPACES, *OWN_SPACES]))
    assert (began.kind, began.field, began.name, began.pid) == ("isolate-began", "sandbox", "bwrap 40", 40)
    assert (len(began.types), began.noise) == (8, False)
    assert say(began) == "sandbox bwrap 40 began, with its own mnt uts ipc pid net user cgroup time"
    (ended,) = told(after, before)
    assert say(ended) == "sandbox bwrap 40 ended"


def test_a_process_that_joins_a_sandbox_begins_none() -> None:
    shell, child = (a_process(pid, "bwrap", namespaces=OWN) for pid in (40, 41))
    spaces = [*SPACES, *OWN_SPACES]
    assert kinds(a_state([a_process(1), shell], spaces), a_state([a_process(1), shell, child], spaces)) == []


def test_a_runtime_that_makes_namespaces_for_a_container_is_noise() -> None:
    runtime = a_process(40, "runc:[2:INIT]", namespaces=OWN)
    (entry,) = told(a_state([], SPACES), a_state([runtime], [*SPACES, *OWN_SPACES]))
    assert (entry.kind, entry.noise) == ("isolate-began", True)


def test_a_namespace_under_a_number_of_before_is_re_created() -> None:
    reused = msgspec.structs.replace(OWN_SPACES[0], inode=SPACES[0].inode)
    assert kinds(a_state([], SPACES), a_state([], [*SPACES[1:], reused])) == ["namespace-recreated"]


def test_what_docker_executes_in_a_container_is_told_with_its_command() -> None:
    shell = a_process(40, "sh", container=WEB.id, role="exec", namespaces=OWN, cmdline=("sh", "-c", "id"))
    (entry,) = told(running(init_of(WEB)), running(init_of(WEB), shell))
    assert (entry.kind, entry.where, entry.name, entry.after) == ("exec", "web", "sh", "sh -c id")
    assert not entry.noise


def test_a_health_check_is_noise() -> None:
    check = a_process(40, "sh", container=WEB.id, role="exec", namespaces=OWN, cmdline=("sh", "/healthcheck.sh"))
    (entry,) = told(running(init_of(WEB)), running(init_of(WEB), check))
    assert (entry.kind, entry.noise) == ("exec", True)


def test_a_runtime_on_its_way_into_a_container_is_told_once_it_is_what_it_was_started_as() -> None:
    stage = a_process(40, "runc:[2:INIT]", container=WEB.id, role="exec", namespaces=INITIAL)
    shell = a_process(40, "sh", container=WEB.id, role="exec", namespaces=OWN)
    before, between, after = running(init_of(WEB)), running(init_of(WEB), stage), running(init_of(WEB), shell)
    assert told(before, between) == []
    entries = told(between, after)
    assert {(entry.kind, entry.noise) for entry in entries} == {("exec", False), ("namespace-joined", True)}


def confined(permitted: int, **facts: Any) -> Process:
    known = Confinement(0, permitted, 0, 2**41 - 1, 0, "none", False, 0, 0)
    return a_process(7, **{"comm": "sudo", "confinement": known} | facts)


def test_a_process_that_gained_capabilities_is_told_with_their_names() -> None:
    (entry,) = told(running(confined(1)), running(confined(1 | 1 << 21 | 1 << 12)))
    assert (entry.kind, entry.pid, entry.after, entry.noise) == (
        "capabilities-gained",
        7,
        "net_admin sys_admin",
        False,
    )
    (runtime,) = told(running(confined(1)), running(confined(3, comm="runc:[2:INIT]")))
    assert runtime.noise


@pytest.mark.parametrize(
    "after",
    [
        confined(0),
        confined(1),
        confined(3, confinement=None),
        confined(3, namespaces=msgspec.structs.replace(INITIAL, user=None)),
    ],
)
def test_who_lost_capabilities_or_got_them_otherwise_gained_none(after: Process) -> None:
    assert "capabilities-gained" not in kinds(running(confined(1)), running(after))


def test_a_process_that_joins_a_namespace_is_told_once_with_all_types() -> None:
    joined = msgspec.structs.replace(INITIAL, net=OWN.net, mnt=OWN.mnt)
    (entry,) = told(running(init_of(WEB), a_process(7)), running(init_of(WEB), a_process(7, namespaces=joined)))
    assert (entry.kind, entry.pid, entry.types, entry.noise) == ("namespace-joined", 7, ("mnt", "net"), False)
    assert entry.before is not None and entry.before.startswith("the host's")
    assert entry.after is not None and entry.after.startswith("web's own")


def test_a_process_of_the_host_first_seen_inside_a_container_has_joined_it() -> None:
    spy = a_process(70, "nsenter", namespaces=msgspec.structs.replace(INITIAL, net=OWN.net))
    (entry,) = told(running(init_of(WEB)), running(init_of(WEB), spy))
    assert (entry.kind, entry.container, entry.pid, entry.types) == ("namespace-joined", None, 70, ("net",))


def test_a_process_of_a_container_first_seen_in_the_hosts_namespace_has_left_it() -> None:
    escaped = a_process(
        71, "sh", container=WEB.id, role="child", namespaces=msgspec.structs.replace(OWN, mnt=INITIAL.mnt)
    )
    (entry,) = told(running(init_of(WEB)), running(init_of(WEB), escaped))
    assert (entry.kind, entry.where, entry.types) == ("namespace-joined", "web", ("mnt",))
    assert (entry.after or "").startswith("the host's")


@pytest.mark.parametrize(
    "process",
    [
        a_process(70, "sh", container=WEB.id, role="child", namespaces=OWN),
        a_process(70, "cron"),
        a_process(70, "unshared", namespaces=msgspec.structs.replace(INITIAL, net=OTHER.net)),
    ],
)
def test_a_process_where_it_belongs_is_not_told(process: Any) -> None:
    assert told(running(init_of(WEB)), running(init_of(WEB), process)) == []


def test_sharing_with_the_host_is_one_entry_for_all_its_types() -> None:
    exposed = msgspec.structs.replace(OWN, net=INITIAL.net, ipc=INITIAL.ipc)
    entries = told(running(init_of(WEB)), running(init_of(WEB, exposed, start=500)))
    (began,) = [entry for entry in entries if entry.kind == "sharing-began"]
    assert (began.types, began.partners, began.name) == (("ipc", "net"), ("host",), "web")


def test_sharing_with_another_container_is_told_for_both() -> None:
    shared = msgspec.structs.replace(OTHER, net=OWN.net)
    before = running(init_of(WEB), init_of(SIDECAR, OTHER), containers=[WEB, SIDECAR])
    after = running(init_of(WEB), init_of(SIDECAR, shared), containers=[WEB, SIDECAR])
    began = [entry for entry in told(before, after) if entry.kind == "sharing-began"]
    assert {(entry.name, entry.partners) for entry in began} == {("web", (SIDECAR.id,)), ("sidecar", (WEB.id,))}


def test_names_settings_limits_and_pauses_of_containers_are_told() -> None:
    before = a_container(1, "web", init_pid=20, declared=Declared(network="bridge"))
    facts: dict[str, Any] = {"declared": Declared(network="host"), "limits": Limits(memory_bytes=2**28)}
    after = a_container(1, "shop", init_pid=20, state="paused", **facts)
    init = init_of(before)
    entries = told(running(init, containers=[before]), running(init, containers=[after]))
    assert {(entry.kind, entry.field) for entry in entries} == {
        ("container-renamed", "name"),
        ("container-reconfigured", "declared.network"),
        ("container-reconfigured", "limits.memory_bytes"),
        ("container-changed", "state"),
    }


def test_what_cannot_be_read_of_the_host_is_told_when_it_begins_and_ends() -> None:
    silent = running(gaps=[Gap(None, "docker", "gone")], containers=[])
    (began,) = told(running(containers=[]), silent)
    assert (began.kind, began.name, began.field) == ("gap-began", "docker", "gone")
    assert kinds(silent, running(containers=[])) == ["gap-ended"]


def test_a_boot_is_told_and_not_every_process_and_namespace_with_it() -> None:
    after = msgspec.structs.replace(a_state([a_process(9)], OWN_SPACES), host=OTHER_BOOT)
    assert kinds(a_state([a_process(1)], SPACES), after) == ["boot"]


def test_many_at_once_are_some_and_a_number() -> None:
    spaces = [space for number in range(10, 40) for space in some_namespaces(number)[0][:1]]
    homes = [a_container(number, f"c{number}", init_pid=100 + number) for number in range(30)]
    members = [
        init_of(home, msgspec.structs.replace(OWN, mnt=space.key)) for home, space in zip(homes, spaces, strict=True)
    ]
    entries = told(a_state([], OWN_SPACES), a_state(members, [*OWN_SPACES, *spaces], containers=homes))
    started = [entry for entry in entries if entry.kind == "container-started"]
    assert len(started) == MOST_ALIKE + 1 and sum(entry.times for entry in started) == 30
    assert started[-1].name == ""


def test_noise_that_is_alike_is_one_entry_that_counts() -> None:
    tally = Tally()
    for seq in (9, 7, 4):
        tally.add(make_ran(seq, f"at {seq}", WEB.id, "web", "sleep", 2))
    tally.add(make_ran(3, "at 3", None, "the host", "sleep", 1))
    first, second = tally.entries()
    assert (first.seq, first.times, first.first_seq, first.first_at) == (9, 6, 4, "at 4")
    assert (second.where, second.times) == ("the host", 1)
    apart = Tally(fold=False)
    for seq in (9, 7):
        apart.add(make_ran(seq, "", WEB.id, "web", "sleep", 1))
    assert len(apart) == 2


def test_what_every_container_shares_with_the_host_is_noise_and_what_exposes_it_is_not() -> None:
    usual = {"user": INITIAL.user, "cgroup": INITIAL.cgroup, "time": INITIAL.time}
    exposed = msgspec.structs.replace(OWN, net=INITIAL.net, **usual)
    entries = told(running(containers=[]), running(init_of(WEB, exposed)))
    began = {entry.types: entry.noise for entry in entries if entry.kind == "sharing-began"}
    assert began == {("user", "cgroup", "time"): True, ("net",): False}


def test_that_sharing_ends_with_the_container_is_noise() -> None:
    exposed = msgspec.structs.replace(OWN, net=INITIAL.net)
    entries = told(running(init_of(WEB, exposed)), running(containers=[]))
    assert [entry.noise for entry in entries if entry.kind == "sharing-ended"] == [True]


def test_an_engine_that_says_late_what_processes_told_already_says_nothing_new() -> None:
    early = a_container(1, "web", init_pid=20, state="created")
    assert told(running(init_of(WEB), containers=[early]), running(init_of(WEB))) == []


def test_namespaces_that_end_with_a_containers_init_are_noise() -> None:
    alive = a_state([a_process(1), init_of(WEB)], [*SPACES, *OWN_SPACES], containers=[WEB])
    without = a_state([a_process(1)], SPACES, containers=[msgspec.structs.replace(WEB, init_pid=None)])
    (left,) = told(alive, without)
    assert (left.kind, left.noise) == ("namespace-left", True)
