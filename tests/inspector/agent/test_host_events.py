"""Events of processes: gathered until the next scan, and when that scan is due."""

from __future__ import annotations

import pytest

from inspector.agent.collect.proc_connector import COMM, EXEC, EXIT, FORK, Event
from inspector.agent.host_events import LONGEST_SETTLE_NS, SETTLE_NS, HostEvents, PendingProcesses
from inspector.agent.schedule import APART_S, GATHER_S, Schedule
from inspector.facts.types import Gap

LATER = 10**12
"""A moment at which everything has settled."""


def pending(*events: tuple[int, int, int]) -> PendingProcesses:
    made = PendingProcesses()
    for what, pid, at_ns in events:
        made.add(Event(what, pid, at_ns))
    return made


def test_a_process_that_forks_and_exits_between_two_scans_is_ignored() -> None:
    assert pending((FORK, 7, 1), (EXEC, 7, 2), (EXIT, 7, 3)).take(LATER) == frozenset()


def test_a_process_known_before_is_scanned_when_it_ends_also_where_its_pid_is_used_again() -> None:
    assert pending((EXIT, 7, 1)).take(LATER) == {7}
    assert pending((EXIT, 7, 1), (FORK, 7, 2), (EXIT, 7, 3)).take(LATER) == {7}


def test_a_process_that_a_full_scan_may_have_seen_is_scanned_when_it_ends() -> None:
    made = PendingProcesses()
    made.full_scan_done(10)
    made.add(Event(FORK, 7, 9))
    made.add(Event(EXIT, 7, 11))
    assert made.take(LATER) == {7}


def test_what_a_full_scan_saw_is_not_scanned_again() -> None:
    made = pending((FORK, 7, 1), (COMM, 8, 1))
    made.full_scan_done(10)
    assert made.take(LATER) == frozenset()


def test_a_process_in_the_middle_of_things_is_left_for_the_next_scan_but_not_for_ever() -> None:
    made = pending((FORK, 7, 0), (EXEC, 7, SETTLE_NS))
    assert made.take(SETTLE_NS + 1) == frozenset()
    assert made.take(2 * SETTLE_NS) == {7}
    restless = pending((FORK, 7, 0), *((EXEC, 7, at) for at in range(0, LONGEST_SETTLE_NS, SETTLE_NS // 2)))
    assert restless.take(LONGEST_SETTLE_NS) == {7}


def test_without_a_connector_the_reason_is_a_gap_of_the_host() -> None:
    assert HostEvents(None, "forbidden").gaps == (Gap(None, "events", "forbidden"),)
    assert HostEvents().gaps == ()


def test_a_container_event_or_a_requested_full_scan_ends_a_wait() -> None:
    events = HostEvents()
    events.add_containers(["c1"])
    events.wait(60)
    assert events.pending_since is not None
    assert events.take().containers == {"c1"}
    events.add_containers([])
    events.wait(60)
    assert events.take().engine
    assert events.pending_since is None
    events.request_full_scan()
    events.wait(60)
    assert events.take().full
    assert not events.take()


@pytest.mark.parametrize("pending_since", [100.0, 100.1, 100.2])
def test_no_event_waits_longer_than_a_quarter_of_a_second(pending_since: float) -> None:
    schedule = Schedule(5, 30)
    schedule.scanned(100, took=0.001, full=True)
    schedule.heartbeat_sent(100)
    assert pending_since < schedule.next_due(pending_since) <= pending_since + 0.25


def test_scans_are_a_few_a_second_and_fewer_where_they_take_long() -> None:
    schedule = Schedule(5, 30)
    schedule.scanned(100, took=0.001, full=False)
    assert schedule.scan_due(100.01) == 100 + APART_S
    schedule.scanned(200, took=0.2, full=False)
    assert schedule.scan_due(200.01) == 201


def test_on_a_quiet_host_a_scan_gathers_what_comes_together() -> None:
    schedule = Schedule(5, 30)
    schedule.scanned(100, took=0.001, full=True)
    schedule.heartbeat_sent(100)
    assert schedule.next_due(103) == 103 + GATHER_S
    assert schedule.next_due(None) == 105


def test_a_scan_is_due_when_events_were_gathered_not_when_a_heartbeat_is() -> None:
    schedule = Schedule(5, 30)
    schedule.scanned(100, took=0.001, full=True)
    schedule.heartbeat_sent(100)
    assert not schedule.is_scan_due(105, pending_since=104.99)
    assert schedule.is_scan_due(105.1, pending_since=104.99)
    assert not schedule.is_scan_due(129, pending_since=None)
    assert schedule.is_scan_due(130, pending_since=None)


def test_heartbeats_keep_their_pace_and_those_that_were_missed_are_not_made_up_for() -> None:
    schedule = Schedule(5, 30)
    schedule.heartbeat_sent(100)
    schedule.heartbeat_sent(105.2)
    assert schedule.heartbeat_due == 110
    schedule.heartbeat_sent(131)
    assert schedule.heartbeat_due == 136


def test_a_pass_is_due_every_second_after_the_first_full_scan_and_more_rarely_where_it_takes_long() -> None:
    schedule = Schedule(5, 30, pass_s=1)
    schedule.heartbeat_sent(100)
    schedule.scanned(100, took=0.3, full=True)
    assert schedule.next_due(None) == 101
    assert schedule.is_scan_due(101, pending_since=None)
    schedule.passed(101, took=0.016)
    assert schedule.next_due(None) == 102
    schedule.passed(102, took=0.1)
    assert schedule.next_due(None) == 104


def test_a_process_that_waits_for_its_scan_is_named() -> None:
    assert pending((FORK, 7, 1), (EXEC, 8, 1)).pids == {7, 8}
