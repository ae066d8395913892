"""Retention by itself: a thread of the server process. Of several server processes one at a time does it."""

from __future__ import annotations

import logging
import threading
from typing import Final

from django.conf import settings
from django.db import close_old_connections, connections

from inspector.history.retention import thinning as retention
from inspector.history.retention.lease import Holder
from inspector.history.retention.rounds import LEASE, Outcome, Round, Rules
from inspector.history.throttle import Pace, Stopped

log = logging.getLogger("isoscope.keeper")

FIRST_S: Final = 20.0  # the start is busy enough
GRACE_S: Final = 5.0  # how long the end of the process waits for the step under way


class Keeper:
    """Holds a round of retention every ``every_s`` seconds, until it is told to stop."""

    def __init__(self, every_s: float | None = None, first_s: float = FIRST_S) -> None:
        self.every_s = settings.KEEP_EVERY if every_s is None else every_s
        self.first_s = min(first_s, self.every_s)
        self.stopping = threading.Event()
        self.holder = Holder(LEASE)
        self.thread = threading.Thread(target=self.watch, name="keeper", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        """End after the step that is under way, some milliseconds."""
        self.stopping.set()
        if self.thread.is_alive():
            self.thread.join(GRACE_S)

    def watch(self) -> None:
        """The loop of the thread; nothing that happens in a round ends it."""
        wait = self.first_s
        while not self.stopping.wait(wait):
            self.keep()
            wait = self.every_s
        connections.close_all()

    def keep(self) -> Outcome | None:
        """One round, where no other process is at it; what it freed."""
        try:
            close_old_connections()
            return self.hold_round() if self.holder.take() else None
        except Stopped:
            return None
        except Exception:
            log.exception("retention could not be done; it is tried again later")
            return None
        finally:
            close_old_connections()

    def hold_round(self) -> Outcome:
        rules = Rules(settings.KEEP, settings.KEEP_BYTES)
        pace = Pace(self.stopping, between=self.holder.prolong)
        try:
            outcome = Round(rules, retention.live_hosts(), pace).run()
        finally:
            self.holder.leave()
        if outcome:
            log.info("retention freed %s", outcome)
        return outcome
