"""What a comparison finds: laws over random states, then the questions a person asks, one by one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.analysis.compare.comparison import Comparison, compare, findings_of
from inspector.analysis.compare.find_containers import LIFE, RUN, is_known
from inspector.analysis.compare.findings import MIRRORED, Finding
from inspector.analysis.compare.from_history import compare_between, read_own, read_sides
from inspector.analysis.compare.noise import Folding
from inspector.analysis.compare.sides import sides_of
from inspector.analysis.text.comparison import NOTHING, describe
from inspector.facts.diff import Changes, diff
from inspector.facts.types import (
    Chain,
    Confinement,
    Container,
    Coverage,
    Declared,
    Gap,
    HostState,
    Limits,
    Link,
    make_state,
)
from inspector.history import record
from inspector.history.rows import PROCESSES
from inspector.history.states import state_at
from inspector.models import Host, Snapshot
from inspector.protocol.frames import Reset
from tests.support.compared_states import (
    INITIAL,
    OTHER,
    OTHER_BOOT,
    OTHER_SPACES,
    OWN,
    OWN_SPACES,
    SIDECAR,
    SPACES,
    WEB,
    init_of,
    running,
)
from tests.support.lives import START, laws
from tests.support.states import HOST, a_container, a_process, a_state, host_states

EVERYTHING = Folding(all=True)
COMPARED = ("name", "image", "engine", "declared", "health_check", *LIFE, *RUN)


def between(before: HostState, after: HostState, folding: Folding = EVERYTHING) -> Comparison:
    return compare(*sides_of(before, after), folding)


def found(before: HostState, after: HostState, group: str = "") -> list[Finding]:
    """All findings of a group, nothing folded."""
    return [finding for finding in findings_of(between(before, after)) if group in ("", finding.group)]


def kinds(before: HostState, after: HostState, group: str = "") -> list[str]:
    return [finding.kind for finding in found(before, after, group)]


@laws
@given(host_states())
def test_nothing_is_found_between_equal_states(state: HostState) -> None:
    comparison = between(state, state)
    assert not comparison
    assert comparison.groups == ()
    assert describe(comparison) == [NOTHING]


@laws
@given(host_states(), host_states(), st.booleans())
def test_every_difference_is_covered_by_a_finding_or_by_what_was_folded(
    before: HostState, after: HostState, rebooted: bool
) -> None:
    if rebooted:
        after = msgspec.structs.replace(after, host=OTHER_BOOT)
    changes, findings = diff(before, after), found(before, after)
    assert bool(findings) <= bool(changes)
    told = {finding.key for finding in findings} | {finding.before_key for finding in findings}
    untold = became_known(before, after) | held_otherwise(before, after)
    assert keys_of(changes) - untold <= told
    assert bool(changes.host_info) == any(finding.group == "host" for finding in findings)
    assert covers_gaps(changes, findings)
    folded = between(before, after, Folding(patterns=("*",)))
    listed = len(list(findings_of(folded)))
    assert listed + sum(sum(fold.counts.values()) for fold in folded.folded) == len(findings)
    assert folded.counts == between(before, after).counts


def keys_of(changes: Changes) -> set[str]:
    """Everything that a diff names."""
    sections = (changes.processes, changes.namespaces, changes.containers, changes.chains)
    named: set[str] = set()
    for section in sections:
        named |= {*section.remove, *(item.key for item in section.change), *(fact.key for fact in section.add)}
    return named


def became_known(before: HostState, after: HostState) -> set[str]:
    """The containers of which nothing differs but what one side did not know, which is no difference."""
    old = {container.key: container for container in before.containers}
    pairs = [(old[one.key], one) for one in after.containers if one.key in old]
    return {one.key for other, one in pairs if not any(differs(other, one, name) for name in COMPARED)}


def held_otherwise(before: HostState, after: HostState) -> set[str]:
    """The namespaces of which nothing differs but what else holds them: it comes and goes with every open file."""
    bare = {space.key: msgspec.structs.replace(space, holders=(), processes=0) for space in before.namespaces}
    spaces = [(bare.get(one.key), one) for one in after.namespaces]
    return {one.key for other, one in spaces if other == msgspec.structs.replace(one, holders=(), processes=0)}


def differs(before: Container, after: Container, name: str) -> bool:
    """Whether both sides know the field and it differs."""
    first, second = getattr(before, name), getattr(after, name)
    return first != second and is_known(first) and is_known(second)


def covers_gaps(changes: Changes, findings: list[Finding]) -> bool:
    """Whether each gap that opened or closed is told, with its process or by itself."""
    if changes.coverage is None:
        return True
    pids = {finding.pid for finding in findings}
    told = {(finding.kind, finding.name, finding.field) for finding in findings if finding.group == "coverage"}
    both = (("lost", changes.coverage.add), ("regained", changes.coverage.remove))
    return all(gap.pid in pids or (kind, gap.what, gap.why) in told for kind, gaps in both for gap in gaps)


@laws
@given(host_states(), host_states())
def test_swapped_moments_give_mirrored_findings(before: HostState, after: HostState) -> None:
    forward = sorted((essence(finding) for finding in found(before, after)), key=repr)
    backward = sorted((essence(mirror(finding)) for finding in found(after, before)), key=repr)
    assert forward == backward


def mirror(finding: Finding) -> Finding:
    kind = {"appeared": "gone", "gone": "appeared"}.get(finding.kind) if finding.group == "processes" else None
    return msgspec.structs.replace(
        finding,
        kind=kind or MIRRORED.get(finding.kind, finding.kind),
        key=finding.before_key if finding.kind == "recreated" and finding.before_key else finding.key,
        before=finding.after,
        after=finding.before,
        before_key=finding.after_key,
        after_key=finding.before_key,
    )


NEWER: Final = frozenset(("name", "where", "container", "inside", "exit_code", "oom_killed"))
"""What only the newer side tells: what a thing is called, and how a container ended, which none that started did."""


def essence(finding: Finding) -> tuple[Any, ...]:
    """Without what only the newer side tells."""
    return tuple(value for name, value in msgspec.structs.asdict(finding).items() if name not in NEWER)


@laws
@given(host_states(), host_states())
def test_no_line_carries_what_a_terminal_would_obey(before: HostState, after: HostState) -> None:
    assert all(line.isprintable() for line in describe(between(before, after)))


@pytest.mark.django_db
@settings(laws, max_examples=40)
@given(st.lists(host_states(), min_size=3, max_size=4))
def test_history_gives_the_same_sides_as_whole_states(states: list[HostState]) -> None:
    Host.objects.all().delete()
    for seq, state in enumerate(states, 1):
        record.record(Reset(state.host.machine_id, seq, state.taken_at, state))
    host = Host.objects.get()
    for first, second in ((1, 2), (1, len(states)), (2, 3)):
        rows = [Snapshot.objects.get(host=host, seq=seq) for seq in (first, second)]
        read = read_sides(host, rows[0], rows[1], read_own(PROCESSES, host.pk, first, second))
        assert read == sides_of(state_at(host, first), state_at(host, second), (first, second))
        assert compare_between(host, second, first, EVERYTHING).groups == compare(*read[::-1], EVERYTHING).groups


def test_it_tells_started_stopped_restarted_created_and_removed_containers_apart() -> None:
    before = running(
        init_of(WEB),
        a_process(31, container=a_container(3).id),
        containers=[
            WEB,
            a_container(3, "old", init_pid=31),
            a_container(4, state="exited"),
            a_container(6, "junk", state="exited"),
        ],
    )
    after = running(
        a_process(10, container=a_container(9).id),
        init_of(WEB, start=500),
        containers=[
            WEB,
            a_container(9, "new", init_pid=10),
            a_container(3, "old", state="exited"),
            a_container(4, state="exited"),
            a_container(5, "idle", state="created"),
        ],
    )
    told = {finding.name: finding.kind for finding in found(before, after, "containers")}
    assert told == {"new": "started", "old": "stopped", "web": "restarted", "idle": "created", "junk": "removed"}


@pytest.mark.parametrize(("first", "second"), [("app:1", ""), ("", "app:1"), ("app:1", "app:1")])
def test_a_container_that_stopped_is_told_with_its_image_and_its_end(first: str, second: str) -> None:
    """An image that only one side knows is the other's too."""
    before = a_container(1, image=first)
    after = a_container(1, image=second, state="exited", exit_code=137, oom_killed=True)
    [stopped] = [
        one for one in found(running(containers=[before]), running(containers=[after])) if one.kind == "stopped"
    ]
    assert (stopped.before, stopped.after) == ("app:1 (running)", "app:1 (exited)")
    assert (stopped.exit_code, stopped.oom_killed) == (137, True)
    [started] = [
        one for one in found(running(containers=[after]), running(containers=[before])) if one.kind == "started"
    ]
    assert (started.before, started.after) == ("app:1 (exited)", "app:1 (running)")
    assert (started.exit_code, started.oom_killed) == (None, None)


