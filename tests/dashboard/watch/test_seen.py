"""The series about hosts are those of their newest states, are well formed, and hold nothing that is not known."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.conf import settings as django_settings
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from dashboard import usage
from dashboard.watch.seen import FAMILIES, SeenHosts
from inspector.facts.types import LONGEST_S, Declared, Gap, HostState, Limits, Usage
from inspector.history import open_rows, record
from inspector.models import Host
from inspector.protocol.frames import Reset
from tests.support.states import HOST, a_container, a_process, a_state, container_id, host_states, some_namespaces

pytestmark = pytest.mark.django_db

NOW_ALONE = re.compile(r"isoscope_host_(lag_seconds|up)\{.*\n")


def store(state: HostState, seq: int, machine_id: str = HOST.machine_id, hostname: str = "orchid") -> None:
    info = msgspec.structs.replace(state.host, machine_id=machine_id, hostname=hostname)
    state = msgspec.structs.replace(state, host=info)
    record.record(Reset(host=machine_id, seq=seq, taken_at=state.taken_at, state=state))


def text_of(seen: SeenHosts) -> str:
    return NOW_ALONE.sub("", "".join(seen.write()))


def read(seen: SeenHosts | None = None) -> dict[tuple[str, ...], float]:
    """Name and labels → value; no series may be there twice."""
    text = "".join((seen or SeenHosts()).write())
    found: dict[tuple[str, ...], float] = {}
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            key = (one.name.removeprefix("isoscope_"), *one.labels.values())
            assert key not in found
            found[key] = one.value
    assert found or not text
    return found


def a_host(**facts: Any) -> HostState:
    """A container in the host's own net namespace, and one that is isolated."""
    first, initial = some_namespaces()
    second, own = some_namespaces(2)
    members = [
        a_process(1, container=None, namespaces=initial),
        a_process(
            10, container=container_id(1), role="init", namespaces=msgspec.structs.replace(own, net=initial.net)
        ),
        a_process(20, container=container_id(2), role="init", namespaces=own),
    ]
    told: dict[str, Any] = {"restarts": 4, "oom_killed": True, "health": "unhealthy", "limits": Limits(2**30)}
    containers = [a_container(1, "proxy", init_pid=10), a_container(2, "web", init_pid=20, **(told | facts))]
    return a_state(members, [*first, *second], containers=containers)


def test_what_a_container_shares_and_how_it_fares_is_told() -> None:
    store(a_host(), 1)
    usage.latest.note(HOST.machine_id, {container_id(2): Usage(500, 1, 1, 100)})
    found = read()
    usage.latest.forget(HOST.machine_id)
    assert found["container_shares", "orchid", "proxy", "net", "host"] == 1
    assert ("container_shares", "orchid", "web", "net", "host") not in found
    assert found["container_shares", "orchid", "web", "uts", "container"] == 1
    assert found["container_restarts_total", "orchid", "web"] == 4
    assert (found["container_oom_killed", "orchid", "web"], found["container_healthy", "orchid", "web"]) == (1, 0)
    assert found["container_memory_limit_bytes", "orchid", "web"] == 2**30
    assert found["container_memory_bytes", "orchid", "web"] == 400
    assert found["namespaces", "orchid", "net"] == 2
    assert found["container_namespaces_unknown", "orchid"] == 0
    assert found["host_up", "orchid"] == 1


def test_what_is_not_known_has_no_series() -> None:
    store(a_host(restarts=None, oom_killed=None, health="none", limits=Limits()), 1)
    found = read()
    for name in ("restarts_total", "oom_killed", "healthy", "memory_limit_bytes", "memory_bytes"):
        assert (f"container_{name}", "orchid", "web") not in found


def test_namespaces_that_could_not_be_read_are_counted_and_no_container_shares_them() -> None:
    first, initial = some_namespaces()
    member = a_process(10, container=container_id(1), namespaces=msgspec.structs.replace(initial, net=None))
    unseen = a_container(2, "unseen", init_pid=20)
    gap = Gap(10, "ns/net", "forbidden")
    store(a_state([member], first, containers=[a_container(1, init_pid=10), unseen], gaps=[gap]), 1)
    found = read()
    assert found["container_namespaces_unknown", "orchid"] == 1 + 8
    assert found["gaps", "orchid", "ns/net", "forbidden"] == 1
    assert ("container_shares", "orchid", "web", "net", "host") not in found


def test_a_container_left_behind_is_told() -> None:
    spaces, initial = some_namespaces()
    others, own = some_namespaces(2)
    sidecar = a_container(1, "sidecar", init_pid=10, declared=Declared(network=f"container:{container_id(2)}"))
    members = [
        a_process(1, namespaces=initial),
        a_process(10, container=container_id(1), namespaces=own),
        a_process(20, container=container_id(2), namespaces=initial),
    ]
    store(a_state(members, [*spaces, *others], containers=[sidecar, a_container(2, init_pid=20)]), 1)
    assert read()["container_left_behind", "orchid", "sidecar", "net"] == 1


def test_an_agent_that_is_away_leaves_only_that() -> None:
    store(a_host(), 1)
    seen = SeenHosts()
    assert any(name.startswith("container_") for name, *_ in read(seen))
    long_ago = timezone.now() - timedelta(hours=1)
    Host.objects.update(heard_at=long_ago, seen_at=long_ago)
    found = read(seen)
    assert found["host_up", "orchid"] == 0 and found["host_lag_seconds", "orchid"] > 3000
    assert {name for name, *_ in found} == {
        *(f"host_{name}" for name in ("up", "seen_timestamp_seconds", "lag_seconds", "backlog_frames")),
        *("host_processes", "host_containers", "metrics_containers_left_out"),
    }


def test_hosts_and_containers_of_one_name_are_told_apart() -> None:
    containers = [a_container(1, "web"), a_container(2, "web")]
    for number in (1, 2):
        store(a_state([], containers=containers), 1, f"{number:032x}", "same")
    names = {key[1:] for key in read() if key[0] == "container_running"}
    assert len(names) == 4


def test_there_are_no_more_containers_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(django_settings, "METRICS_CONTAINERS", 3)
    for number in (1, 2):
        store(a_host(), 1, f"{number:032x}", f"host-{number}")
    found = read()
    assert {key[1] for key in found if key[0] == "container_running"} == {"host-1"}
    assert found["metrics_containers_left_out",] == 2
    assert found["namespaces", "host-2", "net"] == 2


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(host_states(), min_size=2, max_size=3))
def test_series_that_are_kept_are_those_that_would_be_made_anew(states: list[HostState]) -> None:
    Host.objects.all().delete()
    open_rows.forget()
    seen = SeenHosts()
    for seq, state in enumerate(states, 1):
        store(state, seq)
        Host.objects.update(interval_s=LONGEST_S)  # a slow machine is not away
        assert text_of(seen) == text_of(SeenHosts())
        read(seen)


def test_every_name_is_told_once_and_explained() -> None:
    assert len({family.name for family in FAMILIES}) == len(FAMILIES)
    assert all(family.says.endswith(".") and "\n" not in family.says for family in FAMILIES)
