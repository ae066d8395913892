"""What a comparison says, and how the command tells it."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from django.core.management import ManagementUtility, call_command
from hypothesis import given

from inspector import history
from inspector.changes import diff
from inspector.comparison import Comparison, FieldChange, compare
from inspector.comparison_text import NOTHING, describe
from inspector.frames import Reset
from inspector.types import Chain, Gap, HostState, Limits, Link, make_state
from tests.inspector.states import (
    BOOT,
    HOST,
    a_container,
    a_process,
    a_state,
    host_states,
    some_namespaces,
)
from tests.inspector.test_history import laws

SPACES, INITIAL = some_namespaces(1)
OTHER_SPACES, OTHER = some_namespaces(2)
ALL_SPACES = [*SPACES, *OTHER_SPACES]


def between(before: HostState, after: HostState) -> Comparison:
    return compare(before, after, diff(before, after))


def text_of(before: HostState, after: HostState) -> str:
    return "\n".join(describe(between(before, after)))


@laws
@given(host_states(), host_states())
def test_it_finds_something_exactly_where_facts_differ(before: HostState, after: HostState) -> None:
    found = between(before, after)
    changes = diff(before, after)
    assert bool(found) <= bool(changes)
    if changes.processes.add or changes.processes.remove or changes.containers or changes.namespaces.add:
        assert found
    assert not between(before, before)
    assert describe(between(before, before)) == [NOTHING]


@laws
@given(host_states(), host_states())
def test_no_line_carries_what_a_terminal_would_obey(before: HostState, after: HostState) -> None:
    assert all(line.isprintable() for line in describe(between(before, after)))


def test_it_tells_started_stopped_and_restarted_containers_apart() -> None:
    before = a_state(
        [a_process(20, container=a_container(2).id), a_process(30)],
        containers=[
            a_container(2, "db", init_pid=20),
            a_container(3, "old", init_pid=30),
            a_container(4, state="exited"),
        ],
    )
    after = a_state(
        [a_process(10), a_process(20, start=500, container=a_container(2).id)],
        containers=[
            a_container(1, "new", init_pid=10),
            a_container(2, "db", init_pid=20),
            a_container(3, "old", state="exited"),
            a_container(4, state="exited"),
            a_container(5, "idle", state="created"),
        ],
    )
    found = between(before, after)
    assert [container.name for container in found.started] == ["new"]
    assert [container.name for container in found.stopped] == ["old"]
    assert [container.name for container in found.restarted] == ["db"]  # the same pid, another start: another init
    assert [container.name for container in found.created] == ["idle"]
    assert not found.changed


def test_a_container_that_was_removed_after_it_had_stopped_did_not_stop_again() -> None:
    found = between(a_state([], containers=[a_container(1, state="exited")]), a_state([]))
    assert (len(found.stopped), len(found.removed)) == (0, 1)


def test_an_init_that_could_not_be_read_is_no_restart() -> None:
    seen, unseen = a_container(1, init_pid=20), a_container(1, init_pid=None)
    assert not between(a_state([a_process(20)], containers=[seen]), a_state([], containers=[unseen])).restarted
    assert not between(a_state([a_process(20)], containers=[seen]), a_state([], containers=[seen])).restarted


def test_a_changed_limit_is_told_with_both_values() -> None:
    before = a_container(1, init_pid=20)
    after = msgspec.structs.replace(before, limits=Limits(pids=7), name="renamed")
    found = between(a_state([], containers=[before]), a_state([], containers=[after]))
    fields = found.changed[0].fields
    assert fields[0] == FieldChange("name", "web", "renamed")
    assert '"pids":7' in fields[1].after


def test_processes_are_told_by_container() -> None:
    web = a_container(1, "web")
    before = a_state([a_process(1), a_process(2, container=web.id)], containers=[web])
    after = a_state([a_process(1, comm="init"), a_process(3, container=web.id)], containers=[web])
    host, inside = between(before, after).processes
    assert (host.container, [item.fields[0].field for item in host.changed]) == (None, ["comm"])
    assert (inside.title, inside.appeared[0].pid, inside.gone[0].pid) == ("web", 3, 2)


def test_a_namespace_under_a_number_of_before_is_re_created_not_unchanged() -> None:
    reused = [
        msgspec.structs.replace(space, inode=old.inode) for space, old in zip(OTHER_SPACES, SPACES, strict=True)
    ]
    found = between(a_state([], SPACES), a_state([], [*SPACES[1:], reused[0]]))
    assert [(pair.before.key, pair.after.key) for pair in found.recreated] == [(SPACES[0].key, reused[0].key)]
    assert not found.appeared
    assert not found.disappeared
    assert "re-created under the same number" in text_of(a_state([], SPACES), a_state([], [*SPACES[1:], reused[0]]))


def test_a_process_that_changed_namespace_is_told_with_type_from_and_to() -> None:
    moved = msgspec.structs.replace(INITIAL, net=OTHER.net)
    before = a_state([a_process(7)], ALL_SPACES)
    after = a_state([a_process(7, namespaces=moved)], ALL_SPACES)
    (move,) = between(before, after).moved
    assert (move.process.pid, move.type, move.before, move.after) == (7, "net", INITIAL.net, OTHER.net)
    assert not between(before, after).processes
    assert f"net {INITIAL.net} → {OTHER.net}" in text_of(before, after)


def test_an_unreadable_link_is_unknown_and_never_a_move() -> None:
    blind = msgspec.structs.replace(OTHER, net=None)
    seen = a_state([a_process(7, namespaces=OTHER)], ALL_SPACES)
    without = [space for space in ALL_SPACES if space.key != OTHER.net]
    unseen = a_state([a_process(7, namespaces=blind)], without, gaps=[Gap(7, "ns/net", "forbidden")])
    lost, regained = between(seen, unseen), between(unseen, seen)
    assert not lost.moved
    assert not lost.disappeared
    assert [space.key for space in lost.unseen] == [OTHER.net]
    assert lost.coverage is not None
    assert lost.coverage.lost == (Gap(7, "ns/net", "forbidden"),)
    assert not regained.moved
    assert not regained.appeared
    assert [space.key for space in regained.seen_again] == [OTHER.net]
    assert "process 7: ns/net (forbidden)" in text_of(seen, unseen)


def test_a_namespace_whose_last_process_ended_has_disappeared() -> None:
    found = between(a_state([a_process(7, namespaces=OTHER)], ALL_SPACES), a_state([], SPACES))
    assert {space.key for space in found.disappeared} == set(OTHER.keys())
    assert not found.unseen


def test_a_reboot_is_said_first() -> None:
    before = a_state([a_process(7)])
    rebooted = msgspec.structs.replace(HOST, boot_id="f" * 32)
    after = make_state(rebooted, before.taken_at, 1.0, [], [])
    assert "rebooted" in text_of(before, after).splitlines()[0]
    renamed = msgspec.structs.replace(HOST, hostname="new\x1b[31m")
    assert "hostname: orchid → new\\x1b[31m" in text_of(before, msgspec.structs.replace(before, host=renamed))


def test_a_chain_that_came_out_differently_is_told() -> None:
    first = Chain(a_container(1).id, (Link(1, "daemon", None),))
    second = Chain(a_container(1).id, (Link(2, "daemon", None),))
    assert between(a_state([], chains=[first]), a_state([], chains=[second])).chains == (first.container,)


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit status and output of the command, as the shell would give them."""
    out, err, status = io.StringIO(), io.StringIO(), 0
    try:
        call_command(*arguments, stdout=out, stderr=err, no_color=True)
    except SystemExit as ended:
        status = int(ended.code or 0)
    return status, out.getvalue(), err.getvalue()


