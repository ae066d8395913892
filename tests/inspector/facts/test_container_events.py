"""What happened to a container between two sightings."""

from __future__ import annotations

import pytest

from inspector.facts.container_events import (
    Init,
    event_between,
    event_of_states,
    has_init_again,
    is_another_init,
    is_up,
)
from inspector.facts.types import Container
from tests.support.states import a_container


def stopped() -> Container:
    return a_container(1, state="exited", init_pid=None)


def test_a_container_runs_if_it_has_an_init_or_its_engine_says_so() -> None:
    assert is_up(a_container(1, state="", init_pid=5))
    assert is_up(a_container(1, state="paused", init_pid=None))
    assert not is_up(a_container(1, state="restarting", init_pid=None))
    assert not is_up(None)


@pytest.mark.parametrize(
    ("before", "after", "another"),
    [
        (Init(5, "a:5"), Init(5, "b:5"), True),  # the pid was used again
        (Init(5, "a:5"), Init(6, "a:5"), False),  # the process decides, not the pid
        (Init(5), Init(6, "a:6"), True),
        (Init(5), Init(5), False),
        (None, Init(5), False),
        (Init(5), None, False),
    ],
)
def test_another_process_is_another_init(before: Init | None, after: Init | None, another: bool) -> None:
    assert is_another_init(before, after) is another


def test_after_a_boot_the_same_pid_is_another_init_unless_both_processes_were_seen() -> None:
    assert is_another_init(Init(5), Init(5), rebooted=True)
    assert not is_another_init(Init(5, "a:5"), Init(5, "a:5"), rebooted=True)


def test_whole_containers_start_stop_restart_and_go() -> None:
    running = a_container(1, init_pid=5)
    assert event_between(None, running, False) == "started"
    assert event_between(None, stopped(), False) == "created"
    assert event_between(running, None, False) == "stopped"
    assert event_between(stopped(), None, False) == "removed"
    assert event_between(stopped(), running, False) == "started"
    assert event_between(running, stopped(), False) == "stopped"
    assert event_between(running, running, True) == "restarted"
    assert event_between(running, running, False) is None


@pytest.mark.parametrize(
    ("before", "after", "another", "event"),
    [
        (None, "running", False, "started"),
        (None, "created", False, None),
        ("exited", "running", True, "started"),
        ("restarting", "running", False, "restarted"),
        ("running", "paused", False, None),
        ("running", "running", True, "restarted"),
        ("running", "restarting", False, None),
        ("running", "exited", False, "stopped"),
        ("created", "exited", False, None),
        ("", "exited", False, "stopped"),
        ("running", "", True, None),
        ("running", None, False, "removed"),
    ],
)
def test_states_tell_what_happened(before: str | None, after: str | None, another: bool, event: str | None) -> None:
    assert event_of_states(before, after, another) == event


def test_an_init_that_is_seen_again_was_not_seen_before() -> None:
    without, with_init = a_container(1, init_pid=None), a_container(1, init_pid=5)
    assert has_init_again(without, with_init)
    assert not has_init_again(with_init, with_init)
    assert not has_init_again(stopped(), with_init)
