"""Work in small steps beside writers: each a short transaction, followed by a pause in which others write."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from time import perf_counter
from typing import Final

from django.db import transaction

AIM_S: Final = 0.012
"""How long a step may hold the database. SQLite lets one writer in at a time, and the others retry."""

PAUSE_S: Final = 0.03
"""Longer than a waiting writer of SQLite sleeps between two attempts, so that no writer misses a pause.

After a step that took longer than intended, writers sleep longer too, but never longer than they have waited. The
pause is then as long as the step.
"""

LEAST, MOST = 20, 5000  # rows


class Stopped(Exception):
    """The work was asked to end. Every step that was done is complete."""


class Pace:
    """How many rows one step takes, learned from how long the last ones took."""

    def __init__(
        self,
        stopping: Event | None = None,
        pause_s: float = PAUSE_S,
        between: Callable[[], object] | None = None,
    ) -> None:
        """:param between: called between steps, outside of transactions."""
        self.stopping = stopping or Event()
        self.between = between
        self.pause_s = pause_s
        self.rows = 200
        self.longest_s = 0.0  # the longest that a step held the database

    def step(self, work: Callable[[int], int]) -> int:
        """Do ``work(rows)`` in one transaction, then pause if it did anything; return how much it did.

        :raises Stopped: it was asked to end.
        """
        if self.stopping.is_set():
            raise Stopped
        with transaction.atomic():
            began = perf_counter()  # waiting for the lock blocks no one
            done = work(self.rows)
            took_s = perf_counter() - began
            self.learn(took_s, done)
        if done:
            self.rest(took_s)
        if self.between:
            self.between()
        return done

    def repeat(self, work: Callable[[int], int]) -> int:
        """Step until nothing is left to do; return the sum.

        :raises Stopped: it was asked to end.
        """
        total = 0
        while done := self.step(work):
            total += done
        return total

    def learn(self, took_s: float, done: int) -> None:
        self.longest_s = max(self.longest_s, took_s)
        if took_s > AIM_S:
            self.rows = max(LEAST, self.rows // 2)
        elif took_s < AIM_S / 2 and done >= self.rows:
            self.rows = min(MOST, self.rows + self.rows // 4 + 1)

    def rest(self, took_s: float = 0.0) -> None:
        """Pause after a step that took so long. The pause ends at once when the work is asked to end."""
        if self.pause_s:
            self.stopping.wait(max(self.pause_s, took_s))
