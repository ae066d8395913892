"""The feed in the terminal."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.utils import timezone
from hypothesis import given

from inspector.analysis.compare.noise import PATTERNS, Matcher
from inspector.analysis.compare.pair import Pair
from inspector.analysis.compare.sides import sides_of
from inspector.analysis.feed.entries import Entry, make_ran
from inspector.analysis.feed.find_entries import find_entries
from inspector.analysis.feed.from_history import Wanted
from inspector.analysis.text.feed import say
from inspector.analysis.text.zones import local_zone
from inspector.facts.types import HostState
from inspector.history import record
from inspector.history.snapshots import last_seq
from inspector.management.commands.events import read_further
from inspector.models import Host
from inspector.protocol.frames import Reset
from tests.support.commands import run
from tests.support.lives import laws
from tests.support.states import HOST, a_container, a_process, a_state, host_states

ALL = "mnt uts ipc pid net user cgroup time"
BACK = "the agent reports again"
WEB = a_container(1, "web", init_pid=20)


def store(*states: HostState) -> None:
    """Record them, a minute apart, the last one now."""
    now, first = datetime.now(UTC), last_seq(HOST.machine_id) + 1
    for seq, state in enumerate(states, first):
        taken = (now - timedelta(minutes=first + len(states) - 1 - seq)).isoformat()
        record.record(Reset(HOST.machine_id, seq, taken, msgspec.structs.replace(state, taken_at=taken)))


def with_web(*more: Any) -> HostState:
    return a_state([a_process(1), a_process(20, container=WEB.id, role="init"), *more], containers=[WEB])


def shell(pid: int, command: str) -> Any:
    return a_process(pid, "sh", container=WEB.id, role="exec", cmdline=("sh", "-c", command))


@pytest.mark.django_db
@pytest.mark.parametrize("option", ["--since", "--until"])
def test_a_moment_that_is_still_to_come_is_an_error_and_not_an_empty_answer(option: str) -> None:
    store(a_state([a_process(1)]), with_web())
    for ahead, why in (
        ((datetime.now(UTC) + timedelta(hours=3)).isoformat(), "still to come"),
        ("99", "newest is 2"),
    ):
        status, out, err = run("events", option, ahead)
        assert (status, out) == (2, "")
        assert why in err


@pytest.mark.django_db
def test_since_a_time_without_a_date_is_since_the_last_one_that_was() -> None:
    store(a_state([a_process(1)]), with_web())
    ahead = datetime.now(local_zone()) + timedelta(minutes=5)  # today it is still to come, or it is of tomorrow
    status, out, _ = run("events", "--since", f"{ahead:%H:%M}")
    assert status == 0
    assert "web started" in out


@pytest.mark.django_db
def test_what_happened_is_listed_oldest_first() -> None:
    store(a_state([a_process(1)]), with_web(), with_web(shell(40, "id")), a_state([a_process(1)]))
    status, out, _ = run("events")
    assert status == 0
    assert [" ".join(line.split()[2:]) for line in out.splitlines()] == [
        "1 the agent stopped reporting",
        f"2 {BACK}",
        "2 web started of local/busybox:1 (running)",
        "2 web began to share mnt uts ipc pid net with the host",
        "2 web began to share user cgroup time with the host",
        "2 the agent stopped reporting",
        f"3 {BACK}",
        "3 exec in web: sh 40: sh -c id",
        "3 the agent stopped reporting",
        f"4 {BACK}",
        "4 web stopped",
        f"4 web no longer shares {ALL} with the host",
    ]


@pytest.mark.django_db
def test_it_lists_only_what_is_asked_for_and_counts_noise_unless_told_not_to() -> None:
    store(with_web())
    for pid in range(40, 46):
        store(with_web(shell(pid, "/healthcheck")), with_web())
    assert [line.split("  ")[-1] for line in run("events", "--kind", "exec")[1].splitlines()] == [
        "exec in web: sh 45: sh -c /healthcheck, 6 times"
    ]
    assert len(run("events", "--all", "--kind", "exec")[1].splitlines()) == 6
    assert run("events", "--container", "db")[1] == ""
    assert run("events", "--since", "-1s", "--until", "2020-01-01")[1] == ""


@pytest.mark.django_db
def test_json_is_one_entry_a_line() -> None:
    store(a_state([a_process(1)]), with_web())
    entries = [json.loads(line) for line in run("events", "--json", "--kind", "container-started")[1].splitlines()]
    assert [(entry["seq"], entry["kind"], entry["name"], entry["from"]) for entry in entries] == [
        (2, "container-started", "web", None)
    ]


@pytest.mark.django_db
def test_following_shows_what_came_since() -> None:
    store(a_state([a_process(1)]))
    host = Host.objects.get()
    assert read_further(host, Wanted()) == []
    store(with_web())
    assert [entry.kind for entry in read_further(host, Wanted(kinds=frozenset(("container-started",))))] == [
        "container-started"
    ]
    assert read_further(host, Wanted()) == []


@pytest.mark.django_db
def test_without_a_host_or_with_a_moment_that_is_none_it_says_so() -> None:
    assert run("events")[0] == 2
    store(a_state([]))
    status, _, err = run("events", "--since", "soon")
    assert status == 2 and "soon" in err


@laws
@given(host_states(), host_states())
def test_every_entry_is_one_printable_sentence(before: HostState, after: HostState) -> None:
    for entry in find_entries(Pair(*sides_of(before, after)), Matcher(PATTERNS)):
        assert say(entry) and say(entry).isprintable()


def test_how_often_it_happened_is_said() -> None:
    at = timezone.now().isoformat()
    assert say(make_ran(1, at, None, "web", "sleep", 12)) == "sleep in web, ended after a short time, 12 times"
    assert say(Entry(1, at, "exec", times=7)) == "7 more of this kind at once: exec"
