"""The kernel reader: processes from one pass over the kernel's tasks. ``/proc`` is read only for what changed.

The command line is memory of the process itself, and the path of a control group a text that the kernel makes. Both
are read from ``/proc``: where the record of a process is new, and once in a while.
"""

from __future__ import annotations

import contextlib
import errno
import math
import os
import time
from collections.abc import Iterable, Iterator, Set
from typing import Final, NamedTuple

from inspector.agent.collect.kernel.layout import Record, unpack
from inspector.agent.collect.kernel.namespaces import KernelNamespaces, Unexplained, nsfs_device
from inspector.agent.collect.kernel.proc_files import ProcFiles, read_texts
from inspector.agent.collect.kernel.tasks import Tasks
from inspector.agent.collect.nsfs import NamespaceScan, ProcessNamespaces
from inspector.agent.collect.procfs import RawProcess
from inspector.agent.collect.read_errors import Gone
from inspector.agent.collect.readers import ProcfsReader, Reading
from inspector.facts.types import ReaderName

READ_AGAIN_S: Final = 20.0
"""Nothing tells that a process rewrote its command line. A full scan reads again those that are older than this."""

_TRIES: Final = 3


class Known(NamedTuple):
    """A process as it was read."""

    record: Record
    raw: RawProcess[ProcessNamespaces]
    read_at: float  # when its files below /proc were; monotonic


Memory = dict[bytes, Known]
"""What is known of each process, by its record. Some 1.4 kB each."""


class KernelReader:
    """Reads the processes of this host by BPF task iterators.

    :param tasks: the loaded programs.
    """

    name: ReaderName = "kernel"

    def __init__(self, tasks: Tasks, proc: str = "/proc") -> None:
        self._tasks = tasks
        self._files = ProcFiles(proc)
        self._proc = ProcfsReader(proc)
        self._device = nsfs_device()
        self._memory: Memory = {}

    @contextlib.contextmanager
    def read_all(self, scan: NamespaceScan) -> Iterator[Reading]:
        records = self._tasks.records()
        with self._proc.read_all(scan) as behind:
            yield self._reading(scan, behind, self._by_pid(records), time.monotonic() - READ_AGAIN_S)
        for ended in self._memory.keys() - records:
            del self._memory[ended]

    @contextlib.contextmanager
    def read_some(self, scan: NamespaceScan) -> Iterator[Reading]:
        taken = {} if self._tasks.reads_one else self._by_pid(self._tasks.records())
        with self._proc.read_some(scan) as behind:
            yield self._reading(scan, behind, taken, math.inf)

    def changed(self) -> tuple[Set[bytes], Set[bytes]]:
        """The records that are new since the last full scan, and those that are no more."""
        records, known = self._tasks.records(), self._memory.keys()
        return records - known, known - records

    def _by_pid(self, records: Set[bytes]) -> dict[int, bytes]:
        """Only what is new is decoded."""
        memory = self._memory
        by_pid = {memory[data].record.pid: data for data in records & memory.keys()}
        by_pid.update((unpack(data).pid, data) for data in records - memory.keys())
        return by_pid

    def _reading(
        self, scan: NamespaceScan, behind: Reading, taken: dict[int, bytes], fresh_since: float
    ) -> _KernelReading:
        namespaces = KernelNamespaces(scan, self._tasks.ancestry, self._device)
        return _KernelReading(self._tasks, self._files, self._memory, namespaces, behind, taken, fresh_since)


class _KernelReading:
    """The processes of one scan.

    :param behind: reads what a security module hides from the iterator, and yet ``/proc`` shows.
    :param taken: the records of all processes, by pid; none where single ones are read.
    :param fresh_since: files below ``/proc`` that were read before are read again; monotonic.
    """

    def __init__(
        self,
        tasks: Tasks,
        files: ProcFiles,
        memory: Memory,
        namespaces: KernelNamespaces,
        behind: Reading,
        taken: dict[int, bytes],
        fresh_since: float,
    ) -> None:
        self._tasks = tasks
        self._files = files
        self._memory = memory
        self._namespaces = namespaces
        self._behind = behind
        self._taken = taken
        self._fresh_since = fresh_since

    def pids(self) -> Iterable[int]:
        return sorted({*self._taken, *self._behind.pids()})

    def read(self, pid: int) -> RawProcess[ProcessNamespaces]:
        try:
            data = self._taken.get(pid) or self._tasks.record(pid)
            return self._read_until_settled(pid, data)
        except Gone:
            return self._behind.read(pid)

    def _read_until_settled(self, pid: int, data: bytes) -> RawProcess[ProcessNamespaces]:
        """Read a process, again where it moved to another namespace meanwhile."""
        for _ in range(_TRIES):
            try:
                return self._read(data)
            except Unexplained:
                data = self._tasks.record(pid)
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))  # it moves all the time

    def _read(self, data: bytes) -> RawProcess[ProcessNamespaces]:
        known = self._memory.get(data)
        record = unpack(data) if known is None else known.record
        places = self._namespaces.identify(record, bool(self._taken))
        if known is None or known.read_at < self._fresh_since or known.raw.namespaces != places:
            known = self._memory[data] = Known(record, self._read_files(record, places), time.monotonic())
        return known.raw

    def _read_files(self, record: Record, places: ProcessNamespaces) -> RawProcess[ProcessNamespaces]:
        try:
            with self._files.open(record.pid) as folder:
                facts = *self._files.describe(record, folder), *read_texts(record, folder)
        except (Gone, PermissionError):
            if unpack(self._tasks.record(record.pid)).start_ns != record.start_ns:
                raise Gone from None
            facts = *self._files.describe(record, None), errno.EACCES, errno.EACCES  # hidden by hidepid
        return RawProcess(record.pid, *facts, places)
