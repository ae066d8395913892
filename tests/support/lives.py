"""Lives of hosts for property tests: states recorded one after another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from inspector.facts.checksum import checksum
from inspector.facts.diff import diff
from inspector.facts.types import SCHEMA, HostState
from inspector.history import record
from inspector.history.record import NOTHING
from inspector.protocol.frames import Diff, Reset, as_diff
from tests.support.states import (
    host_states,
)

START = datetime(2026, 11, 23, 3, 10, tzinfo=UTC)

laws = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def on_host(state: HostState, machine_id: str) -> HostState:
    return msgspec.structs.replace(state, host=msgspec.structs.replace(state.host, machine_id=machine_id))


def reset(state: HostState, seq: int) -> Reset:
    return Reset(state.host.machine_id, seq, state.taken_at, state)


def step(before: HostState, base: int, after: HostState, seq: int) -> Diff:
    return as_diff(after.host.machine_id, base, seq, after, diff(before, after))


def record_all(states: Sequence[HostState], whole: Sequence[bool]) -> dict[tuple[str, int], HostState]:
    """Record states of several hosts in turn, each whole or as changes; by host and seq what was recorded."""
    last: dict[str, tuple[int, HostState]] = {}
    recorded = {}
    for number, state in enumerate(states):
        machine_id = state.host.machine_id
        base, before = last.get(machine_id, (0, NOTHING))
        seq = base + 1 + number % 2  # an agent may leave numbers out
        frame = reset(state, seq) if whole[number] or not base else step(before, base, state, seq)
        answer = record.record(frame)
        assert answer.seq == seq
        assert answer.diff == msgspec.structs.replace(
            step(before, base, state, seq), checksum=checksum(state), schema=SCHEMA
        )
        last[machine_id] = seq, state
        recorded[machine_id, seq] = state
    return recorded


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[HostState], list[bool]]:
    states = draw(st.lists(host_states(), min_size=1, max_size=6))
    names = draw(st.lists(st.sampled_from(("a" * 32, "b" * 32)), min_size=len(states), max_size=len(states)))
    whole = draw(st.lists(st.booleans(), min_size=len(states), max_size=len(states)))
    return [on_host(state, name) for state, name in zip(states, names, strict=True)], whole
