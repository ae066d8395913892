"""A history that has grown by a few snapshots."""

from __future__ import annotations

from inspector.facts.types import HostState
from inspector.history import record
from inspector.protocol.frames import Reset
from tests.dashboard.conftest import MACHINE, some_state


def grow(*pids: int, seq: int) -> HostState:
    state = some_state(*pids)
    record.record(Reset(host=MACHINE, seq=seq, taken_at=state.taken_at, state=state))
    return state
