"""SIGKILL for agent, server, PostgreSQL and Redis in any order: the states that the agent had put away and are lost.

``python -m bench.faults.kills_bench``; exit status 1 where one is lost. All four are real, and so is the host, where
processes, namespaces and containers come and go all the while. At the end each state of history is compared with what
the agent saw. States that the agent left out to catch up are counted, not lost; history says how many they are.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Final

from bench.faults.larger import Victim, larger
from bench.figures import figure
from inspector.facts.types import HostState
from tests.support.churn import churn
from tests.support.installation import Installation, Visitor
from tests.support.running import ROOT, wait_for
from tests.support.whole_history import assert_whole
from tests.support.witness import Witnessed, kept_file, read_seen, with_late_names

LONGEST_UP_S: Final = 1.5
LONGEST_DOWN_S: Final = 1.0
SAY_EVERY: Final = 50


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.faults.kills_bench", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, larger(Path(name)) as (installation, services):
        agent = Witnessed(installation, Path(name))
        agent.start()
        try:
            visitor = installation.visitor()
            wait_for(visitor.hosts)
            with churn():
                kill_all(options, {"agent": agent, "server": installation, **services})
            wait_for(lambda: is_delivered(visitor, agent), 300)
        finally:
            agent.kill()
        good = show(options.kills, installation, visitor, agent)
        assert_whole(installation)
        return 0 if good else 1


def kill_all(options: argparse.Namespace, victims: dict[str, Victim]) -> None:
    """Kill one after the other at moments of chance; each is started again after a while."""
    dice, killed, longest_s = Random(options.seed), Counter[str](), 0.0  # noqa: S311
    for number in range(1, options.kills + 1):
        time.sleep(dice.random() * LONGEST_UP_S)
        name = dice.choice(sorted(victims))
        victims[name].kill()
        time.sleep(dice.random() * LONGEST_DOWN_S)
        began = time.monotonic()
        victims[name].start()
        longest_s = max(longest_s, time.monotonic() - began)
        killed[name] += 1
        if number % SAY_EVERY == 0:
            counts = ", ".join(f"{name} {count}" for name, count in sorted(killed.items()))
            print(f"{number} kills: {counts}; the slowest start took {longest_s:.0f} s", flush=True)


def is_delivered(visitor: Visitor, agent: Witnessed) -> bool:
    """Whether history has come to what the agent saw last."""
    hosts = visitor.hosts()
    return bool(hosts) and visitor.state(machine_id=hosts[0]["id"]).taken_at in last_kept(agent)


def last_kept(agent: Witnessed) -> list[str]:
    return kept_file(agent.seen).read_text().split()[-3:]


def show(kills: int, installation: Installation, visitor: Visitor, agent: Witnessed) -> bool:
    """Compare history with what the agent saw."""
    host = visitor.hosts()[0]
    seen, kept = read_seen(agent.seen), set(kept_file(agent.seen).read_text().split())
    seqs = [seq for (seq,) in installation.rows("SELECT seq FROM inspector_snapshot ORDER BY seq")]
    held = [visitor.state(seq, host["id"]) for seq in seqs]
    wrong = sum(not was_seen(state, seen) for state in held)
    missing = len(kept - {state.taken_at for state in held})
    thinned = thinned_of(installation)
    lost = max(0, missing - thinned)
    print(f"{len(kept)} states were put away, {len(held)} are in history, {thinned} were left out to catch up")
    figure("states of history that are not what the agent saw", wrong, "", 0)
    figure(f"states lost in {kills} kills", lost, "", 0)
    return not wrong and not lost


def was_seen(state: HostState, seen: Mapping[str, HostState]) -> bool:
    found = seen.get(state.taken_at)
    return found is not None and state == with_late_names(found, state)


def thinned_of(installation: Installation) -> int:
    ((thinned,),) = installation.rows("SELECT sum(thinned) FROM inspector_snapshot")
    return int(thinned)


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
