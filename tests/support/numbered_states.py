"""States and moments that tests of whole installations count by."""

from __future__ import annotations

import random
from datetime import datetime

from inspector.facts.moments import format_instant, parse_instant
from inspector.facts.types import HostState
from tests.support.states import a_process, a_state

NOON = parse_instant("2026-11-23T12:00:00+00:00")


def at(moment: datetime, *pids: int) -> HostState:
    return a_state([a_process(pid) for pid in pids], taken_at=format_instant(moment))


def some_state(number: int) -> HostState:
    """Another state for each number, with some processes that stay."""
    dice = random.Random(number)
    members = [a_process(pid, f"worker-{dice.randrange(3)}") for pid in sorted(dice.sample(range(2, 60), 30))]
    moment = f"2026-11-23T03:{number // 60:02}:{number % 60:02}+00:00"
    return a_state([a_process(1, f"init-{number}"), *members], taken_at=moment)


TAKEN = "another agent speaks for this host at"
