"""The agent as it is, which also writes down each state it saw: ``python -m tests.support.witness FILE agent …``.

A state is written to ``FILE`` before it is put away, and its moment to ``FILE.kept`` after that.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import django
import msgspec
from django.core.management import execute_from_command_line
from msgspec.structs import replace

from inspector.agent.loop import Agent
from inspector.facts.diff import Changes
from inspector.facts.types import Container, HostState
from inspector.protocol.frames import Frame
from tests.support.installation import Installation
from tests.support.running import ROOT


class Witness(Agent):
    def _keep(self, state: HostState, changes: Changes | None) -> Frame:
        with Path(sys.argv[1]).open("ab") as file:
            file.write(msgspec.json.encode(state) + b"\n")
        frame = super()._keep(state, changes)
        with kept_file(Path(sys.argv[1])).open("a") as moments:
            moments.write(state.taken_at + "\n")
        return frame


def kept_file(seen: Path) -> Path:
    return seen.with_suffix(".kept")


def read_seen(path: Path) -> dict[str, HostState]:
    """What was seen, by its moment; the line in which the witness was killed may be cut short."""
    states: list[Any] = []
    for line in path.read_bytes().splitlines():
        try:
            states.append(msgspec.json.decode(line, type=HostState))
        except msgspec.DecodeError:
            continue
    return {state.taken_at: state for state in states}


def with_late_names(seen: HostState, held: HostState) -> HostState:
    """What was seen, with what an engine told of a nameless container only after its end, as history holds it."""
    told = {container.key: container for container in held.containers}
    return replace(seen, containers=tuple(_named(one, told.get(one.key, one)) for one in seen.containers))


def _named(seen: Container, held: Container) -> Container:
    if seen.name:
        return seen
    image, labels = seen.image or held.image, seen.labels or held.labels
    return replace(seen, name=held.name, image=image, labels=labels)


class Witnessed:
    """The agent's process, which may be killed and started again on the same folder."""

    def __init__(self, installation: Installation, folder: Path) -> None:
        self.seen = folder / "seen"
        self.said = folder / "said"
        self.command = [
            *(sys.executable, "-m", "tests.support.witness", str(self.seen), "agent", "--interval", "0.5"),
            *("--server", installation.url, "--token-file", str(installation.data / "token")),
            *("--data", str(folder / "agent")),
        ]
        self.environ = installation.environ
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.said.open("ab") as said:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environ, stdin=subprocess.DEVNULL, stdout=said, stderr=said
            )

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    django.setup()
    from inspector.management.commands import agent

    agent.Agent = Witness  # type: ignore[attr-defined]
    execute_from_command_line(["manage.py", *sys.argv[2:]])
