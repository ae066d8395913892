"""When to look: soon after something stirs, a few times a second under load, and at everything once in a while.

Pure: moments are given, in seconds of any steady clock.
"""

from __future__ import annotations

import math
from typing import Final

GATHER_S: Final = 0.04
"""From the first thing that stirs to the look: a fork becomes a program, what is short is over."""

APART_S: Final = 0.23
"""From one look to the next: some four a second, and nobody waits longer than 250 ms."""

SHARE: Final = 0.2
"""Of one processor, at most, goes into looking: after a look that took long the next one waits longer."""


class Rhythm:
    """The moments at which the next look and the next heartbeat are due.

    :param beat_s: from one heartbeat to the next.
    :param whole_s: from one look at everything to the next.
    :param measure_s: from one reading of what the containers use to the next.
    """

    def __init__(self, beat_s: float, whole_s: float, measure_s: float = math.inf) -> None:
        self.beat_s = beat_s
        self.whole_s = whole_s
        self.measure_s = measure_s
        self.measure_due = 0.0 if measure_s < math.inf else math.inf
        self.whole_due = 0.0
        self.beat_due = 0.0
        self._free = 0.0  # no look begins before

    def due(self, stirred: float | None) -> float:
        """When something is to be done next.

        :param stirred: when the first thing happened that was not looked at yet.
        """
        calm = min(self.whole_due, self.beat_due, self.measure_due)
        return calm if stirred is None else min(calm, self.look_due(stirred))

    def look_due(self, stirred: float) -> float:
        """When to look at what stirred."""
        return max(stirred + GATHER_S, self._free)

    def is_look_due(self, now: float, stirred: float | None) -> bool:
        """Whether to look now: at everything, or at what stirred."""
        return now >= self.whole_due or (stirred is not None and now >= self.look_due(stirred))

    def looked(self, began: float, took: float, whole: bool) -> None:
        """A look was made.

        :param took: processor time, in seconds.
        """
        self._free = began + max(APART_S, took / SHARE)
        if whole:
            self.whole_due = began + self.whole_s

    def measured(self, now: float) -> None:
        """What the containers use was read."""
        self.measure_due = now + self.measure_s

    def beaten(self, now: float) -> None:
        """A heartbeat was sent. Those that were missed are not made up for."""
        self.beat_due += self.beat_s
        if self.beat_due <= now:
            self.beat_due = now + self.beat_s
