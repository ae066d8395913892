"""A process that records a known life of a host, frame after frame, until it is killed: see ``test_keyframes``.

``python -m tests.support.recorder`` goes on where history ends, and prints the seq of each frame it has stored.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from inspector.facts.types import HostState
from inspector.protocol.frames import Diff, Reset, as_diff

START = datetime(2026, 11, 23, 3, 10, tzinfo=UTC)


def state_of(seq: int) -> HostState:
    """What the host looked like at ``seq``: always the same for the same number."""
    from tests.support.states import a_container, a_process, a_state

    dice = random.Random(seq)
    return a_state(
        [a_process(pid, comm=f"worker-{dice.randrange(3)}") for pid in dice.sample(range(2, 300), 200)],
        containers=[a_container(number, init_pid=dice.randrange(2, 300)) for number in range(dice.randrange(5))],
        taken_at=(START + seq * timedelta(seconds=5)).isoformat(),
    )


def frame_of(seq: int) -> Reset | Diff:
    """The frame that brings history from ``seq - 1`` to ``seq``: mostly changes, now and then the whole state."""
    from inspector.facts.diff import diff

    state = state_of(seq)
    if seq % 5 == 1:
        return Reset(state.host.machine_id, seq, state.taken_at, state)
    return as_diff(state.host.machine_id, seq - 1, seq, state, diff(state_of(seq - 1), state))


def main() -> None:
    import django

    django.setup()
    from inspector.history import record
    from inspector.history.snapshots import last_seq
    from tests.support.states import HOST

    while True:
        seq = last_seq(HOST.machine_id) + 1
        print(record.record(frame_of(seq)).seq, flush=True)


if __name__ == "__main__":
    main()
