"""Since when a container is left behind, from history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from inspector.facts.types import Container, Declared, HostState, Process
from inspector.history import record
from inspector.history.queries import left, life
from inspector.models import Host
from inspector.protocol.frames import Reset
from tests.support.states import HOST, a_container, a_process, a_state, some_namespaces

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 23, 3, 10, tzinfo=UTC)
WEB = a_container(1, "web", init_pid=20)
SIDE = a_container(2, "sidecar", init_pid=30, declared=Declared(network=f"container:{WEB.id}"))
SPACES = [space for owner in (1, 2, 3, 4) for space in some_namespaces(owner)[0]]
OWN, OTHER, THIRD = (some_namespaces(owner)[1] for owner in (2, 3, 4))
SIDE_INIT = a_process(30, container=SIDE.id, role="init", namespaces=msgspec.structs.replace(OTHER, net=OWN.net))


def init(of: Container = WEB, net: str | None = None, start: int = 100) -> Process:
    return a_process(
        of.init_pid or 0, container=of.id, start=start, namespaces=msgspec.structs.replace(OWN, net=net or OWN.net)
    )


def after(*states: HostState) -> list[left.LeftBehind]:
    """What is left behind after these states, a minute apart."""
    for seq, state in enumerate(states, 1):
        taken = (START + timedelta(minutes=seq)).isoformat()
        record.record(Reset(HOST.machine_id, seq, taken, msgspec.structs.replace(state, taken_at=taken)))
    return left.read(Host.objects.get(machine_id=HOST.machine_id), len(states))


def state(*processes: Process, containers: list[Container]) -> HostState:
    return a_state([a_process(1), SIDE_INIT, *processes], SPACES, containers=containers)


TOGETHER = state(init(), containers=[WEB, SIDE])
APART = state(init(net=THIRD.net, start=500), containers=[WEB, SIDE])
UNKNOWN = state(containers=[msgspec.structs.replace(WEB, init_pid=None), SIDE])


def minute(number: int) -> str:
    return (START + timedelta(minutes=number)).isoformat()


def test_nothing_is_left_behind_while_both_are_together() -> None:
    assert after(TOGETHER) == []


def test_since_is_the_first_snapshot_without_the_other_one() -> None:
    (found,) = after(TOGETHER, TOGETHER, APART, APART)
    assert (found.name, found.other_name, found.type, found.how) == ("sidecar", "web", "net", "restarted")
    assert (found.joined_seq, found.since_seq) == (2, 3)
    assert (found.joined, found.since) == (minute(2), minute(3))
    assert found.mend == "Restart it: docker restart sidecar"


def test_a_state_that_could_not_tell_in_between_leaves_it_known_since_when() -> None:
    (found,) = after(TOGETHER, UNKNOWN, APART)
    assert (found.joined, found.since) == (minute(1), minute(2))


def test_where_history_never_saw_them_together_it_does_not_say_since_when() -> None:
    (found,) = after(APART)
    assert (found.since, found.joined, found.how) == (None, None, "restarted")


def test_one_that_was_recreated_is_named_with_its_successor() -> None:
    again = a_container(7, "web", init_pid=70)
    (found,) = after(TOGETHER, state(init(again, THIRD.net), containers=[again, SIDE]))
    assert (found.how, found.other_name, found.successor, found.since) == ("removed", "web", again.id, minute(2))
    assert found.mend.endswith("--network container:web")


def test_the_life_of_the_container_says_it_and_no_other() -> None:
    found = after(TOGETHER, APART)
    host = Host.objects.get(machine_id=HOST.machine_id)
    assert life.read(host, "container", SIDE.id).left == found
    assert life.read(host, "container", WEB.id).left == []


def test_the_life_says_it_of_any_moment() -> None:
    found = after(TOGETHER, APART, TOGETHER)
    host = Host.objects.get(machine_id=HOST.machine_id)
    assert found == life.read(host, "container", SIDE.id).left == []
    assert life.read(host, "container", SIDE.id, 1).left == []
    (earlier,) = life.read(host, "container", SIDE.id, 2).left
    assert (earlier.joined, earlier.since) == (minute(1), minute(2))
