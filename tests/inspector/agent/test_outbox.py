"""What waits is thinned as far as catching up needs, and no further."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from inspector.agent.outbox import CATCH_UP_S, KEEP_EVERY_S, ServerPace, thin
from inspector.agent.spool import Entry
from inspector.facts.diff import apply, diff
from inspector.facts.moments import parse_instant
from inspector.facts.types import HostState
from inspector.protocol.frames import Diff, Reset, as_diff, pack, unpack
from tests.support.script_agent import moment
from tests.support.states import HOST, a_process, a_state

START = datetime.fromisoformat("2026-11-23T03:00:00+00:00")


def after(number: int, seconds: float) -> HostState:
    taken_at = (START + timedelta(seconds=seconds)).isoformat()
    return a_state([a_process(1, "init"), a_process(100 + number)], taken_at=taken_at)


def spooled(states: list[HostState]) -> list[Entry]:
    """A reset and the diffs that follow it."""
    first = Reset(HOST.machine_id, 1, states[0].taken_at, states[0])
    entries = [Entry(1, None, pack(first))]
    for seq, (before, state) in enumerate(pairwise(states), 2):
        frame = as_diff(HOST.machine_id, seq - 1, seq, state, diff(before, state))
        entries.append(Entry(seq, seq - 1, pack(frame)))
    return entries


def replay(packed: list[bytes]) -> list[HostState]:
    states: list[HostState] = []
    for data in packed:
        frame = unpack(data)
        if isinstance(frame, Reset):
            states.append(frame.state)
        else:
            assert isinstance(frame, Diff)
            states.append(apply(states[-1], frame, frame.taken_at, frame.duration_ms))
    return states


def test_a_server_that_keeps_up_gets_every_state() -> None:
    entries = spooled([moment(number) for number in range(5)])
    assert thin(entries, 1) == [entry.packed for entry in entries]


@given(st.lists(st.floats(0, 4), min_size=1, max_size=30), st.integers(1, 9))
def test_thinned_states_are_states_that_were_and_lead_to_the_last(pauses: list[float], neighbours: int) -> None:
    seconds = [sum(pauses[:end]) for end in range(len(pauses))]
    states = [after(number, at) for number, at in enumerate(seconds)]
    entries = spooled(states)
    packed = thin(entries, neighbours)
    left = replay(packed)
    assert left[-1] == states[-1]
    assert all(state in states for state in left)
    frames = [unpack(data) for data in packed]
    thinned = sum(frame.thinned for frame in frames if isinstance(frame, Diff))
    assert thinned + len(left) == len(states)
    for before, state in pairwise(left):
        skipped = [one for one in states if before.taken_at < one.taken_at < state.taken_at]
        if skipped:
            apart = parse_instant(state.taken_at) - parse_instant(skipped[0].taken_at)
            assert apart <= timedelta(seconds=KEEP_EVERY_S)


def test_a_frame_is_never_merged_across_a_reset() -> None:
    first, second = spooled([moment(1), moment(2)]), spooled([moment(3), moment(4)])
    frames = [unpack(data) for data in thin([*first, *second], 10)]
    assert [type(frame) for frame in frames] == [Reset, Diff, Reset, Diff]


def test_it_thins_only_where_what_waits_takes_longer_than_it_may() -> None:
    pace = ServerPace()
    assert pace.neighbours(10_000) == 1  # nothing is known of the server yet
    pace.measured(10, 0.5)
    assert pace.neighbours(int(CATCH_UP_S / 0.05) - 1) == 1
    assert pace.neighbours(int(CATCH_UP_S / 0.05) * 3) >= 3
