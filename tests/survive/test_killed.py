"""A real server and a real agent, killed again and again while processes, namespaces and containers come and go."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.support.churn import churn
from tests.support.installation import Installation, Visitor
from tests.support.running import wait_for
from tests.support.whole_history import assert_whole
from tests.support.witness import Witnessed, read_seen, with_late_names

ROUNDS = 20


@pytest.mark.root
def test_killed_at_any_moment_in_any_order_history_is_whole_and_what_the_agent_saw(
    installation: Installation, visitor: Visitor, tmp_path: Path
) -> None:
    agent = Witnessed(installation, tmp_path)
    agent.start()
    try:
        wait_for(lambda: visitor.hosts())
        name = visitor.hosts()[0]["id"]
        with churn():
            for number in range(ROUNDS):
                kill_one(random.Random(number), number, installation, agent)
                held = visitor.seq(name)
                wait_for(lambda held=held: visitor.seq(name) > held, seconds=120)  # type: ignore[misc]
        wait_for(lambda: visitor.state(machine_id=name).taken_at in read_seen(agent.seen))
    finally:
        agent.kill()
    installation.kill()
    assert_whole(installation)
    installation.start()
    seen = read_seen(agent.seen)
    assert visitor.seq(name) > ROUNDS
    for seq in range(1, visitor.seq(name) + 1):
        state = visitor.state(seq, name)
        assert state == with_late_names(seen[state.taken_at], state), f"{seq} is not what was seen"


def kill_one(dice: random.Random, number: int, installation: Installation, agent: Witnessed) -> None:
    """After an arbitrary moment: the server, the agent, and now and then both."""
    sum(range(dice.randrange(10_000_000)))
    both = number % 10 == 9
    if both or number % 2:
        agent.kill()
    if both or not number % 2:
        installation.kill()
        installation.start()
    if both or number % 2:
        agent.start()
