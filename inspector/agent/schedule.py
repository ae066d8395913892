"""When the next scan, pass, heartbeat and measurement are due: soon after an event, and not too often under load.

No clock is read: moments are given, in seconds of any monotonic clock.
"""

from __future__ import annotations

import math
from typing import Final

GATHER_S: Final = 0.04
"""From the first event to the scan. Meanwhile a fork executes its program, and short-lived processes end."""

APART_S: Final = 0.23
"""From one scan to the next: about four a second, so that no event waits longer than 250 ms."""

LONGEST_APART_S: Final = 1.0
"""From one scan to the next while the server is behind."""

PATIENCE: Final = 20
"""If this many frames wait, scans are twice as far apart."""

SHARE: Final = 0.2
"""At most this share of one processor is used for scans: after a slow scan the next one waits longer."""

PASS_SHARE: Final = 0.05
"""At most this share is used for passes."""


class Schedule:
    """When the next scan, pass, heartbeat and measurement are due.

    :param heartbeat_s: seconds from one heartbeat to the next.
    :param full_scan_s: seconds from one full scan to the next.
    :param measure_s: seconds from one reading of the containers' usage to the next.
    :param pass_s: seconds from one pass to the next.
    """

    def __init__(
        self, heartbeat_s: float, full_scan_s: float, measure_s: float = math.inf, pass_s: float = math.inf
    ) -> None:
        self.heartbeat_s = heartbeat_s
        self.full_scan_s = full_scan_s
        self.measure_s = measure_s
        self.pass_s = pass_s
        self.pass_due = math.inf  # after the first full scan
        self.measure_due = 0.0 if measure_s < math.inf else math.inf
        self.full_scan_due = 0.0
        self.heartbeat_due = 0.0
        self._free = 0.0  # no partial scan begins before

    def next_due(self, pending_since: float | None) -> float:
        """When something is due next.

        :param pending_since: when the first event came that was not scanned yet.
        """
        calm = min(self.full_scan_due, self.pass_due, self.heartbeat_due, self.measure_due)
        return calm if pending_since is None else min(calm, self.scan_due(pending_since))

    def scan_due(self, pending_since: float) -> float:
        """When to scan what is pending."""
        return max(pending_since + GATHER_S, self._free)

    def is_scan_due(self, now: float, pending_since: float | None) -> bool:
        """Whether a scan is due now, full or partial, or a pass."""
        return now >= min(self.full_scan_due, self.pass_due) or (
            pending_since is not None and now >= self.scan_due(pending_since)
        )

    def scanned(self, began: float, took: float, full: bool, waiting: int = 0) -> None:
        """A scan was made.

        :param took: processor time in seconds.
        :param full: whether it was a full scan.
        :param waiting: frames that are still to be delivered; the more there are, the longer the next scan waits.
        """
        apart = min(LONGEST_APART_S, APART_S * (1 + waiting / PATIENCE))
        self._free = began + max(apart, took / SHARE)
        if full:
            self.full_scan_due = began + self.full_scan_s
            self.pass_due = began + self.pass_s

    def passed(self, began: float, took: float) -> None:
        """A pass was made.

        :param took: processor time in seconds.
        """
        self.pass_due = began + max(self.pass_s, took / PASS_SHARE)

    def measured(self, now: float) -> None:
        """The containers' usage was read."""
        self.measure_due = now + self.measure_s

    def heartbeat_sent(self, now: float) -> None:
        """A heartbeat was sent. Missed heartbeats are not sent later."""
        self.heartbeat_due += self.heartbeat_s
        if self.heartbeat_due <= now:
            self.heartbeat_due = now + self.heartbeat_s