def test_an_init_that_could_not_be_read_is_no_restart() -> None:
    unseen = a_container(1, init_pid=None)
    assert not kinds(running(init_of(WEB)), running(containers=[unseen])).count("restarted")
    assert not kinds(running(init_of(WEB)), running()).count("restarted")


def test_a_reconfigured_container_is_told_field_by_field() -> None:
    before = a_container(1, declared=Declared(network="bridge"), labels={"tier": "a", "old": "1"}, image="app:1")
    after = a_container(1, declared=Declared(network="host"), labels={"tier": "b"}, image="app:2")
    told = found(running(containers=[before]), running(containers=[after]), "containers")
    assert {(item.field, item.before, item.after) for item in told} == {
        ("image", "app:1", "app:2"),
        ("labels.tier", "a", "b"),
        ("labels.old", "1", None),
        ("declared.network", "bridge", "host"),
    }
    assert {item.kind for item in told} == {"reconfigured"}


def test_a_renamed_container_is_no_other_container() -> None:
    after = msgspec.structs.replace(WEB, name="shop")
    (finding,) = found(running(init_of(WEB)), running(init_of(WEB), containers=[after]))
    assert (finding.kind, finding.before, finding.after) == ("renamed", "web", "shop")


def test_a_changed_limit_is_told_with_both_values() -> None:
    after = msgspec.structs.replace(WEB, limits=Limits(memory_bytes=2**28))
    (finding,) = found(running(init_of(WEB)), running(init_of(WEB), containers=[after]))
    assert (finding.group, finding.field, finding.before, finding.after) == (
        "limits",
        "memory_bytes",
        None,
        "268435456",
    )