def store(*states: HostState) -> None:
    now = datetime.now(UTC)
    for seq, state in enumerate(states, 1):
        taken = (now - timedelta(hours=len(states) - seq)).isoformat()
        history.record(Reset(state.host.machine_id, seq, taken, msgspec.structs.replace(state, taken_at=taken)))


@pytest.mark.django_db
def test_the_exit_status_says_whether_something_changed() -> None:
    store(a_state([a_process(7)]), a_state([a_process(7)]), a_state([a_process(8)]))
    status, out, _ = run("compare", "1", "2")
    assert (status, out.splitlines()[-1]) == (0, NOTHING)
    status, out, _ = run("compare", "1", "3")
    assert status == 1
    assert "+ sleep 8" in out
    assert run("compare", "1")[0] == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "arguments", [("1", "9"), ("soon", "1"), ("2020-01-01", "1"), ("1", "2", "--host", "nobody")]
)
def test_what_cannot_be_compared_is_an_error_with_a_reason(arguments: tuple[str, ...]) -> None:
    store(a_state([]), a_state([]))
    status, out, err = run("compare", *arguments)
    assert (status, out) == (2, "")
    assert err.strip()


@pytest.mark.django_db
def test_without_a_host_it_says_so() -> None:
    assert run("compare", "1", "2")[0] == 2


@pytest.mark.django_db
def test_of_several_hosts_one_must_be_named() -> None:
    store(a_state([]), a_state([a_process(7)]))
    other = msgspec.structs.replace(HOST, machine_id="c" * 32, hostname="other")
    store(msgspec.structs.replace(a_state([]), host=other))
    status, _, err = run("compare", "1", "2")
    assert status == 2
    assert "other" in err
    assert run("compare", "1", "2", "--host", "orchid")[0] == 1
    assert run("compare", "1", "now", "--host", "ccc")[0] == 0


@pytest.mark.django_db
def test_a_time_that_begins_with_a_dash_is_no_option(capsys: pytest.CaptureFixture[str]) -> None:
    store(a_state([a_process(7)]), a_state([a_process(8)]), a_state([a_process(9)]))
    with pytest.raises(SystemExit) as ended:
        ManagementUtility(["manage.py", "compare", "-1h30m", "-30m", "--skip-checks"]).execute()
    assert ended.value.code == 1
    assert "- sleep 7" in capsys.readouterr().out


@pytest.mark.django_db
def test_json_carries_both_moments_the_telling_and_the_changes() -> None:
    store(a_state([a_process(7)]), a_state([a_process(8)]))
    status, out, _ = run("compare", "1", "2", "--json")
    report = msgspec.json.decode(out)
    assert status == 1
    assert (report["host"], report["from"]["seq"], report["to"]["seq"]) == (HOST.machine_id, 1, 2)
    assert report["comparison"]["processes"][0]["appeared"][0]["pid"] == 8
    assert report["changes"]["processes"]["remove"] == [f"{BOOT[:8]}:7:100"]
