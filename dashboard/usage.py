"""What containers use now, of the agents that are connected to this process: usage is told live and not recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from inspector.facts.types import Key, Usage


class LatestUsage:
    """The newest message of each agent about usage."""

    def __init__(self) -> None:
        self._by_host: dict[str, Mapping[Key, Usage]] = {}

    def note(self, machine_id: str, containers: Mapping[Key, Usage]) -> None:
        self._by_host[machine_id] = containers

    def forget(self, machine_id: str) -> None:
        """The agent is gone: what it told is no longer what is."""
        self._by_host.pop(machine_id, None)

    def of(self, machine_id: str) -> Mapping[Key, Usage]:
        """Container → usage; nothing where no agent of this host is connected to this process."""
        return self._by_host.get(machine_id, {})


latest: Final = LatestUsage()
