"""A viewer in Python, by the rules that pages follow: what it holds, what it asks, and when it fetches the state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from dashboard.sockets.broadcast import FetchAgain
from inspector.errors import OutOfStep
from inspector.facts.checksum import checksum
from inspector.facts.diff import apply
from inspector.facts.types import HostState
from inspector.protocol.frames import Diff, Heartbeat

Message = Diff | Heartbeat | FetchAgain
_messages = msgspec.json.Decoder(Message)


@dataclass
class Viewer:
    """One open page. ``fetch`` gives the newest state and its number."""

    fetch: Callable[[], tuple[HostState, int]]
    state: HostState | None = None
    seq: int = 0
    agrees: bool | None = None  # whether the checksum that came with the last message was the held state's
    asks: list[int] = field(default_factory=list)  # each a resync that was sent
    healed: int = 0

    def load(self) -> None:
        self.state, self.seq = self.fetch()
        self.agrees = None

    def take(self, text: str | bytes) -> None:
        """One message, as it came."""
        message: Any = _messages.decode(text)
        if isinstance(message, FetchAgain):
            self.load()
            return
        try:
            self.follow(message)
        except OutOfStep:
            self.asks.append(self.seq)
            return
        if message.checksum is not None and message.seq == self.seq:
            self.compare(message.checksum)

    def follow(self, message: Diff | Heartbeat) -> None:
        if message.seq > self.seq and isinstance(message, Heartbeat):
            raise OutOfStep("something was missed")
        if message.seq <= self.seq or isinstance(message, Heartbeat):
            return
        if message.base != self.seq or self.state is None:
            raise OutOfStep("it fits on another state")
        self.state = apply(self.state, message, message.taken_at, message.duration_ms)
        self.seq = message.seq

    def compare(self, told: str) -> None:
        assert self.state is not None
        self.agrees = checksum(self.state) == told
        if not self.agrees:
            self.healed += 1
            self.load()