@pytest.mark.parametrize(
    "unread",
    [
        running(init_of(WEB), containers=[msgspec.structs.replace(WEB, state="created")]),
        running(init_of(WEB, comm="runc:[2:INIT]")),
        running(containers=[msgspec.structs.replace(WEB, init_pid=None)]),
        running(containers=[msgspec.structs.replace(WEB, init_pid=None, state="exited")]),
    ],
    ids=["the engine is late", "a runtime sets it up", "no process is seen", "it does not run"],
)
def test_limits_that_one_side_did_not_read_are_no_limits_that_changed(unread: HostState) -> None:
    limited = running(init_of(WEB), containers=[msgspec.structs.replace(WEB, limits=Limits(memory_bytes=2**26))])
    assert [item for sides in ((unread, limited), (limited, unread)) for item in found(*sides, "limits")] == []


def test_what_an_engine_told_late_of_a_container_did_not_change() -> None:
    late = msgspec.structs.replace(WEB, name="", image="", declared=None, labels={}, init_pid=None, state="running")
    told = msgspec.structs.replace(WEB, declared=Declared(network="none"), labels={"tier": "web"})
    findings = [*found(running(containers=[late]), running(containers=[told]))]
    assert {(item.group, item.kind, item.field) for item in findings} == {
        ("coverage", "seen-again", "declared"),
        ("coverage", "seen-again", "init_pid"),
    }


def test_a_container_whose_engine_reports_late_runs_once_its_init_does() -> None:
    late = msgspec.structs.replace(WEB, state="created")
    (finding,) = found(running(containers=[]), running(init_of(WEB), containers=[late]), "containers")
    assert (finding.kind, finding.after) == ("started", "local/busybox:1 (running)")


def test_processes_are_told_by_container_and_those_of_the_host_first() -> None:
    before = running(a_process(1), a_process(2, container=WEB.id))
    after = running(a_process(1, comm="init"), a_process(3, container=WEB.id))
    told = found(before, after, "processes")
    assert [(item.where, item.kind, item.pid) for item in told] == [
        ("the host", "changed", 1),
        ("the host", "changed", 1),
        ("web", "appeared", 3),
        ("web", "gone", 2),
    ]


