"""The agent as it is, which also writes down each state it saw: ``python -m tests.support.witness FILE agent …``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import msgspec
from django.core.management import execute_from_command_line

from inspector.agent.loop import Agent
from inspector.facts.diff import Changes
from inspector.facts.types import HostState
from inspector.protocol.frames import Frame


class Witness(Agent):
    def _keep(self, state: HostState, changes: Changes | None) -> Frame:
        with Path(sys.argv[1]).open("ab") as file:
            file.write(msgspec.json.encode(state) + b"\n")
        return super()._keep(state, changes)


def read_seen(path: Path) -> dict[str, HostState]:
    """What was seen, by its moment; the line in which the witness was killed may be cut short."""
    states: list[Any] = []
    for line in path.read_bytes().splitlines():
        try:
            states.append(msgspec.json.decode(line, type=HostState))
        except msgspec.DecodeError:
            continue
    return {state.taken_at: state for state in states}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    from inspector.management.commands import agent

    agent.Agent = Witness  # type: ignore[misc]
    execute_from_command_line(["manage.py", *sys.argv[2:]])
