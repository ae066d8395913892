"""The agent: looks at this host when something stirs, and turns what changed into frames that wait in the spool.

This file knows no network; :mod:`inspector.agent.uplink` carries what :meth:`Agent.next_parcel` gives and brings back
what
:meth:`Agent.settle` is told. The two run in threads of their own, so a slow server never holds up a look.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from inspector.agent.host_events import Ear, Touched
from inspector.agent.scan.scanner import Glance
from inspector.agent.schedule import Rhythm
from inspector.agent.spool import Spool
from inspector.facts.checksum import Tally
from inspector.facts.diff import Changes, apply, diff
from inspector.facts.types import HostState, Usage
from inspector.protocol.frames import Ack, Diff, Frame, Heartbeat, Metrics, Reset, as_diff, pack

log = logging.getLogger("isoscope.agent")


class Source(Protocol):
    """Where states come from: :class:`inspector.agent.scan.scanner.Scanner`."""

    def scan(self) -> HostState: ...

    def glance(self, pids: Collection[int], containers: Collection[str] = ()) -> Glance: ...

    @property
    def ended(self) -> frozenset[int]: ...

    def usage(self) -> dict[str, Usage]: ...


class Parcel(NamedTuple):
    """One message ready to leave; ``seq`` is ``None`` where history does not grow by it."""

    seq: int | None
    packed: bytes


class Agent:
    """One host's eyes: the last state seen, the frames not delivered yet, and how far the server is.

    Memory: one state, and the frame being packed.

    :param server: names whom the spooled frames are for; frames kept for another server are dropped.
    :param interval: seconds from one heartbeat to the next; and, where nothing is heard, from one look to the next.
    :param ear: hears what stirs.
    :param whole_s: seconds from one look at everything to the next, while all that stirs is heard.
    :param measure_s: seconds from one reading of what the containers use to the next.
    """

    def __init__(
        self,
        source: Source,
        spool: Spool,
        server: str,
        interval: float,
        ear: Ear | None = None,
        whole_s: float = 30.0,
        measure_s: float = 3.0,
    ) -> None:
        self.spool = spool
        self.interval = interval
        self._ear = ear or Ear()
        whole_s = max(whole_s, interval) if self._ear.hears_processes else interval
        self._rhythm = Rhythm(interval, whole_s, measure_s)
        self.connected = threading.Event()  # while it is set, metrics are worth their reading
        self.seen = threading.Event()  # the host was seen once: there is something to connect for
        self.news = threading.Event()  # something waits to be delivered
        self.stopped = threading.Event()
        self._source = source
        self._server = server
        self._guard = threading.RLock()  # state, spool and beat move together
        self._state: HostState | None = None
        self._tally: Tally | None = None  # of the state; absent where a look failed while it was brought up to date
        self._whole_at: str | None = None  # when everything was last looked at
        self._beat: Heartbeat | None = None
        self._metrics: Metrics | None = None
        self._ended: frozenset[int] = frozenset()  # zombies that were looked at again already

    @property
    def machine_id(self) -> str:
        """The host this agent speaks for; known once :attr:`seen` is set."""
        return "" if self._state is None else self._state.host.machine_id

    def watch(self) -> None:
        """Look whenever something stirs, and at everything once in a while, until stopped."""
        while not self.stopped.is_set():
            now = time.monotonic()
            due = now if self._ear.asked else self._rhythm.due(self._ear.stirred)
            if due > now:
                self._ear.wait(due - now)
            else:
                self.turn(now)

    def turn(self, now: float) -> None:
        """Do what is due: look at what stirred or at everything, measure, give a sign of life."""
        if self._ear.asked or self._rhythm.is_look_due(now, self._ear.stirred):
            self._look_again(now)
        if now >= self._rhythm.measure_due:
            self.measure()
            self._rhythm.measured(now)
        if now >= self._rhythm.beat_due:
            self.beat()
            self._rhythm.beaten(now)
            self._ear.touch(self._source.ended)

    def _look_again(self, now: float) -> None:
        """At everything, where that is due or events were lost; else at what stirred."""
        touched = self._ear.take()
        if touched.everything or now >= self._rhythm.whole_due or (touched and not self._ear.hears_processes):
            self._time(now, self.look, whole=True)
            self._ear.saw_everything()
        elif touched:
            self._time(now, lambda: self.glance(touched), whole=False)

    def _time(self, now: float, work: Callable[[], object], whole: bool) -> None:
        began = time.thread_time()
        work()
        self._rhythm.looked(now, time.thread_time() - began, whole)

    def look(self) -> Frame | None:
        """Scan once, and keep what changed. ``None``: the scan failed, which is logged; the next one may not."""
        try:
            state = self._source.scan()
            frame = self._keep(state, None if self._state is None else diff(self._state, state))
            self._whole_at = state.taken_at
        except Exception:
            log.exception("this look at the host failed; the next one is due in %g s", self._rhythm.whole_s)
            return None
        self.news.set()
        return frame

    def glance(self, touched: Touched) -> Frame | None:
        """Look at what stirred, and keep what changed. ``None``: nothing; or it failed, and all is looked at next."""
        try:
            frame = self._keep_glance(self._source.glance(touched.pids, touched.containers))
        except Exception:
            log.exception("what stirred could not be looked at; looking at everything")
            self._ear.ask()
            return None
        self._ear.touch(self._source.ended & touched.pids - self._ended)
        self._ended = self._source.ended
        return frame

    def beat(self) -> None:
        """Say that nothing changed beyond what was said."""
        with self._guard:
            checksum = None if self._tally is None else str(self._tally)
            whole_at = self._whole_at if self._ear.hears_processes else None
            self._beat = Heartbeat(self.spool.last, datetime.now(UTC).isoformat(), checksum, whole_at)
        self.news.set()

    def measure(self) -> None:
        """Read what the containers use; what was read before and not sent is of no interest any more."""
        if not self.connected.is_set():
            return
        try:
            self._metrics = Metrics(datetime.now(UTC).isoformat(), self._source.usage())
        except Exception:
            log.exception("what the containers use could not be read; the next try is due in a few seconds")
        else:
            self.news.set()

    def look_soon(self) -> None:
        """Make a look at everything due at once."""
        self._ear.ask()

    def stop(self) -> None:
        """Let both threads end after what they are doing."""
        self.stopped.set()
        self._ear.ring()
        self.seen.set()
        self.news.set()

    def next_parcel(self) -> Parcel | None:
        """What to send now: the oldest undelivered frame, else the last heartbeat, else the last metrics."""
        with self._guard:
            entry = self.spool.first()
            if entry is not None:
                self.spool.mark_sent(entry.seq)
                return Parcel(entry.seq, entry.packed)
            beat, self._beat = self._beat, None
            metrics = None
            if beat is None:
                metrics, self._metrics = self._metrics, None
        message = beat or metrics
        return None if message is None else Parcel(None, pack(message))

    def settle(self, ack: Ack, parcel: Parcel | None = None) -> bool:
        """Take the server's word on ``parcel``, or its greeting. ``False``: a setback, do not hurry with the next.

        Afterwards whatever the spool holds fits on what the server holds.
        """
        seq = None if parcel is None else parcel.seq
        if ack.refused is not None:
            log.error("the server refused what was sent: %s", ack.refused)
        with self._guard:
            if ack.need == "reset" or (ack.refused is not None and seq is not None):
                self.order_reset(ack.seq)
                return False
            known = self.spool.confirm(ack.seq) or self.spool.skip_to_reset(ack.seq)
            if not known or not self.spool.continues(ack.seq):
                log.info("the server is at %d, this agent at %d: sending the whole state", ack.seq, self.spool.last)
                self.order_reset(ack.seq)
                return False
        return ack.refused is None and (seq is None or ack.seq >= seq)

    def order_reset(self, floor: int = 0) -> None:
        """Drop what is undelivered for the whole state as last seen, numbered above ``floor``."""
        with self._guard:
            if self._state is None:
                return
            self.spool.clear()
            self._beat = None
            self._tally = self._tally or Tally(self._state)
            self._put(self._make_reset(self._state, self._tally, floor))
        self.news.set()

    def _keep_glance(self, found: Glance) -> Frame | None:
        if self._state is None or not found.changes:
            return None
        state = apply(self._state, found.changes, found.taken_at, found.duration_ms)
        frame = self._keep(state, found.changes)
        self.news.set()
        return frame

    def _keep(self, state: HostState, changes: Changes | None) -> Frame:
        """The frame that takes history from the last state to this one, put in the spool.

        :param changes: ``None`` for the first state of all.
        """
        with self._guard:
            tally, self._tally = self._tally or Tally(self._state or state), None
            frame = self._make_frame(state, changes, tally)
            self._beat = frame if isinstance(frame, Heartbeat) else None
            kept = isinstance(frame, Heartbeat) or self._put(frame)
            self._state, self._tally = state, tally
            if not kept:
                log.warning("too much was undelivered: it is dropped, history will show a step")
                self.order_reset()
        self.seen.set()
        return frame

    def _make_frame(self, state: HostState, changes: Changes | None, tally: Tally) -> Reset | Diff | Heartbeat:
        last = self.spool.last
        if changes is None:
            self.spool.claim(f"{state.host.machine_id} at {self._server}")
            return self._make_reset(state, tally)
        if not changes:
            return Heartbeat(last, state.taken_at, str(tally))
        tally.apply(changes)
        return as_diff(state.host.machine_id, last, last + 1, state, changes, str(tally))

    def _make_reset(self, state: HostState, tally: Tally, floor: int = 0) -> Reset:
        seq = max(self.spool.last, floor) + 1
        return Reset(state.host.machine_id, seq, state.taken_at, state, str(tally))

    def _put(self, frame: Reset | Diff) -> bool:
        return self.spool.put(frame.seq, frame.base if isinstance(frame, Diff) else None, pack(frame))
