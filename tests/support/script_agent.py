"""An agent whose states are written beforehand."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from inspector.agent.loop import Agent
from inspector.agent.scan.scanner import PartialScan
from inspector.agent.spool import Spool
from inspector.facts.diff import diff
from inspector.facts.types import Completion, HostState, Usage
from inspector.facts.vitals.readings import HostVitals, ProcessVitals, Vitals
from tests.support.states import a_process, a_state

SERVER = "ws://127.0.0.1/ws/agent"


class Script:
    """A source of states written beforehand; an exception among them is raised, the last state stays."""

    def __init__(self, *states: HostState | Exception) -> None:
        self.states = list(states)
        self.told: list[Completion] = []  # what the engine told by now

    def scan(self) -> HostState:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if isinstance(state, Exception):
            raise state
        self.seen = state
        return state

    def partial_scan(self, pids: Collection[int], containers: Collection[str] = ()) -> PartialScan:
        before, after = self.seen, self.scan()
        return PartialScan(diff(before, after), after.taken_at, after.duration_ms)

    sees_all_changes = False

    def changed(self) -> frozenset[int]:
        return frozenset()

    def described(self, containers: Collection[str]) -> tuple[Completion, ...]:
        return tuple(told for told in self.told if told.container in containers)

    def usage(self) -> dict[str, Usage]:
        return {"c" * 64: Usage(memory_bytes=4096)}

    def vitals(self) -> Vitals:
        self.read = getattr(self, "read", 0) + 1
        return Vitals(HostVitals(cpu=float(self.read)), {f"abcd1234:{self.read}:5": ProcessVitals(threads=self.read)})


def moment(number: int) -> HostState:
    """A state that differs from that of any other number."""
    return a_state([a_process(1, "init"), a_process(100 + number)], taken_at=f"2026-11-23T03:{number:02}:00+00:00")


def an_agent(folder: Path, *states: HostState | Exception, limit: int = 2**20) -> Agent:
    return Agent(Script(*states), Spool(folder, limit=limit), SERVER, interval=5)
