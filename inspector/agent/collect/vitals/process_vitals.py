"""What processes use: processor, resident memory, threads, open descriptors. Some are read each time, all in turn."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import psutil

from inspector.agent.collect.procfs import parse_stat
from inspector.errors import MalformedProc
from inspector.facts.types import Process
from inspector.facts.vitals.readings import MOST_READ, ProcessVitals

SHARE: Final = 0.01
"""Of one core: so much processor time may be spent on reading what is used."""

SAVED_S: Final = 10.0
"""So many seconds' share may be saved up."""

READ: Final = ("cpu_times", "memory_info", "num_threads", "num_fds")


class Reading(NamedTuple):
    """What one process uses; ``None`` in a field that cannot be read."""

    cpu_s: float | None  # processor time since it started
    rss_bytes: int | None
    threads: int | None
    files: int | None


def read_process(pid: int, start_ticks: int | None = None) -> Reading | None:
    """Read one process. Cost: some 150 µs.

    :param start_ticks: when it started; ``None``: whichever process has the pid.
    :return: ``None``: it has ended.
    """
    try:
        process = psutil.Process(pid)
        found = process.as_dict(READ, None)
        if start_ticks not in (None, parse_stat(Path(f"/proc/{pid}/stat").read_bytes()).start_ticks):
            return None
    except (psutil.Error, OSError, MalformedProc):
        return None
    times, memory = found["cpu_times"], found["memory_info"]
    return Reading(
        None if times is None else times.user + times.system,
        None if memory is None else memory.rss,
        found["num_threads"],
        found["num_fds"],
    )


class Budget:
    """Processor time that may be spent: a share of one core, saved up for some seconds."""

    def __init__(self, share: float = SHARE, saved_s: float = SAVED_S) -> None:
        self.share = share
        self.most_s = share * saved_s
        self.left_s = self.most_s
        self._filled_at: float | None = None

    def fill(self, now: float) -> None:
        """Add what accrued until ``now``, in seconds of any monotonic clock."""
        if self._filled_at is not None:
            self.left_s = min(self.most_s, self.left_s + self.share * (now - self._filled_at))
        self._filled_at = now

    def spend(self, took_s: float) -> None:
        self.left_s -= took_s


class Used(NamedTuple):
    """The processor time that a process had used at a moment of the monotonic clock."""

    cpu_s: float | None
    at: float


class ProcessSampler:
    """Reads processes in turn, within a budget of processor time: those of containers first, then the host's.

    :param read: reads one process by pid and start.
    :param clock: seconds of a monotonic clock.
    :param spent: seconds of processor time that this thread has used.

    Not thread-safe.
    """

    def __init__(
        self,
        budget: Budget,
        read: Callable[[int, int | None], Reading | None] = read_process,
        clock: Callable[[], float] = time.monotonic,
        spent: Callable[[], float] = time.thread_time,
    ) -> None:
        self.budget = budget
        self._read = read
        self._clock = clock
        self._spent = spent
        self._turn: deque[int] = deque()
        self._in_turn: frozenset[int] = frozenset()  # pids that this turn knows of
        self._used: dict[str, Used] = {}

    def sample(self, processes: Mapping[int, Process], began: float) -> dict[str, ProcessVitals]:
        """Read as many processes as the budget allows, each at most once.

        :param processes: all of the host, by pid.
        :param began: the processor time of this thread when the reading began.
        """
        self._line_up(processes)
        found: dict[str, tuple[ProcessVitals, float]] = {}
        while self._turn and self._spent() - began < self.budget.left_s and len(found) < MOST_READ - 1:
            process = processes.get(self._turn.popleft())
            read = None if process is None else self.read(process.key, process.pid, process.start_ticks)
            if process is not None and read is not None:
                found[process.key] = read, self._clock()
        now = self._clock()
        return {key: aged(vitals, now - at) for key, (vitals, at) in found.items()}

    def read(self, key: str, pid: int, start_ticks: int | None = None) -> ProcessVitals | None:
        """Read one process. Its use of processors is that since it was read before."""
        reading, now = self._read(pid, start_ticks), self._clock()
        if reading is None:
            return None
        before = self._used.get(key)
        self._used[key] = Used(reading.cpu_s, now)
        cpu = None if before is None else share_of(before, self._used[key])
        return ProcessVitals(0.0, cpu, reading.rss_bytes, reading.threads, reading.files)

    def _line_up(self, processes: Mapping[int, Process]) -> None:
        """Begin the next turn where the last one ended. New processes of containers need not wait for it."""
        if not self._turn:
            keys = {process.key for process in processes.values()}
            self._used = {key: used for key, used in self._used.items() if key in keys or key == OURSELVES}
            self._turn.extend(sorted(processes, key=lambda pid: processes[pid].container is None))
        else:
            fresh = [pid for pid in processes.keys() - self._in_turn if processes[pid].container is not None]
            self._turn.extendleft(fresh)
        self._in_turn = frozenset(processes)

    def ourselves(self) -> ProcessVitals | None:
        """What this process uses."""
        return self.read(OURSELVES, os.getpid())


OURSELVES: Final = "ourselves"


def share_of(before: Used, after: Used) -> float | None:
    """Percent of one core between two readings; ``None`` where it is not known of both."""
    if before.cpu_s is None or after.cpu_s is None or after.at <= before.at or after.cpu_s < before.cpu_s:
        return None
    return round(100 * (after.cpu_s - before.cpu_s) / (after.at - before.at), 2)


def aged(vitals: ProcessVitals, by_s: float) -> ProcessVitals:
    """The same values, so many seconds older."""
    return ProcessVitals(
        round(vitals.age_s + max(0.0, by_s), 3), vitals.cpu, vitals.rss_bytes, vitals.threads, vitals.files
    )