def test_what_a_process_may_do_is_told_part_by_part_where_both_sides_know_it() -> None:
    before = Confinement(0, 1 << 21, 0, 2**41 - 1, 0, "none", False, 0, 0, None)
    after = Confinement(1 << 21, 1 << 21, 0, 2**41 - 1, 0, "filter", True, 0, 0, 1000)
    one, other, unknown = (a_state([a_process(7, confinement=told)]) for told in (before, after, None))
    told = {(finding.field, finding.before, finding.after) for finding in findings_of(between(one, other))}
    assert told == {
        ("confinement.effective", "none", "sys_admin"),
        ("confinement.seccomp", "none", "filter"),
        ("confinement.no_new_privs", "no", "yes"),
    }
    assert list(findings_of(between(one, unknown))) == []


def test_a_namespace_under_a_number_of_before_is_re_created_not_unchanged() -> None:
    reused = msgspec.structs.replace(OWN_SPACES[0], inode=SPACES[0].inode)
    before, after = a_state([], SPACES), a_state([], [*SPACES[1:], reused])
    (finding,) = found(before, after)
    assert (finding.kind, finding.before_key, finding.after_key) == ("recreated", SPACES[0].key, reused.key)
    assert "re-created under the same number" in "\n".join(describe(between(before, after)))


def test_two_namespaces_that_shared_a_number_are_each_told_once() -> None:
    first, second = (msgspec.structs.replace(spaces[0], inode=7) for spaces in (SPACES, OWN_SPACES))
    assert kinds(a_state([], [first, second]), a_state([], [])) == ["disappeared", "disappeared"]


def test_a_process_that_changed_namespace_is_told_with_what_each_namespace_is() -> None:
    joined = msgspec.structs.replace(INITIAL, net=OWN.net)
    before = running(init_of(WEB), a_process(7))
    after = running(init_of(WEB), a_process(7, namespaces=joined))
    (finding,) = found(before, after)
    assert (finding.group, finding.pid, finding.type) == ("moved", 7, "net")
    assert (finding.before_key, finding.after_key) == (INITIAL.net, OWN.net)
    assert finding.before is not None and finding.before.startswith("the host's, net:[")
    assert finding.after is not None and finding.after.startswith("web's own, net:[")


def test_a_namespace_of_two_containers_is_shown_as_shared_by_both() -> None:
    joined = msgspec.structs.replace(INITIAL, net=OWN.net)
    inits = init_of(WEB), init_of(SIDECAR, msgspec.structs.replace(OTHER, net=OWN.net))
    before = running(*inits, a_process(7), containers=[WEB, SIDECAR])
    after = running(*inits, a_process(7, namespaces=joined), containers=[WEB, SIDECAR])
    (finding,) = found(before, after)
    assert finding.after is not None and finding.after.startswith("shared by web and sidecar")


def test_an_unreadable_link_is_unknown_and_never_a_move_and_its_namespace_is_not_gone() -> None:
    blind = msgspec.structs.replace(OTHER, net=None)
    seen = a_state([a_process(7, namespaces=OTHER)], [*SPACES, *OTHER_SPACES])
    unseen = make_state(
        HOST,
        seen.taken_at,
        1.0,
        [a_process(7, namespaces=blind)],
        [space for space in seen.namespaces if space.key != OTHER.net],
        gaps=[Gap(7, "ns/net", "forbidden")],
    )
    told = found(seen, unseen)
    assert {finding.group for finding in told} == {"coverage"}
    assert [finding.kind for finding in told] == ["unseen", "unseen", "lost"]
    assert [finding.kind for finding in found(unseen, seen)] == ["seen-again", "seen-again", "regained"]


def test_processes_that_could_not_even_be_counted_are_unknown_and_not_gone() -> None:
    before = running(a_process(1), a_process(7))
    after = running(a_process(1), gaps=[Gap(None, "proc", "forbidden")])
    told = found(before, after)
    assert not [finding for finding in told if finding.kind == "gone"]
    assert [(finding.group, finding.pid) for finding in told if finding.kind == "unseen"] == [("coverage", 7)]


