"""Recording trouble: why frames cannot be stored. Pages show it while it lasts."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final

import msgspec

from dashboard.database_errors import explain

FORGOTTEN_S: Final = 120.0
"""Trouble that did not recur for this long is over, or concerns another server process. Agents retry every 30 s."""

MOST: Final = 10_000
"""Hosts in trouble that are remembered: while the database does not answer, no agent's token can be checked."""


class Trouble(msgspec.Struct, frozen=True, tag="trouble"):
    """Recording of a host is interrupted, and why. ``text`` is ``None`` once it goes on."""

    text: str | None
    since: str | msgspec.UnsetType = msgspec.UNSET  # ISO 8601, the server's clock


OVER: Final = Trouble(None)


class Troubles:
    """The troubles of this process, by host. Other server processes receive the announcement."""

    def __init__(self) -> None:
        self._met: dict[str, tuple[Trouble, float]] = {}

    def meet(self, machine_id: str, error: Exception) -> Trouble:
        """Note that a frame or heartbeat of this host could not be stored. The trouble began with the first one."""
        held = self.of(machine_id)
        since = held.since if held else datetime.now(UTC).isoformat()
        trouble = Trouble(explain(error), since)
        self._met.pop(machine_id, None)
        self._met[machine_id] = trouble, time.monotonic()
        if len(self._met) > MOST:
            del self._met[next(iter(self._met))]
        return trouble

    def end(self, machine_id: str) -> bool:
        """Note that something of this host was stored; return whether that ends a trouble."""
        return self._met.pop(machine_id, None) is not None

    def of(self, machine_id: str) -> Trouble | None:
        """The current trouble of this host."""
        trouble, met = self._met.get(machine_id, (None, 0.0))
        return trouble if time.monotonic() - met < FORGOTTEN_S else None


troubles: Final = Troubles()
