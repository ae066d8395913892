"""The agent: scan this host after events, and put the changes as frames into the spool.

There is no network here: :mod:`inspector.agent.uplink` sends what :meth:`Agent.next_message` gives and passes answers
to :meth:`Agent.handle_ack`. The two run in separate threads, so a slow server never delays a scan.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Protocol

import msgspec

from inspector.agent.host_events import HostEvents, ScanRequest
from inspector.agent.late_names import LateNames
from inspector.agent.metrics import joined
from inspector.agent.outbox import BATCH_BYTES, Message, ServerPace, thin
from inspector.agent.scan.scanner import PartialScan
from inspector.agent.schedule import Schedule
from inspector.agent.spool import Spool
from inspector.facts.checksum import Tally
from inspector.facts.diff import Changes, apply, diff
from inspector.facts.restrict import restrict, restrict_state
from inspector.facts.types import SCHEMA, Completion, HostState, Usage
from inspector.facts.vitals.readings import Vitals
from inspector.protocol.frames import Ack, Diff, Frame, Heartbeat, Metrics, Reset, as_diff, pack, pack_batch
from inspector.protocol.schema import have_same_facts, pack_for, spoken_with, translate

log = logging.getLogger("isoscope.agent")


class Source(Protocol):
    """Where states come from: :class:`inspector.agent.scan.scanner.Scanner`."""

    def scan(self) -> HostState: ...

    def partial_scan(self, pids: Collection[int], containers: Collection[str] = ()) -> PartialScan: ...

    @property
    def sees_all_changes(self) -> bool: ...

    def changed(self) -> frozenset[int]: ...

    def usage(self) -> dict[str, Usage]: ...

    def vitals(self) -> Vitals: ...

    def described(self, containers: Collection[str]) -> tuple[Completion, ...]: ...


class Agent:
    """The last state of the host, the undelivered frames, and how far the server is.

    Memory: one state, and the frame being packed.

    :param server: the name of the server that the frames are for; spooled frames for another server are dropped.
    :param interval: seconds between heartbeats; where changes are found by full scans alone also between those.
    :param events: the events of the host.
    :param full_scan_s: seconds between full scans, where events or passes tell what changed in between.
    :param measure_s: seconds between readings of the containers' usage.
    :param pass_s: seconds between passes, which find what no event tells.
    """

    def __init__(
        self,
        source: Source,
        spool: Spool,
        server: str,
        interval: float,
        events: HostEvents | None = None,
        full_scan_s: float = 30.0,
        measure_s: float = 3.0,
        pass_s: float = 1.0,
    ) -> None:
        self.spool = spool
        self.interval = interval
        self._events = events or HostEvents()
        self._needs_full_scans = not (self._events.has_process_events or source.sees_all_changes)
        full_scan_s = interval if self._needs_full_scans else max(full_scan_s, interval)
        self._schedule = Schedule(interval, full_scan_s, measure_s, pass_s)
        self.connected = threading.Event()  # metrics are read only while this is set
        self.first_scan_done = threading.Event()  # before it there is nothing to send
        self.has_messages = threading.Event()  # something waits to be sent
        self.stopped = threading.Event()
        self._source = source
        self._late_names = LateNames(source.described)
        self._server = server
        self._lock = threading.RLock()  # state, spool and heartbeat change together
        self._state: HostState | None = None
        self._tally: Tally | None = None  # checksum of the state in :attr:`_schema`; ``None`` after a failed update
        self._schema = SCHEMA  # frames are made in it
        self._spoken = SCHEMA  # frames are sent in it: the lower of the server's schema and ours
        self._whole_at: str | None = None  # when all processes were looked at last
        self.most_frames = 0  # in a batch; 0: this server takes no batches
        self.pace = ServerPace()  # of the server
        self._held_until: str | None = None  # the last moment at which the state was known to hold
        self._heartbeat: Heartbeat | None = None
        self._metrics: Metrics | None = None

    @property
    def machine_id(self) -> str:
        """The host this agent speaks for; known once :attr:`first_scan_done` is set."""
        return "" if self._state is None else self._state.host.machine_id

    def run(self) -> None:
        """Scan after events, and fully once in a while, until stopped."""
        while not self.stopped.is_set():
            now = time.monotonic()
            due = now if self._events.full_scan_requested else self._schedule.next_due(self._events.pending_since)
            if due > now:
                self._events.wait(due - now)
            else:
                self.run_due(now)

    def run_due(self, now: float) -> None:
        """Do what is due: scan, read usage, make a heartbeat."""
        if self._events.full_scan_requested or self._schedule.is_scan_due(now, self._events.pending_since):
            self._scan_due(now)
        if now >= self._schedule.measure_due:
            self.measure()
            self._schedule.measured(now)
        if now >= self._schedule.heartbeat_due:
            self.make_heartbeat()
            self._schedule.heartbeat_sent(now)

    def _scan_due(self, now: float) -> None:
        """A full scan where it is due, requested or nothing else tells what changed; otherwise a partial scan."""
        request = self._events.take()
        if request.full or now >= self._schedule.full_scan_due or (request and self._is_blind(request)):
            self._timed(now, self.full_scan, full=True)
            self._events.full_scan_done()
            return
        if request.lost or now >= self._schedule.pass_due or not self._events.has_process_events:
            request = request._replace(pids=request.pids | self._pass(now))
        if request:
            self._timed(now, lambda: self.partial_scan(request), full=False)

    def _is_blind(self, request: ScanRequest) -> bool:
        """Whether only a full scan tells which processes changed."""
        return self._needs_full_scans or (request.lost and not self._source.sees_all_changes)

    def _pass(self, now: float) -> frozenset[int]:
        """The processes that changed without an event. Those that are in the middle of things are left for later."""
        began, taken_at = time.thread_time(), datetime.now(UTC).isoformat()
        found: frozenset[int] = frozenset()
        try:
            found = self._source.changed() - self._events.unsettled
        except OSError:
            log.exception("this pass failed; the next one is due in %g s", self._schedule.pass_s)
        else:
            self._note_pass(taken_at, bool(found))
        self._schedule.passed(now, time.thread_time() - began)
        return found

    def _note_pass(self, taken_at: str, has_found: bool) -> None:
        """What heartbeats may say after a pass."""
        if self._source.sees_all_changes:
            self._whole_at = taken_at
            if not has_found and not self._events.has_process_events:
                self._held_until = taken_at

    def _timed(self, now: float, work: Callable[[], object], full: bool) -> None:
        began = time.thread_time()
        work()
        self._schedule.scanned(now, time.thread_time() - began, full, waiting=self.spool.count())

    def full_scan(self) -> Frame | None:
        """Scan everything and spool what changed. ``None``: the scan failed, which is logged."""
        try:
            state = self._source.scan()
            frame = self._keep(state, self._changes_to(state))
            self._whole_at = state.taken_at
        except Exception:
            log.exception("this full scan failed; the next one is due in %g s", self._schedule.full_scan_s)
            return None
        self.has_messages.set()
        return frame

    def partial_scan(self, request: ScanRequest) -> Frame | None:
        """Scan what was requested and spool what changed.

        :return: ``None`` where nothing changed, or where the scan failed: then a full scan follows.
        """
        try:
            return self._spool_changes(self._source.partial_scan(request.pids, request.containers))
        except Exception:
            log.exception("the partial scan failed; a full scan follows")
            self._events.request_full_scan()
            return None

    def make_heartbeat(self) -> None:
        """Make the next heartbeat. The state held until now, or until the first event that is pending."""
        pending = self._events.pending_since
        if self._events.has_process_events and self._state is not None:
            age_s = 0.0 if pending is None else max(0.0, time.monotonic() - pending)
            self._held_until = (datetime.now(UTC) - timedelta(seconds=age_s)).isoformat()
        self.keep_alive()

    def keep_alive(self) -> None:
        """Make a heartbeat that says only that the agent is alive, while a scan takes long. The state's age grows."""
        with self._lock:
            if self._held_until is None:
                return
            checksum = None if self._tally is None else str(self._tally)
            whole_at = self._whole_at if self._events.has_process_events else None
            self._heartbeat = Heartbeat(self.spool.last, self._held_until, checksum, whole_at, self._schema)
        self.has_messages.set()

    def measure(self) -> None:
        """Read what the containers, the host and its processes use. It replaces metrics that were not sent yet."""
        if not self.connected.is_set():
            return
        try:
            vitals, taken_at = self._source.vitals(), datetime.now(UTC).isoformat()
            metrics = Metrics(taken_at, self._source.usage(), vitals.host, vitals.processes)
            with self._lock:
                self._metrics = joined(self._metrics, metrics)
        except Exception:
            log.exception("what the containers use could not be read; the next try is due in a few seconds")
        else:
            self.has_messages.set()

    def request_full_scan(self) -> None:
        """Make a full scan due at once."""
        self._events.request_full_scan()

    def stop(self) -> None:
        """Ask both threads to end after their current step."""
        self.stopped.set()
        self._events.wake()
        self.first_scan_done.set()
        self.has_messages.set()

    def speak(self, schema: int) -> None:
        """Speak with a server of this schema. What is spooled is translated when it is sent."""
        with self._lock:
            self._spoken = spoken_with(schema)
            if self._spoken < self._schema:
                self._change_schema(self._spoken)

    def next_message(self) -> Message | None:
        """What to send now: the latest heartbeat, else the latest metrics, else the oldest undelivered frames.

        A server that takes no batches gets one frame at a time, and heartbeats after the frames.
        """
        with self._lock:
            self._raise_schema()
        if not self.most_frames:
            return self._next_frame() or self._next_sign()
        return self._next_sign() or self._next_batch(self.most_frames)

    def _next_sign(self) -> Message | None:
        """The heartbeat or the metrics that were not sent yet."""
        with self._lock:
            heartbeat, self._heartbeat = self._heartbeat, None
            metrics = None
            if heartbeat is None:
                metrics, self._metrics = self._metrics, None
            elif self.most_frames:
                waiting, sent_at = self.spool.count(), datetime.now(UTC).isoformat()
                heartbeat = msgspec.structs.replace(heartbeat, waiting=waiting, sent_at=sent_at)
        message = heartbeat or metrics
        return None if message is None else Message(None, pack_for(message, self._spoken))

    def _next_frame(self) -> Message | None:
        with self._lock:
            entry = self.spool.first()
            if entry is None:
                return None
            self.spool.mark_sent(entry.seq)
            return Message(entry.seq, translate(entry.packed, self._spoken), 1)

    def _next_batch(self, most_frames: int) -> Message | None:
        with self._lock:
            waiting = self.spool.count()
            entries = self.spool.oldest(most_frames, BATCH_BYTES) if waiting else []
            if not entries:
                return None
            self.spool.mark_sent(entries[-1].seq)
        packed = [translate(data, self._spoken) for data in thin(entries, self.pace.neighbours(waiting))]
        message = pack_batch(packed, datetime.now(UTC).isoformat(), waiting - len(entries))
        return Message(entries[-1].seq, message, len(packed))

    def handle_ack(self, ack: Ack, message: Message | None = None) -> bool:
        """Handle the server's answer to ``message``, or its greeting. ``False``: wait before sending the next one.

        Afterwards the frames in the spool continue what the server holds.
        """
        seq = None if message is None else message.seq
        if ack.refused is not None:
            log.error("the server refused what was sent: %s", ack.refused)
        with self._lock:
            if ack.need == "reset" or (ack.refused is not None and seq is not None):
                self.request_reset(ack.seq)
                return False
            known = self.spool.confirm(ack.seq) or self.spool.skip_to_reset(ack.seq)
            if not known or not self.spool.continues(ack.seq):
                log.info("the server is at %d, this agent at %d: sending the whole state", ack.seq, self.spool.last)
                self.request_reset(ack.seq)
                return False
        return ack.refused is None and (seq is None or ack.seq >= seq)

    def _raise_schema(self) -> None:
        """Make frames in a higher schema once all are delivered: the server then needs the whole state in it."""
        if self._spoken == self._schema or self._state is None or self.spool.first() is not None:
            return
        has_same_facts = have_same_facts(self._schema, self._spoken)
        self._change_schema(self._spoken)
        if not has_same_facts:
            self._tally = self._new_tally(self._state)
            self._put(self._make_reset(self._state, self._tally))

    def _change_schema(self, schema: int) -> None:
        self._schema = schema
        self._tally = self._heartbeat = None

    def _new_tally(self, state: HostState) -> Tally:
        return Tally(restrict_state(state, self._schema))

    def request_reset(self, floor: int = 0) -> None:
        """Replace all undelivered frames by the whole state, numbered above ``floor``."""
        with self._lock:
            if self._state is None:
                return
            self.spool.clear()
            self._heartbeat = None
            self._tally = self._tally or self._new_tally(self._state)
            self._put(self._make_reset(self._state, self._tally, floor))
        self.has_messages.set()

    def _changes_to(self, state: HostState) -> Changes | None:
        return None if self._state is None else self._late_names.complete(self._state, diff(self._state, state))

    def _spool_changes(self, found: PartialScan) -> Frame | None:
        if self._state is None:
            return None
        changes = self._late_names.complete(self._state, found.changes)
        if not changes:
            return None
        state = apply(self._state, changes, found.taken_at, found.duration_ms)
        frame = self._keep(state, changes)
        self.has_messages.set()
        return frame

    def _keep(self, state: HostState, changes: Changes | None) -> Frame:
        """Make the frame from the last state to this one, and spool it.

        :param changes: ``None`` for the first state.
        """
        with self._lock:
            tally, self._tally = self._tally or self._new_tally(self._state or state), None
            frame = self._make_frame(state, restrict(changes, self._schema), tally)
            self._heartbeat = frame if isinstance(frame, Heartbeat) else None
            kept = isinstance(frame, Heartbeat) or self._put(frame)
            self._state, self._tally, self._held_until = state, tally, state.taken_at
            if not kept:
                log.warning("too much was undelivered: it is dropped, history will show a step")
                self.request_reset()
        self.first_scan_done.set()
        return frame

    def _make_frame(self, state: HostState, changes: Changes | None, tally: Tally) -> Reset | Diff | Heartbeat:
        last = self.spool.last
        if changes is None:
            self.spool.claim(f"{state.host.machine_id} at {self._server}")
            return self._make_reset(state, tally)
        if not changes:
            return Heartbeat(last, state.taken_at, str(tally), schema=self._schema)
        tally.apply(changes)
        return as_diff(state.host.machine_id, last, last + 1, state, changes, str(tally), self._schema)

    def _make_reset(self, state: HostState, tally: Tally, floor: int = 0) -> Reset:
        seq = max(self.spool.last, floor) + 1
        restricted = restrict_state(state, self._schema)
        return Reset(state.host.machine_id, seq, state.taken_at, restricted, str(tally), self._schema)

    def _put(self, frame: Reset | Diff) -> bool:
        return self.spool.put(frame.seq, frame.base if isinstance(frame, Diff) else None, pack(frame))