def test_what_no_engine_could_tell_is_unknown_and_not_reconfigured() -> None:
    told_of = a_container(1, "web", init_pid=20, declared=Declared(), labels={"a": "b"})
    untold = a_container(1, "", init_pid=20, image="", declared=None)
    stopped = a_container(5, "db", state="exited")
    before = running(init_of(WEB), containers=[told_of, stopped])
    after = running(init_of(WEB), containers=[untold], gaps=[Gap(None, "docker", "gone")])
    assert {(finding.group, finding.kind) for finding in found(before, after)} == {
        ("coverage", "unseen"),
        ("coverage", "lost"),
    }


def test_sharing_with_the_host_is_told_when_it_begins_and_when_it_ends() -> None:
    exposed = msgspec.structs.replace(OWN, net=INITIAL.net)
    before, after = running(init_of(WEB)), running(init_of(WEB, exposed, start=500))
    (began,) = found(before, after, "sharing")
    assert (began.kind, began.name, began.type, began.partners) == ("began", "web", "net", ("host",))
    (ended,) = found(after, before, "sharing")
    assert (ended.kind, ended.partners) == ("ended", ("host",))
    assert "web began to share net with the host" in "\n".join(describe(between(before, after)))


def test_sharing_with_another_container_is_told_of_both() -> None:
    joined = msgspec.structs.replace(OTHER, net=OWN.net, pid=OWN.pid)
    before = running(init_of(WEB), init_of(SIDECAR, OTHER), containers=[WEB, SIDECAR])
    after = running(init_of(WEB), init_of(SIDECAR, joined, start=500), containers=[WEB, SIDECAR])
    told = [(item.kind, item.name, item.type, item.partners) for item in found(before, after, "sharing")]
    assert told == [
        ("began", "sidecar", "pid", (WEB.id,)),
        ("began", "sidecar", "net", (WEB.id,)),
        ("began", "web", "pid", (SIDECAR.id,)),
        ("began", "web", "net", (SIDECAR.id,)),
    ]


def test_sharing_has_not_ended_where_a_link_could_not_be_read_any_more() -> None:
    joined = msgspec.structs.replace(OTHER, net=OWN.net)
    blind = msgspec.structs.replace(OTHER, net=None)
    before = running(init_of(WEB), init_of(SIDECAR, joined), containers=[WEB, SIDECAR])
    after = running(init_of(WEB), init_of(SIDECAR, blind), containers=[WEB, SIDECAR])
    assert found(before, after, "sharing") == []
    assert found(after, before, "sharing") == []


def test_a_boot_is_said_first_and_what_is_new_with_it_is_counted_not_listed() -> None:
    key = "11111111:7:100"
    before = running(init_of(WEB), a_process(7))
    again = msgspec.structs.replace(a_process(7), key=key)
    after = msgspec.structs.replace(running(again, containers=()), host=OTHER_BOOT)
    told = between(before, after, Folding())
    assert told.rebooted
    assert told.groups[0].findings[0].kind == "booted"
    assert describe(told)[0].startswith("The host was booted")
    assert not {group.group for group in told.groups} & {"processes", "namespaces"}
    assert {fold.why for fold in told.folded} == {"rebooted"}
    assert told.counts["processes"] == {"appeared": 1, "gone": 2}
    assert "processes" in {group.group for group in between(before, after).groups}


def test_a_container_that_runs_again_after_a_boot_was_restarted() -> None:
    init = msgspec.structs.replace(init_of(WEB), key="11111111:20:100")
    after = msgspec.structs.replace(running(init), host=OTHER_BOOT)
    assert kinds(running(init_of(WEB)), after, "containers") == ["restarted"]


def test_health_checks_are_folded_by_pattern_with_their_number() -> None:
    checks = [
        a_process(pid, "sh", container=WEB.id, cmdline=("sh", "-c", "/healthcheck.sh")) for pid in range(40, 48)
    ]
    before, after = running(init_of(WEB)), running(init_of(WEB), *checks, a_process(60, container=WEB.id))
    told = between(before, after, Folding())
    assert [finding.pid for finding in findings_of(told)] == [60]
    (fold,) = told.folded
    assert (fold.pattern, fold.where, fold.name, fold.counts) == ("*healthcheck*", "web", "sh", {"appeared": 8})
    assert any("sh ×8 in web" in line for line in describe(told))
    assert told.counts["processes"] == {"appeared": 9}


