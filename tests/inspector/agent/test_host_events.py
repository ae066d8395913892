"""What stirred, gathered until it is looked at; and when that is."""

from __future__ import annotations

import pytest

from inspector.agent.collect.proc_connector import COMM, EXEC, EXIT, FORK, Event
from inspector.agent.host_events import PATIENCE_NS, SETTLE_NS, Ear, Stirs
from inspector.agent.schedule import APART_S, GATHER_S, Rhythm
from inspector.facts.types import Gap

LATER = 10**12
"""A moment at which everything has settled."""


def stirs(*events: tuple[int, int, int]) -> Stirs:
    made = Stirs()
    for what, pid, at_ns in events:
        made.add(Event(what, pid, at_ns))
    return made


def test_a_process_that_was_forked_and_has_ended_is_never_looked_at() -> None:
    assert stirs((FORK, 7, 1), (EXEC, 7, 2), (EXIT, 7, 3)).take(LATER) == frozenset()


def test_a_process_known_before_is_looked_at_when_it_ends_also_where_its_pid_is_used_again() -> None:
    assert stirs((EXIT, 7, 1)).take(LATER) == {7}
    assert stirs((EXIT, 7, 1), (FORK, 7, 2), (EXIT, 7, 3)).take(LATER) == {7}


def test_a_process_that_a_look_at_everything_may_have_seen_is_looked_at_when_it_ends() -> None:
    made = Stirs()
    made.saw_everything(10)
    made.add(Event(FORK, 7, 9))
    made.add(Event(EXIT, 7, 11))
    assert made.take(LATER) == {7}


def test_what_a_look_at_everything_saw_is_not_looked_at_again() -> None:
    made = stirs((FORK, 7, 1), (COMM, 8, 1))
    made.saw_everything(10)
    assert made.take(LATER) == frozenset()


def test_a_process_in_the_middle_of_things_is_left_for_the_next_look_but_not_for_ever() -> None:
    made = stirs((FORK, 7, 0), (EXEC, 7, SETTLE_NS))
    assert made.take(SETTLE_NS + 1) == frozenset()
    assert made.take(2 * SETTLE_NS) == {7}
    restless = stirs((FORK, 7, 0), *((EXEC, 7, at) for at in range(0, PATIENCE_NS, SETTLE_NS // 2)))
    assert restless.take(PATIENCE_NS) == {7}


def test_without_a_connector_the_reason_is_a_gap_of_the_host() -> None:
    assert Ear(None, "forbidden").gaps == (Gap(None, "events", "forbidden"),)
    assert Ear().gaps == ()


def test_what_happens_to_containers_and_what_is_asked_ends_a_wait() -> None:
    ear = Ear()
    ear.note(["c1"])
    ear.wait(60)
    assert ear.stirred is not None
    assert ear.take().containers == {"c1"}
    ear.note([])
    ear.wait(60)
    assert ear.take().engine
    assert ear.stirred is None
    ear.ask()
    ear.wait(60)
    assert ear.take().everything
    assert not ear.take()


@pytest.mark.parametrize("stirred", [100.0, 100.1, 100.2])
def test_nothing_that_stirs_waits_longer_than_a_quarter_of_a_second(stirred: float) -> None:
    rhythm = Rhythm(5, 30)
    rhythm.looked(100, took=0.001, whole=True)
    rhythm.beaten(100)
    assert stirred < rhythm.due(stirred) <= stirred + 0.25


def test_looks_are_a_few_a_second_and_fewer_where_they_take_long() -> None:
    rhythm = Rhythm(5, 30)
    rhythm.looked(100, took=0.001, whole=False)
    assert rhythm.look_due(100.01) == 100 + APART_S
    rhythm.looked(200, took=0.2, whole=False)
    assert rhythm.look_due(200.01) == 201


def test_on_a_quiet_host_a_look_gathers_what_comes_together() -> None:
    rhythm = Rhythm(5, 30)
    rhythm.looked(100, took=0.001, whole=True)
    rhythm.beaten(100)
    assert rhythm.due(103) == 103 + GATHER_S
    assert rhythm.due(None) == 105


def test_a_look_is_due_when_what_stirred_was_gathered_not_when_a_heartbeat_is() -> None:
    rhythm = Rhythm(5, 30)
    rhythm.looked(100, took=0.001, whole=True)
    rhythm.beaten(100)
    assert not rhythm.is_look_due(105, stirred=104.99)
    assert rhythm.is_look_due(105.1, stirred=104.99)
    assert not rhythm.is_look_due(129, stirred=None)
    assert rhythm.is_look_due(130, stirred=None)


def test_heartbeats_keep_their_pace_and_those_that_were_missed_are_not_made_up_for() -> None:
    rhythm = Rhythm(5, 30)
    rhythm.beaten(100)
    rhythm.beaten(105.2)
    assert rhythm.beat_due == 110
    rhythm.beaten(131)
    assert rhythm.beat_due == 136
