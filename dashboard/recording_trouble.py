"""Recording trouble: why frames cannot be stored. Pages are told while it lasts."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final

import msgspec

FORGOTTEN_S: Final = 120.0
"""Trouble that did not recur for so long is over, or concerns another server process. Agents retry every 30 s."""


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
        self._met[machine_id] = trouble, time.monotonic()
        return trouble

    def end(self, machine_id: str) -> bool:
        """Note that something of this host was stored; return whether that ends a trouble."""
        return self._met.pop(machine_id, None) is not None

    def of(self, machine_id: str) -> Trouble | None:
        """The current trouble of this host."""
        trouble, met = self._met.get(machine_id, (None, 0.0))
        return trouble if time.monotonic() - met < FORGOTTEN_S else None


troubles: Final = Troubles()


def explain(error: Exception) -> str:
    """Why the database cannot write, in a sentence for the person at the page."""
    said = str(error).lower()
    if "full" in said or "no space left" in said:
        return "The disk of the server is full: nothing is recorded until there is room."
    if "locked" in said or "lock timeout" in said:
        return "The database is locked by another program: nothing is recorded until it lets go."
    if "disk i/o" in said or "readonly" in said or "read-only" in said:
        return "The disk of the server cannot be written: nothing is recorded until it can."
    if "connection" in said or "connect" in said:
        return "The database does not answer: nothing is recorded until it does."
    return f"The database takes nothing at present ({type(error).__name__}): nothing is recorded until it does."