def test_a_process_does_not_hide_by_becoming_a_health_check() -> None:
    before = running(a_process(7, cmdline=("miner",)))
    after = running(a_process(7, cmdline=("healthcheck",)))
    assert list(findings_of(between(before, after, Folding())))


def test_a_state_that_counted_fewer_processes_says_so() -> None:
    state = running(a_process(1))
    fewer = msgspec.structs.replace(state, coverage=Coverage(0))
    (finding,) = found(state, fewer)
    assert (finding.group, finding.kind, finding.name) == ("coverage", "lost", "processes")


def test_a_chain_that_came_out_differently_is_told() -> None:
    links = (Link(2, "daemon", None), Link(20, "init", "parent"))
    before = running(init_of(WEB), chains=[Chain(WEB.id, links)])
    after = running(init_of(WEB), chains=[Chain(WEB.id, links[:1])])
    (finding,) = found(before, after)
    assert (finding.field, finding.before, finding.after) == ("chain", "daemon 2 → init 20", "daemon 2")


def record_at(seconds: int, seq: int, *processes: Any) -> None:
    taken = (START + timedelta(seconds=seconds)).isoformat()
    state = a_state(list(processes), taken_at=taken)
    record.record(Reset(HOST.machine_id, seq, taken, state))


@pytest.mark.django_db
def test_processes_that_were_seen_for_a_short_time_are_counted_not_listed() -> None:
    lasting, brief, other = a_process(1), a_process(7, "cron"), a_process(8)
    record_at(0, 1, lasting)
    record_at(60, 2, lasting, brief)
    record_at(65, 3, lasting, other)
    record_at(120, 4, lasting, other, a_process(9))
    told = compare_between(HOST.machine_id, 2, 4)
    assert [(item.kind, item.pid) for item in findings_of(told)] == [("appeared", 8), ("appeared", 9)]
    assert [(fold.why, fold.name, fold.counts) for fold in told.folded] == [("short-lived", "cron", {"gone": 1})]
    backward = compare_between(HOST.machine_id, 2, 1)
    assert [fold.counts for fold in backward.folded] == [{"gone": 1}]
    assert not compare_between(HOST.machine_id, 2, 4, Folding(short_s=5)).folded
    assert compare_between(HOST.machine_id, 2, 4, Folding(short_s=5.1)).folded


@pytest.mark.django_db
def test_a_process_that_only_changed_lately_was_not_seen_for_a_short_time() -> None:
    record_at(0, 1, a_process(7, "a"))
    record_at(60, 2, a_process(7, "b"))
    record_at(62, 3)
    told = compare_between(HOST.machine_id, 2, 3)
    assert [(item.kind, item.pid) for item in findings_of(told)] == [("gone", 7)]
    assert not told.folded


@pytest.mark.django_db
def test_what_came_and_went_in_between_is_counted_by_name_and_those_that_stayed_are_not() -> None:
    record_at(0, 1, a_process(1, "a"))
    record_at(60, 2, a_process(1, "b"), a_process(7, "cron"), a_process(8, "job"))
    record_at(65, 3, a_process(1, "c"), a_process(8, "job", uid=7), a_process(9))
    record_at(90, 4, a_process(1, "a"), a_process(9))
    told = compare_between(HOST.machine_id, 1, 4)
    assert (told.passed.processes, told.passed.short) == (2, 1)
    assert [(group.name, group.processes) for group in told.passed.groups] == [("cron", 1), ("job", 1)]
    assert [item.pid for item in findings_of(told)] == [9]


@pytest.mark.django_db
def test_an_init_that_moved_by_itself_is_read_again_for_what_its_container_shares() -> None:
    exposed = msgspec.structs.replace(OWN, net=INITIAL.net)
    for seq, namespaces in enumerate((OWN, exposed), 1):
        state = running(init_of(WEB, namespaces), taken_at=(START + timedelta(hours=seq)).isoformat())
        record.record(Reset(HOST.machine_id, seq, state.taken_at, state))
    told = {(item.group, item.kind, item.type) for item in findings_of(compare_between(HOST.machine_id, 1, 2))}
    assert told == {("moved", "moved", "net"), ("sharing", "began", "net")}
