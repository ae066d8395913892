"""The retention thread of a server process. A lease lets one of several processes work at a time."""

from __future__ import annotations

import logging
import threading
from typing import Final

from django.conf import settings
from django.db import close_old_connections, connections

from dashboard import counters
from dashboard.accounts import audit
from dashboard.database_errors import log_fault
from inspector.history.retention import thinning
from inspector.history.retention.lease import Holder
from inspector.history.retention.rounds import LEASE, Outcome, Round, Rules
from inspector.history.throttle import Pace, Stopped

log = logging.getLogger("isoscope.retention")

FIRST_S: Final = 20.0  # after the start, which is busy
GRACE_S: Final = 5.0  # the end of the process waits at most this long for the current step


class RetentionThread:
    """Runs a round of retention every ``every_s`` seconds until it is stopped."""

    def __init__(self, every_s: float | None = None, first_s: float = FIRST_S) -> None:
        self.every_s = settings.KEEP_EVERY if every_s is None else every_s
        self.first_s = min(first_s, self.every_s)
        self.stopping = threading.Event()
        self.holder = Holder(LEASE)
        self.thread = threading.Thread(target=self.loop, name="retention", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        """Stop after the current step, which takes some milliseconds."""
        self.stopping.set()
        if self.thread.is_alive():
            self.thread.join(GRACE_S)

    def loop(self) -> None:
        """Run rounds until the thread is stopped. An error in a round does not end the loop."""
        wait = self.first_s
        while not self.stopping.wait(wait):
            self.run_round()
            wait = self.every_s
        connections.close_all()

    def run_round(self) -> Outcome | None:
        """Run one round and return what it freed; ``None`` if another process holds the lease, or on an error."""
        try:
            close_old_connections()
            return self.run_with_lease() if self.holder.take() else None
        except Stopped:
            return None
        except Exception as error:
            log_fault(log, "retention failed; it is tried again later", error)
            counters.ROUNDS.labels("failed").inc()
            return None
        finally:
            close_old_connections()

    def run_with_lease(self) -> Outcome:
        audit.thin()
        rules = Rules(settings.KEEP, settings.KEEP_BYTES)
        pace = Pace(self.stopping, between=self.holder.prolong)
        try:
            outcome = Round(rules, thinning.live_hosts(), pace).run()
        finally:
            self.holder.leave()
        count(outcome)
        if outcome:
            log.info("retention freed %s", outcome)
        return outcome


def count(outcome: Outcome) -> None:
    """Count a round that ended, and what it removed."""
    counters.ROUNDS.labels("done").inc()
    counters.SWEPT_AT.set_to_current_time()
    removed = {"snapshots": outcome.freed.snapshots, "rows": outcome.freed.rows, "values": outcome.values}
    for what, number in removed.items():
        counters.REMOVED.labels(what).inc(number)
