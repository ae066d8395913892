"""What test_prune_command runs in processes of its own, on a database file of its own: make, prune or write.

``prune`` goes in many small steps, so that a signal hits one of them. ``make`` and ``write`` print, as JSON, which
state is recorded under which seq.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

import django
import msgspec

from inspector.facts.types import HostState
from tests.support.states import HOST, a_process, a_state

START = datetime(2026, 11, 1, tzinfo=UTC)
NOW = START + timedelta(days=20)
POLICY = "1h:all,900d:1m"


def state(seq: int) -> HostState:
    """A process that stays, one that changes, and some that come and go."""
    members = [a_process(1), a_process(2, comm=f"turn-{seq}"), *(a_process(100 + seq * 5 + n) for n in range(5))]
    return a_state(members, taken_at=(START + seq * timedelta(seconds=10)).isoformat())


def record_numbers(first: int, last: int) -> None:
    from inspector.history import record
    from inspector.protocol.frames import Reset

    recorded = {}
    for seq in range(first, last + 1):
        recorded[seq] = state(seq)
        record.record(Reset(HOST.machine_id, seq, recorded[seq].taken_at, recorded[seq]), START)
    sys.stdout.write(msgspec.json.encode(recorded).decode())


def prune() -> None:
    from inspector.history.retention import thinning
    from inspector.history.retention.policy import parse_policy
    from inspector.history.retention.rounds import Round, Rules
    from inspector.history.throttle import Pace

    class Slow(Pace):
        def learn(self, took_s: float, done: int) -> None:
            self.rows = 5

    Round(Rules(parse_policy(POLICY)), thinning.live_hosts(), Slow(pause_s=0.002), NOW, timedelta(0)).run()


def main() -> None:
    django.setup()
    match sys.argv[1:]:
        case ["make"]:
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
            record_numbers(1, 120)
        case ["write"]:
            record_numbers(121, 180)
        case _:
            prune()


if __name__ == "__main__":
    main()
