"""A host's history that goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from inspector.facts.diff import diff
from inspector.facts.types import HostState
from inspector.history import record
from inspector.history.states import state_at
from inspector.protocol.frames import as_diff
from tests.dashboard.conftest import MACHINE

URL = f"/api/v1/hosts/{MACHINE}"

START = datetime(2026, 11, 23, 3, 10, tzinfo=UTC)


def at(state: HostState, seconds: float) -> HostState:
    return msgspec.structs.replace(state, taken_at=(START + timedelta(seconds=seconds)).isoformat())


def go_on(seq: int, seconds: float, state: HostState) -> None:
    """Record the state as the next snapshot, so many seconds after the first."""
    before = state_at(MACHINE)
    state = at(state, seconds)
    record.record(as_diff(MACHINE, seq - 1, seq, state, diff(before, state)))
