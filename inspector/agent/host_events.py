"""What stirs on the host: gathered from the kernel's process events and from Docker's, until it is looked at."""

from __future__ import annotations

import logging
import os
import select
import threading
import time
from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from inspector.agent.collect.proc_connector import EXIT, FORK, Connector, Event
from inspector.agent.schedule import APART_S
from inspector.errors import EventsUnavailable
from inspector.facts.types import Gap, Why

log = logging.getLogger("isoscope.agent")

SETTLE_NS: Final = 20_000_000
"""A process to which something just happened is looked at the next time: more is about to happen to it."""

PATIENCE_NS: Final = int(APART_S * 1e9)
"""But not later than that."""


class Touched(NamedTuple):
    """What is to be looked at again."""

    pids: frozenset[int] = frozenset()
    containers: frozenset[str] = frozenset()
    engine: bool = False  # a container engine had something to say
    everything: bool = False  # events were lost, or somebody asked

    def __bool__(self) -> bool:
        return bool(self.pids or self.engine or self.everything)


class _Stir:
    """What happened to one process since it was last looked at."""

    __slots__ = ("fresh", "last_ns", "since_ns")

    def __init__(self, at_ns: int, fresh: bool) -> None:
        self.since_ns = self.last_ns = at_ns
        self.fresh = fresh  # it was forked since: nobody has seen it yet


class Stirs:
    """The processes that stirred. One that was forked and has ended again never was, for us."""

    def __init__(self) -> None:
        self._by_pid: dict[int, _Stir] = {}
        self._seen_ns = 0  # whoever was forked before was seen, if it still was there

    def add(self, event: Event) -> None:
        what, pid, at_ns = event
        stir = self._by_pid.get(pid)
        if stir is None:
            self._by_pid[pid] = _Stir(at_ns, what == FORK and at_ns > self._seen_ns)
        elif what == EXIT and stir.fresh:
            del self._by_pid[pid]
        else:
            stir.last_ns = at_ns

    def touch(self, pids: Iterable[int], now_ns: int) -> None:
        """Let these be looked at again, though nothing is known to have happened."""
        for pid in pids:
            self._by_pid.setdefault(pid, _Stir(now_ns, fresh=False))

    def take(self, now_ns: int) -> frozenset[int]:
        """Those with which nothing more is about to happen; the others stay."""
        taken = [pid for pid, stir in self._by_pid.items() if _has_settled(stir, now_ns)]
        for pid in taken:
            del self._by_pid[pid]
        return frozenset(taken)

    def saw_everything(self, now_ns: int) -> None:
        """A look at everything, begun after the last :meth:`add`, is over."""
        self._by_pid.clear()
        self._seen_ns = now_ns

    def __len__(self) -> int:
        return len(self._by_pid)


def _has_settled(stir: _Stir, now_ns: int) -> bool:
    return now_ns - stir.last_ns >= SETTLE_NS or now_ns - stir.since_ns >= PATIENCE_NS


class Ear:
    """Hears what stirs. :meth:`wait` and :meth:`take` belong to one thread, :meth:`ring` and :meth:`note` to any.

    Between two looks events wait in the kernel: a busy host wakes us once per look, not once per event.

    :param connector: ``None`` where processes are not heard.
    :param why: why not.
    """

    def __init__(self, connector: Connector | None = None, why: Why | None = None) -> None:
        self.gaps = (Gap(None, "events", why),) if why else ()
        self.stirred: float | None = None  # monotonic: the first thing that was not looked at yet
        self._connector = connector
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._stirs = Stirs()
        self._guard = threading.Lock()
        self._containers: set[str] = set()
        self._noted = False
        self._asked = False

    @property
    def hears_processes(self) -> bool:
        return self._connector is not None

    def wait(self, seconds: float) -> None:
        """Until something new stirs, somebody rings, or the time is over.

        While something that stirred waits to be looked at, the rest of what happens is left to gather.
        """
        watched: list[int | Connector] = [self._bell]
        if self._connector is not None and self.stirred is None:
            watched.append(self._connector)
        ready, _, _ = select.select(watched, [], [], max(0.0, seconds))
        if self._bell in ready:
            os.eventfd_read(self._bell)
        if self._connector in ready:
            self._stir()
        if self._noted:
            self._stir()

    def take(self) -> Touched:
        """What stirred so far, which then counts as looked at."""
        with self._guard:
            containers, self._containers = frozenset(self._containers), set()
            engine, self._noted = self._noted, False
            everything, self._asked = self._asked, False
        everything = self._read() or everything
        pids = self._stirs.take(time.monotonic_ns())
        self.stirred = time.monotonic() if self._stirs else None
        return Touched(pids, containers, engine, everything)

    def saw_everything(self) -> None:
        """A look at everything, begun after the last :meth:`take`, is over."""
        self._stirs.saw_everything(time.monotonic_ns())
        self.stirred = None

    def ask(self) -> None:
        """Let the next look be at everything, and be due at once."""
        with self._guard:
            self._asked = True
        self.ring()

    @property
    def asked(self) -> bool:
        return self._asked

    def touch(self, pids: Collection[int]) -> None:
        """Let these be looked at again soon: nobody tells when a zombie goes for good."""
        if pids and self.hears_processes:
            self._stirs.touch(pids, time.monotonic_ns())
            self._stir()

    def note(self, containers: Collection[str]) -> None:
        """Something happened to these containers; where there are none, to their engine."""
        with self._guard:
            self._containers.update(containers)
            self._noted = True
        self.ring()

    def ring(self) -> None:
        """End a wait."""
        os.eventfd_write(self._bell, 1)

    def _stir(self) -> None:
        if self.stirred is None:
            self.stirred = time.monotonic()

    def _read(self) -> bool:
        """Take in what the kernel has to tell. ``True``: some of it was lost."""
        if self._connector is None:
            return False
        heard = self._connector.read()
        for event in heard.events:
            self._stirs.add(event)
        if heard.lost:
            log.debug("more happened at once than could be heard: looking at everything")
        return heard.lost


def open_ear() -> Ear:
    """An ear that hears the kernel's events where that is possible, and says why where it is not."""
    try:
        return Ear(Connector())
    except EventsUnavailable as error:
        log.warning("%s; changes are found at each look only", error)
        return Ear(None, "forbidden" if error.why == "forbidden" else "unsupported")
