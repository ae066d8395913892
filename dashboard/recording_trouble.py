"""What keeps frames from being recorded: said to the pages while it lasts, and to those that open meanwhile."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final

import msgspec

FORGOTTEN_S: Final = 120.0
"""Trouble that was not met again for so long is over, or another server process's: agents try every 30 s at least."""


class Trouble(msgspec.Struct, frozen=True, tag="trouble"):
    """Recording a host is interrupted, and why; ``text`` is ``None`` once it goes on."""

    text: str | None
    since: str | msgspec.UnsetType = msgspec.UNSET  # ISO 8601, the server's clock


OVER: Final = Trouble(None)


class Troubles:
    """What this process met, by host. With several server processes the pages of the others hear it announced."""

    def __init__(self) -> None:
        self._met: dict[str, tuple[Trouble, float]] = {}

    def meet(self, machine_id: str, error: Exception) -> Trouble:
        """A frame or heartbeat of this host could not be stored; the trouble began when that first was so."""
        held = self.of(machine_id)
        since = held.since if held else datetime.now(UTC).isoformat()
        trouble = Trouble(explain(error), since)
        self._met[machine_id] = trouble, time.monotonic()
        return trouble

    def end(self, machine_id: str) -> bool:
        """Something of this host was stored. Whether that ends a trouble."""
        return self._met.pop(machine_id, None) is not None

    def of(self, machine_id: str) -> Trouble | None:
        """The trouble that recording this host is in."""
        trouble, met = self._met.get(machine_id, (None, 0.0))
        return trouble if time.monotonic() - met < FORGOTTEN_S else None


troubles: Final = Troubles()


def explain(error: Exception) -> str:
    """Why the database would not write, in a sentence for the person at the page."""
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
