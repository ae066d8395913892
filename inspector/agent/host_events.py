"""Events of the host, from the kernel's process connector and from Docker, gathered until the next scan."""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections.abc import Collection
from typing import Final, NamedTuple

from inspector.agent.collect.proc_connector import EXIT, FORK, Connector, Event
from inspector.agent.collect.readable import readable
from inspector.agent.schedule import APART_S
from inspector.errors import EventsUnavailable
from inspector.facts.types import Gap, Why

log = logging.getLogger("isoscope.agent")

SETTLE_NS: Final = 20_000_000
"""A process waits this long after its last event, because more events are likely to follow."""

LONGEST_SETTLE_NS: Final = int(APART_S * 1e9)
"""The longest that it waits after its first event."""


class ScanRequest(NamedTuple):
    """What the next scan should read."""

    pids: frozenset[int] = frozenset()
    containers: frozenset[str] = frozenset()
    engine: bool = False  # a container engine reported an event
    full: bool = False  # a full scan was requested
    lost: bool = False  # events were lost: any process may have changed

    def __bool__(self) -> bool:
        return bool(self.pids or self.engine or self.full or self.lost)


class _PendingProcess:
    """The events of one process since it was last scanned."""

    __slots__ = ("fresh", "last_ns", "since_ns")

    def __init__(self, at_ns: int, fresh: bool) -> None:
        self.since_ns = self.last_ns = at_ns
        self.fresh = fresh  # it was forked since the last full scan, so no scan has seen it


class PendingProcesses:
    """Processes that wait for the next scan. Processes that fork and exit between two scans are ignored."""

    def __init__(self) -> None:
        self._by_pid: dict[int, _PendingProcess] = {}
        self._seen_ns = 0  # the last full scan: processes forked before it were scanned

    def add(self, event: Event) -> None:
        """Take in one event."""
        what, pid, at_ns = event
        process = self._by_pid.get(pid)
        if process is None:
            self._by_pid[pid] = _PendingProcess(at_ns, what == FORK and at_ns > self._seen_ns)
        elif what == EXIT and process.fresh:
            del self._by_pid[pid]
        else:
            process.last_ns = at_ns

    @property
    def pids(self) -> frozenset[int]:
        """The processes that wait."""
        return frozenset(self._by_pid)

    def take(self, now_ns: int) -> frozenset[int]:
        """Remove and return the processes without recent events. The others stay."""
        taken = [pid for pid, process in self._by_pid.items() if _has_settled(process, now_ns)]
        for pid in taken:
            del self._by_pid[pid]
        return frozenset(taken)

    def full_scan_done(self, now_ns: int) -> None:
        """A full scan that began after the last :meth:`add` is done."""
        self._by_pid.clear()
        self._seen_ns = now_ns

    def __len__(self) -> int:
        return len(self._by_pid)


def _has_settled(process: _PendingProcess, now_ns: int) -> bool:
    return now_ns - process.last_ns >= SETTLE_NS or now_ns - process.since_ns >= LONGEST_SETTLE_NS


class HostEvents:
    """Gathers the events of the host for the next scan.

    One thread calls :meth:`wait` and :meth:`take`; any thread may call :meth:`wake`, :meth:`add_containers` and
    :meth:`request_full_scan`. Between two scans events wait in the kernel, so a busy host wakes this process once per
    scan and not once per event.

    :param connector: ``None`` where the kernel reports no process events.
    :param why: why it does not.
    """

    def __init__(self, connector: Connector | None = None, why: Why | None = None) -> None:
        self.gaps = (Gap(None, "events", why),) if why else ()
        self.pending_since: float | None = None  # monotonic: when the first event came that was not scanned yet
        self._connector = connector
        self._wakeup = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        weakref.finalize(self, os.close, self._wakeup)
        self._processes = PendingProcesses()
        self._lock = threading.Lock()
        self._containers: set[str] = set()
        self._engine_noted = False
        self._full_scan_requested = False

    @property
    def has_process_events(self) -> bool:
        """Whether the kernel reports process events."""
        return self._connector is not None

    def wait(self, seconds: float) -> None:
        """Wait until a new event comes, :meth:`wake` is called, or the time is over.

        While an event waits for its scan, further process events are left in the kernel.
        """
        watched = [self._wakeup]
        if self._connector is not None and self.pending_since is None:
            watched.append(self._connector.fileno())
        ready = readable(watched, seconds)
        if self._wakeup in ready:
            os.eventfd_read(self._wakeup)
        if ready - {self._wakeup}:
            self._mark_pending()
        if self._engine_noted:
            self._mark_pending()

    def take(self) -> ScanRequest:
        """What to scan now. It then counts as scanned."""
        with self._lock:
            containers, self._containers = frozenset(self._containers), set()
            engine, self._engine_noted = self._engine_noted, False
            full, self._full_scan_requested = self._full_scan_requested, False
        lost = self._read()
        pids = self._processes.take(time.monotonic_ns())
        self.pending_since = time.monotonic() if self._processes else None
        return ScanRequest(pids, containers, engine, full, lost)

    @property
    def unsettled(self) -> frozenset[int]:
        """The processes to which something happened a moment ago: a later :meth:`take` gives them."""
        return self._processes.pids

    def full_scan_done(self) -> None:
        """A full scan that began after the last :meth:`take` is done."""
        self._processes.full_scan_done(time.monotonic_ns())
        self.pending_since = None

    def request_full_scan(self) -> None:
        """Make a full scan due at once."""
        with self._lock:
            self._full_scan_requested = True
        self.wake()

    @property
    def full_scan_requested(self) -> bool:
        """Whether a full scan was requested and not taken yet."""
        return self._full_scan_requested

    def add_containers(self, containers: Collection[str]) -> None:
        """Something happened to these containers, or, where there are none, to their engine."""
        with self._lock:
            self._containers.update(containers)
            self._engine_noted = True
        self.wake()

    def wake(self) -> None:
        """End :meth:`wait`."""
        os.eventfd_write(self._wakeup, 1)

    def _mark_pending(self) -> None:
        if self.pending_since is None:
            self.pending_since = time.monotonic()

    def _read(self) -> bool:
        """Read the kernel's events. ``True``: some were lost."""
        if self._connector is None:
            return False
        received = self._connector.read()
        for event in received.events:
            self._processes.add(event)
        if received.lost:
            log.debug("process events were lost: all processes are looked at")
        return received.lost


def open_host_events() -> HostEvents:
    """Receive the kernel's process events where that is possible; otherwise log why not and record a gap."""
    try:
        return HostEvents(Connector())
    except EventsUnavailable as error:
        log.warning("%s; changes are found by full scans only", error)
        return HostEvents(None, "forbidden" if error.why == "forbidden" else "unsupported")
