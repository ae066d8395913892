"""Lives: what they tell of one thing is what the states say, moment by moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.errors import NoSuchSnapshot
from inspector.facts.diff import diff
from inspector.facts.types import Container, Declared, HostState, Limits, NamespaceSet, Process
from inspector.history import record
from inspector.history.queries import life, stays
from inspector.history.queries.life import Kind
from inspector.history.queries.stays import Member
from inspector.models import Host, Mark, Snapshot
from inspector.protocol.frames import Reset, as_diff
from tests.support.states import (
    BOOT,
    HOST,
    a_container,
    a_process,
    a_state,
    container_id,
    host_states,
    some_namespaces,
)

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 23, 3, 10, tzinfo=UTC)
SECTIONS: dict[Kind, str] = {"process": "processes", "namespace": "namespaces", "container": "containers"}
laws = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


def live(states: Sequence[HostState]) -> Host:
    """Record these states five seconds apart, on an empty history."""
    Mark.objects.all().delete()
    Host.objects.all().delete()
    before = None
    for number, each in enumerate(states, 1):
        state = msgspec.structs.replace(each, taken_at=moment(number).isoformat())
        if before is None:
            record.record(Reset(HOST.machine_id, number, state.taken_at, state))
        else:
            record.record(as_diff(HOST.machine_id, number - 1, number, state, diff(before, state)))
        before = state
    return Host.objects.get(machine_id=HOST.machine_id)


def moment(seq: int) -> datetime:
    return START + timedelta(seconds=seq * 5)


def holds(entry: life.Entry | Member, seq: int) -> bool:
    first, until = (entry.from_seq if isinstance(entry, Member) else entry.seq), entry.until_seq
    return first <= seq and (until is None or seq < until)


def public(fact: Any) -> dict[str, Any]:
    return {name: value for name, value in msgspec.to_builtins(fact).items() if name != "processes"}


@laws
@given(st.lists(host_states(), min_size=1, max_size=4))
def test_a_life_replays_to_the_state_at_every_moment(states: list[HostState]) -> None:
    host = live(states)
    for kind, section in SECTIONS.items():
        for key in {fact.key for state in states for fact in getattr(state, section)}:
            told = life.read(host, kind, key)
            for seq, state in enumerate(states, 1):
                found = [entry.facts for entry in told.entries if holds(entry, seq)]
                assert found == [public(fact) for fact in getattr(state, section) if fact.key == key]
            assert told.alive == any(fact.key == key for fact in getattr(states[-1], section))


@laws
@given(st.lists(host_states(), min_size=1, max_size=4))
def test_what_an_entry_says_has_changed_is_what_differs_from_the_one_before(states: list[HostState]) -> None:
    host = live(states)
    for key in {process.key for state in states for process in state.processes}:
        entries = life.read(host, "process", key).entries
        assert entries[0].changed == []
        for before, after in pairwise(entries):
            assert after.changed == [name for name in after.facts if before.facts[name] != after.facts[name]]
            assert after.changed or before.until_seq != after.seq


def told_of_container(*containers: Container) -> list[life.Entry]:
    return life.read(live([a_state([], containers=[one]) for one in containers]), "container", WEB.id).entries


WEB = a_container(1, "web", init_pid=20, limits=Limits(memory_bytes=2**26), declared=Declared(), shim_pid=19)


def test_what_is_known_late_completes_an_entry_and_an_unchanged_value_is_no_change() -> None:
    late = msgspec.structs.replace(WEB, name="", image="", declared=None, init_pid=None, limits=Limits())
    stopped = msgspec.structs.replace(WEB, init_pid=None, shim_pid=None, state="exited", limits=Limits())
    again = msgspec.structs.replace(WEB, init_pid=30, limits=Limits(memory_bytes=2**27))
    _, known, stood, ran = told_of_container(late, WEB, stopped, again)
    assert known.changes == []
    assert set(known.completed) == {"name", "image", "labels", "declared", "init_pid", "limits"}
    assert [change.field for change in stood.changes] == ["state", "init_pid", "shim_pid"]
    assert set(stood.unknown) == {"limits", "exit_code"}
    changes = {change.field: (change.before, change.after) for change in ran.changes}
    assert changes["limits memory_bytes"] == (2**26, 2**27)


def test_a_link_that_could_not_be_read_for_a_while_did_not_change() -> None:
    seen = a_process(7, namespaces=some_namespaces(1)[1])
    blind = msgspec.structs.replace(seen, namespaces=msgspec.structs.replace(seen.namespaces, net=None), uid=None)
    moved = msgspec.structs.replace(seen, namespaces=msgspec.structs.replace(seen.namespaces, net="b:net:9"))
    host = live([a_state([one]) for one in (seen, blind, moved)])
    _, unread, read = life.read(host, "process", seen.key).entries
    assert (unread.changes, unread.unknown) == ([], ["uid"])
    assert [(change.field, change.after) for change in read.changes] == [("namespaces net", "b:net:9")]
    assert read.completed == []


@laws
@given(st.lists(host_states(), min_size=1, max_size=4))
def test_members_are_those_that_the_states_say(states: list[HostState]) -> None:
    host = live(states)
    for kind, key in places(states):
        told = life.read(host, kind, key)
        assert not told.more_members
        for seq, state in enumerate(states, 1):
            inside = [process.key for process in state.processes if is_in(process, kind, key)]
            assert sorted(member.key for member in told.members if holds(member, seq)) == sorted(inside)
        for member in told.members:
            assert member.from_at == moment(member.from_seq).isoformat()
            assert member.until_at == (member.until_seq and moment(member.until_seq).isoformat())


def places(states: Sequence[HostState]) -> Iterator[tuple[Kind, str]]:
    yield from {("namespace", space.key) for state in states for space in state.namespaces}
    yield from {("container", container.id) for state in states for container in state.containers}


def is_in(process: Process, kind: Kind, key: str) -> bool:
    return process.container == key if kind == "container" else key in process.namespaces.known()


def busy(seqs: int) -> list[HostState]:
    """One process that changes all the time in a container, beside others that come and go in the same namespaces."""
    spaces = [space for number in (1, 2) for space in some_namespaces(number)[0]]
    own = some_namespaces(2)[1]
    inside: dict[str, Any] = {"namespaces": own, "container": container_id(1)}
    return [
        a_state(
            [
                a_process(10, comm=f"worker-{seq}", **inside),
                *(a_process(20 + seq % 7 + other, start=seq, **inside) for other in range(2)),
            ],
            spaces,
            containers=[a_container(1)],
        )
        for seq in range(1, seqs + 1)
    ]


@pytest.mark.parametrize(("kind", "key"), [("container", container_id(1)), ("namespace", some_namespaces(2)[1].net)])
def test_a_stay_began_when_it_did_though_its_first_rows_are_not_read(
    monkeypatch: pytest.MonkeyPatch, kind: Kind, key: str
) -> None:
    host = live(busy(20))
    whole = life.read(host, kind, key)
    assert not whole.more_members and len(whole.members) == 41
    monkeypatch.setattr(stays, "ROWS", 10)
    cut = life.read(host, kind, key)
    assert cut.more_members
    lasting = [member for member in cut.members if member.pid == 10]
    assert [(member.from_seq, member.until_seq, member.comm) for member in lasting] == [(1, None, "worker-20")]
    assert all(member in whole.members for member in cut.members)


def test_the_newest_stays_are_told_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    host = live(busy(20))
    monkeypatch.setattr(stays, "MOST", 5)
    told = life.read(host, "container", container_id(1))
    assert told.more_members and len(told.members) == 5
    assert [member.from_seq for member in told.members[:4]] == [20, 20, 19, 19]


def test_an_initial_namespace_is_read_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    states = [a_state([a_process(1), a_process(100 + seq)]) for seq in range(1, 21)]
    host, key = live(states), some_namespaces()[1].net
    assert key is not None
    whole = life.read(host, "namespace", key)
    assert len(whole.members) == 21 and not whole.more_members
    monkeypatch.setattr(stays, "SCANNED", 5)
    walked = life.read(host, "namespace", key)
    assert walked.more_members
    assert [member.pid for member in walked.members] == [120, 119, 118, 117, 116, 115]


def test_members_that_belong_to_a_health_check_are_marked() -> None:
    check = ("/bin/sh", "-c", "wget -q http://127.0.0.1/ && true")
    web = a_container(1, "web", init_pid=20, health_check=check)

    def inside(pid: int, comm: str, **facts: Any) -> Process:
        return a_process(pid, comm, container=web.id, **({"role": "child"} | facts))

    calm = [a_process(1), inside(20, "httpd", role="init")]
    busy = [
        inside(40, "runc:[2:INIT]", ppid=30),
        inside(41, "sh", ppid=30, role="exec", cmdline=check),
        inside(42, "wget", ppid=41),
        inside(43, "sh", ppid=30, role="exec", cmdline=("sh",)),
    ]
    host = live([a_state(members, containers=[web]) for members in (calm, [*calm, *busy], calm)])
    told = life.read(host, "container", web.id)
    assert {member.pid for member in told.members if member.check} == {40, 41, 42}


def test_a_process_that_left_and_came_back_has_two_stays() -> None:
    spaces = [space for number in (1, 2) for space in some_namespaces(number)[0]]
    home, away = some_namespaces(1)[1], some_namespaces(2)[1]
    sets: list[NamespaceSet] = [home, away, away, home, away]
    host = live([a_state([a_process(7, namespaces=each)], spaces) for each in sets])
    assert away.net is not None
    told = life.read(host, "namespace", away.net)
    assert [(member.from_seq, member.until_seq) for member in told.members] == [(5, None), (2, 4)]
    entries = life.read(host, "process", a_process(7).key).entries
    assert [entry.changed for entry in entries] == [[], ["namespaces"], ["namespaces"], ["namespaces"]]


def test_a_stay_does_not_reach_back_into_another_place(monkeypatch: pytest.MonkeyPatch) -> None:
    spaces = [space for number in (1, 2) for space in some_namespaces(number)[0]]
    home, away = some_namespaces(1)[1], some_namespaces(2)[1]
    host = live([a_state([a_process(7, namespaces=each)], spaces) for each in (home, away)])
    monkeypatch.setattr(stays, "ROWS", 1)
    assert away.net is not None
    assert [member.from_seq for member in life.read(host, "namespace", away.net).members] == [2]


def test_a_pid_that_is_used_again_is_another_life() -> None:
    host = live([a_state([a_process(7, start=start)]) for start in (100, 100, 200)])
    first, second = (life.read(host, "process", a_process(7, start=start).key) for start in (100, 200))
    assert [(entry.seq, entry.until_seq) for entry in first.entries] == [(1, 3)] and not first.alive
    assert [(entry.seq, entry.until_seq) for entry in second.entries] == [(3, None)] and second.alive


def test_the_newest_entries_are_told_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    host = live(busy(12))
    monkeypatch.setattr(life, "MOST", 5)
    told = life.read(host, "process", a_process(10).key)
    assert [entry.seq for entry in told.entries] == [8, 9, 10, 11, 12] and told.more_entries
    monkeypatch.setattr(life, "MOST", 12)
    assert not life.read(host, "process", a_process(10).key).more_entries


def test_things_are_called_as_people_call_them() -> None:
    host = live([a_state([a_process(7, "nginx")], containers=[a_container(1, "web"), a_container(2, "")])])
    keys: list[tuple[Kind, str]] = [
        ("process", a_process(7).key),
        ("namespace", f"{BOOT[:8]}:net:1"),
        ("container", container_id(1)),
        ("container", container_id(2)),
    ]
    titles = [life.read(host, kind, key).title for kind, key in keys]
    assert titles == ["nginx (7)", "net:[4026530014]", "web", "000000000000"]


def test_a_moment_that_is_not_kept_any_more_is_given_as_the_next_that_is() -> None:
    host = live([a_state([a_process(7, f"a{seq}")]) for seq in range(1, 6)])
    Snapshot.objects.filter(seq__in=(2, 3)).delete()
    entries = life.read(host, "process", a_process(7).key).entries
    assert [entry.at for entry in entries] == [moment(seq).isoformat() for seq in (1, 4, 4, 4, 5)]


@pytest.mark.parametrize(
    "key", ["", "nothing", "a:b:c", "0f3c2d1e:7:x", f"0f3c2d1e:7:{'9' * 40}", "0f3c2d1e:7:²", "0f3c2d1e:8:100"]
)
def test_what_history_never_saw_has_no_life(key: str) -> None:
    host = live([a_state([a_process(7)])])
    for kind in SECTIONS:
        with pytest.raises(NoSuchSnapshot):
            life.read(host, kind, key)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="query plans are told in SQLite's words")
@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("process", a_process(10).key),
        ("container", container_id(1)),
        ("namespace", some_namespaces(2)[1].net),
    ],
)
def test_no_life_reads_all_of_history(kind: Kind, key: str) -> None:
    host = live(busy(3))
    with CaptureQueriesContext(connection) as captured:
        life.read(host, kind, key)
    with connection.cursor() as cursor:
        for query in captured.captured_queries:
            cursor.execute("EXPLAIN QUERY PLAN " + query["sql"])
            for *_, step in cursor.fetchall():
                assert "SCAN inspector_" not in step or "value_spaces" in step, (step, query["sql"])
                assert "(host_id=?)" not in step, (step, query["sql"])
