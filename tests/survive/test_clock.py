"""Clocks that step back, agents that were away, hosts that were rebooted, frames of 50,000 processes."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from inspector.facts.moments import format_instant
from inspector.facts.types import HostState
from inspector.models import Snapshot
from tests.support.installation import MACHINE, Installation, Visitor
from tests.support.numbered_states import NOON, at
from tests.support.running import wait_for
from tests.support.states import BOOT, HOST, a_process, a_state, some_namespaces

HOUR = timedelta(hours=1)


def moment(visitor: Visitor, asked: datetime) -> dict[str, Any]:
    query = urlencode({"at": asked.isoformat(), "zone": "UTC"})
    return dict(json.loads(visitor.get(f"/api/v1/hosts/{MACHINE}/moment?{query}")))


def watches(installation: Installation) -> list[tuple[object, ...]]:
    return installation.rows("SELECT from_seq, until_seq, until_at >= from_at FROM inspector_watch ORDER BY id")


def timeline(visitor: Visitor, since: datetime, until: datetime) -> dict[str, Any]:
    query = urlencode({"from": since.isoformat(), "to": until.isoformat()})
    return dict(json.loads(visitor.get(f"/api/v1/hosts/{MACHINE}/timeline?{query}")))


def test_a_clock_that_steps_back_an_hour_numbers_on_and_every_moment_has_its_state(
    installation: Installation, visitor: Visitor, tmp_path: Path
) -> None:
    seen = [at(NOON, 1, 2), at(NOON + HOUR, 1, 3), at(NOON, 1, 4), at(NOON + HOUR / 2, 1, 5)]
    with installation.agent(tmp_path / "agent") as agent:
        agent.see(*seen)
        agent.deliver_all()
    assert visitor.seq() == 4
    assert [visitor.state(seq) for seq in (1, 2, 3, 4)] == seen
    assert watches(installation) == [(1, 1, 1), (2, 2, 1), (3, 3, 1), (4, 4, 1)]
    line = timeline(visitor, NOON, NOON + 2 * HOUR)
    assert sorted(bucket["seq"] for bucket in line["buckets"]) == [2, 3, 4]  # 1 and 3 are of one minute
    assert all(bucket["at"] <= format_instant(NOON + HOUR) for bucket in line["buckets"])
    assert moment(visitor, NOON + HOUR / 4)["seq"] == 3
    assert moment(visitor, NOON + HOUR * 3 / 4)["seq"] == 4


def test_an_agent_back_after_a_day_leaves_a_gap_and_what_changed_is_one_difference(
    installation: Installation, visitor: Visitor, tmp_path: Path
) -> None:
    with installation.agent(tmp_path / "agent") as agent:
        agent.see(*(at(NOON + timedelta(seconds=5 * number), 1, 10 + number) for number in range(3)))
        agent.deliver_all()
    back = at(NOON + timedelta(days=1), 1, 12, 99)
    with installation.agent(tmp_path / "agent") as agent:
        agent.see(back)
        agent.deliver_all()
    assert visitor.state() == back
    assert watches(installation) == [(1, 3, 1), (4, 4, 1)]
    gone, again = format_instant(NOON + timedelta(seconds=10)), back.taken_at
    assert timeline(visitor, NOON, NOON + timedelta(days=1))["gaps"] == [{"from": gone, "to": again}]
    night = moment(visitor, NOON + 12 * HOUR)
    assert (night["seq"], night["away"]) == (3, {"from": gone, "to": again})
    difference = json.loads(visitor.get(f"/api/v1/hosts/{MACHINE}/compare?from=3&to=4"))
    assert [process["pid"] for process in difference["processes"]["add"]] == [99]
    assert "change" not in difference["processes"] and "remove" not in difference["processes"]


def test_after_a_reboot_everything_is_new_and_the_old_is_closed(
    installation: Installation, visitor: Visitor, tmp_path: Path
) -> None:
    before, after = at(NOON, 1, 2, 3), booted(at(NOON + HOUR / 6, 1, 2, 3))
    with installation.agent(tmp_path / "agent") as agent:
        agent.see(before)
        agent.deliver_all()
    with installation.agent(tmp_path / "agent") as agent:
        agent.see(after)
        agent.deliver_all()
    assert visitor.state(1) == before
    assert visitor.state(2) == after
    assert installation.rows("SELECT kind FROM inspector_snapshot WHERE seq = 2") == [(Snapshot.Kind.BOOT,)]
    closed = "SELECT count(*) FROM inspector_processinterval WHERE opened = 1 AND closed = 2"
    assert installation.rows(closed) == [(3,)]
    difference = json.loads(visitor.get(f"/api/v1/hosts/{MACHINE}/compare?from=1&to=2"))
    assert len(difference["processes"]["add"]) == len(difference["processes"]["remove"]) == 3


def booted(state: HostState) -> HostState:
    """The same host with the same pids, in its next boot: every key is another."""
    text = msgspec.json.encode(state).decode()
    new = "1a2b3c4d-5a6b-4c7d-8e9f-001122334455"
    return msgspec.json.decode(text.replace(BOOT, new).replace(BOOT[:8], new[:8]), type=HostState)


def test_a_frame_of_fifty_thousand_processes_goes_through(
    installation: Installation, visitor: Visitor, tmp_path: Path
) -> None:
    spaces = [some_namespaces(number) for number in range(1, 201)]
    members = [
        a_process(
            pid,
            f"worker-{pid % 1000}",
            ppid=pid // 100,
            start=pid * 7,
            cmdline=(f"/usr/bin/worker-{pid % 1000}", "--number", str(pid), "--secret", os.urandom(60).hex()),
            namespaces=spaces[pid % 200][1],
        )
        for pid in range(1, 50_001)
    ]
    state = a_state(members, [space for both in spaces for space in both[0]], taken_at=format_instant(NOON))
    with installation.agent(tmp_path / "agent") as agent:
        agent.see(state)
        wait_for(lambda: agent.undelivered() == 0)
        agent.see(at(NOON + timedelta(seconds=5), *range(1, 20)))
        agent.deliver_all()
    assert visitor.state(1) == state
    assert visitor.state(2).coverage.processes == 19


@pytest.mark.django_db(transaction=True)
def test_the_servers_clock_stepping_back_keeps_history_and_the_host_is_not_away() -> None:
    from inspector.history import hosts, record
    from inspector.history.record import beat
    from inspector.history.snapshots import seq_at
    from inspector.history.states import state_at
    from inspector.protocol.frames import Heartbeat, Reset

    state = at(NOON, 1, 2)
    record.record(Reset(MACHINE, 1, state.taken_at, state), arrived=NOON)
    later = at(NOON + timedelta(seconds=5), 1, 3)
    record.record(Reset(MACHINE, 2, later.taken_at, later), arrived=NOON - HOUR)
    beat(MACHINE, Heartbeat(2, format_instant(NOON + timedelta(seconds=10))), arrived=NOON - HOUR)
    host = hosts.get(MACHINE)
    assert state_at(host, 1) == state
    assert state_at(host) == later
    assert host.seen_at == NOON - HOUR
    assert not host.is_away(NOON - HOUR + timedelta(seconds=5))
    assert seq_at(host, NOON + timedelta(seconds=1)) == 1
    assert seq_at(host, NOON + timedelta(seconds=7)) == 2
    assert HOST.machine_id == host.machine_id


@pytest.mark.django_db(transaction=True)
def test_a_moment_that_came_twice_is_the_later_one_and_no_moment_shows_what_was_before_the_step() -> None:
    from inspector.history import hosts, record
    from inspector.history.record import beat
    from inspector.history.snapshots import seq_at
    from inspector.protocol.frames import Heartbeat, Reset

    for seq, taken in enumerate([NOON, NOON + HOUR, NOON + HOUR / 6, NOON + HOUR / 2], 1):
        state = at(taken, 1, seq + 1)
        record.record(Reset(MACHINE, seq, state.taken_at, state))
    beat(MACHINE, Heartbeat(4, format_instant(NOON + 2 * HOUR)))
    host = hosts.get(MACHINE)
    told = {minutes: seq_at(host, NOON + minutes * HOUR / 60) for minutes in (0, 5, 10, 29, 30, 59, 61, 180)}
    assert told == {0: 1, 5: 1, 10: 3, 29: 3, 30: 4, 59: 4, 61: 4, 180: 4}


@pytest.mark.django_db(transaction=True)
def test_a_clock_that_steps_back_while_nothing_changes_still_names_the_newest_state() -> None:
    from inspector.history import hosts, record
    from inspector.history.record import beat
    from inspector.history.snapshots import seq_at
    from inspector.protocol.frames import Heartbeat, Reset

    for seq, taken in enumerate([NOON, NOON + HOUR], 1):
        state = at(taken, 1, seq + 1)
        record.record(Reset(MACHINE, seq, state.taken_at, state))
    beat(MACHINE, Heartbeat(2, format_instant(NOON + HOUR / 6)))
    assert seq_at(hosts.get(MACHINE), NOON + HOUR / 3) == 2
