"""The kernel reader: processes from one pass over the kernel's tasks. ``/proc`` is read only for what changed.

The command line is memory of the process itself, and the path of a control group a text that the kernel makes. Both
are read from ``/proc``: where a process is new, executed another program or moved, and once in a while.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Iterable, Iterator, Set
from typing import Final

from inspector.agent.collect.kernel.layout import Record, unpack
from inspector.agent.collect.kernel.memory import Known, Memory
from inspector.agent.collect.kernel.namespaces import KernelNamespaces, Unexplained, nsfs_device
from inspector.agent.collect.kernel.proc_files import ProcFiles, read_texts
from inspector.agent.collect.kernel.tasks import Tasks
from inspector.agent.collect.nsfs import NamespaceScan, ProcessNamespaces
from inspector.agent.collect.procfs import File, RawProcess
from inspector.agent.collect.read_errors import Gone
from inspector.agent.collect.readers import ProcfsReader, Reading
from inspector.facts.types import ReaderName

READ_AGAIN_S: Final = 20.0
"""Nothing tells that a process rewrote its command line. A full scan reads again those that are older than this."""

_TRIES: Final = 3


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
        self._memory = Memory()

    @contextlib.contextmanager
    def read_all(self, scan: NamespaceScan) -> Iterator[Reading]:
        records = self._tasks.records()
        fresh = {unpack(data).pid: data for data in records - self._memory.records()}
        with self._proc.read_all(scan) as behind:
            yield self._reading(scan, behind, self._memory.pids_of(records) | fresh)
        self._memory.keep_only(records)

    @contextlib.contextmanager
    def read_some(self, scan: NamespaceScan) -> Iterator[Reading]:
        with self._proc.read_some(scan) as behind:
            yield self._reading(scan, behind, {})

    def changed(self) -> tuple[Set[bytes], Set[bytes]]:
        """The records that are new since the last scan, and those that are no more."""
        records, known = self._tasks.records(), self._memory.records()
        return records - known, known - records

    def _reading(self, scan: NamespaceScan, behind: Reading, taken: dict[int, bytes]) -> _KernelReading:
        namespaces = KernelNamespaces(scan, self._tasks.ancestry, self._device)
        return _KernelReading(self._tasks, self._files, self._memory, namespaces, behind, taken)


class _KernelReading:
    """The processes of one scan.

    :param behind: reads what a security module hides from the iterator, and yet ``/proc`` shows.
    :param taken: the records of all processes, by pid; none where single ones are read.
    """

    def __init__(
        self,
        tasks: Tasks,
        files: ProcFiles,
        memory: Memory,
        namespaces: KernelNamespaces,
        behind: Reading,
        taken: dict[int, bytes],
    ) -> None:
        self._tasks = tasks
        self._files = files
        self._memory = memory
        self._namespaces = namespaces
        self._behind = behind
        self._taken = taken
        self._fresh_since = time.monotonic() - READ_AGAIN_S if taken else 0.0

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
        known = self._memory.recall(data)
        record = unpack(data) if known is None else known.record
        places = self._namespaces.identify(record, bool(self._taken))
        if known is not None and known.read_at > self._fresh_since and known.raw.namespaces == places:
            return known.raw
        known = self._read_files(record, places)
        self._memory.keep(data, known)
        return known.raw

    def _read_files(self, record: Record, places: ProcessNamespaces) -> Known:
        with self._files.open(record.pid) as folder:
            stat, status = self._files.describe(record, folder)
            cmdline, cgroup, read_at = self._texts(record, folder)
        return Known(record, RawProcess(record.pid, stat, status, cmdline, cgroup, places), read_at)

    def _texts(self, record: Record, folder: int) -> tuple[File, File, float]:
        """Command line and control groups: read, or as before where nothing that the record tells changed them."""
        before = self._memory.recall_before(record)
        if before is not None and before.read_at > self._fresh_since and not _touched(before.record, record):
            return before.raw.cmdline, before.raw.cgroup, before.read_at
        return (*read_texts(record, folder), time.monotonic())


def _touched(before: Record, now: Record) -> bool:
    """Whether a process executed another program, moved to other control groups, or died."""
    return (before.exec_id, before.css_set, before.cgroup, before.life) != (
        *(now.exec_id, now.css_set, now.cgroup, now.life),
    )
