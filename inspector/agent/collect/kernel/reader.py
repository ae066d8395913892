"""The kernel reader: processes from one pass over the kernel's tasks. ``/proc`` is read only for what changed.

The command line is memory of the process itself, and the path of a control group a text that the kernel makes. Both
are read from ``/proc`` where the record of a process is new. No record tells that a process rewrote its command line:
with each pass some are compared.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable, Iterator, Set
from itertools import islice
from typing import Final, NamedTuple

from inspector.agent.collect.holders.held import HolderFinder
from inspector.agent.collect.holders.procfs import ProcfsHolders
from inspector.agent.collect.kernel.layout import Record, unpack, unpack_pid
from inspector.agent.collect.kernel.namespaces import KernelNamespaces, Unexplained
from inspector.agent.collect.kernel.proc_files import ProcFiles, read_cmdline
from inspector.agent.collect.kernel.tasks import Tasks
from inspector.agent.collect.nsfs import NamespaceScan, ProcessNamespaces, nsfs_device
from inspector.agent.collect.procfs import RawProcess, read_file
from inspector.agent.collect.read_errors import Gone
from inspector.agent.collect.readers import ProcfsReader, Reading
from inspector.facts.types import ReaderName

LINES: Final = 500
"""So many command lines are compared with each pass, those first that were compared longest ago. 10 µs each."""

_TRIES: Final = 3


class Known(NamedTuple):
    """A process as it was read."""

    record: Record
    raw: RawProcess[ProcessNamespaces]


class Memory:
    """What is known of each process, by its record. Some 1.4 kB each."""

    def __init__(self) -> None:
        self.known: dict[bytes, Known] = {}  # the one whose command line was compared longest ago is first
        self._by_pid: dict[int, bytes] = {}

    def store(self, data: bytes, known: Known) -> None:
        """Store a process instead of what was known under its pid."""
        self.forget(known.record.pid)
        self.known[data] = known
        self._by_pid[known.record.pid] = data

    def forget(self, pid: int) -> None:
        """A process has ended, or is to be read again."""
        data = self._by_pid.pop(pid, None)
        if data is not None:
            del self.known[data]

    def take_oldest(self, most: int) -> list[Known]:
        """The processes of which the command lines were compared longest ago. They count as compared now."""
        oldest = list(islice(self.known.items(), most))
        for data, known in oldest:
            del self.known[data]
            self.known[data] = known
        return [known for _, known in oldest]


class KernelReader:
    """Reads the processes of this host by BPF task iterators.

    :param tasks: the loaded programs.
    :param holders: finds what holds namespaces; by default by the files of ``/proc``.
    """

    name: ReaderName = "kernel"
    sees_all_changes = True

    def __init__(self, tasks: Tasks, holders: HolderFinder | None = None, proc: str = "/proc") -> None:
        self.holders = holders or ProcfsHolders(proc)
        self._tasks = tasks
        self._files = ProcFiles(proc)
        self._proc = ProcfsReader(proc)
        self._device = nsfs_device()
        self._memory = Memory()

    @contextlib.contextmanager
    def read_all(self, scan: NamespaceScan) -> Iterator[Reading]:
        records = self._tasks.records()
        with self._proc.read_all(scan) as behind:
            yield self._reading(scan, behind, {unpack_pid(data): data for data in records})
        for ended in self._memory.known.keys() - records:
            self._memory.forget(unpack_pid(ended))

    @contextlib.contextmanager
    def read_some(self, scan: NamespaceScan) -> Iterator[Reading]:
        records = set() if self._tasks.reads_one else self._tasks.records()
        with self._proc.read_some(scan) as behind:
            yield self._reading(scan, behind, {unpack_pid(data): data for data in records})

    def changed(self, zombies: Set[int] = frozenset()) -> Set[int]:
        """The pids of processes whose record is new or gone, and of some that rewrote their command line.

        A process is told of again with every pass until it is read.
        """
        changed = set(map(unpack_pid, self._tasks.records() ^ self._memory.known.keys())) | self.holders.changed()
        rewritten = set(self._rewritten()) - changed
        for pid in rewritten:
            self._memory.forget(pid)
        return changed | rewritten

    def _rewritten(self) -> Iterator[int]:
        """Those of the oldest command lines that are no more what they were."""
        with self._files.open_all() as proc:
            for record, raw in self._memory.take_oldest(LINES):
                with contextlib.suppress(Gone):  # the next pass tells of it
                    if read_cmdline(record, proc, b"%d/cmdline" % record.pid) != raw.cmdline:
                        yield record.pid

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

    def pids(self) -> Iterable[int]:
        return sorted({*self._taken, *self._behind.pids()})

    def read(self, pid: int) -> RawProcess[ProcessNamespaces]:
        try:
            data = self._taken.get(pid) or self._tasks.record(pid)
            return self._read_until_settled(pid, data)
        except Gone:
            self._memory.forget(pid)
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
        known = self._memory.known.get(data)
        record = unpack(data) if known is None else known.record
        places = self._namespaces.identify(record, bool(self._taken))
        if known is None or known.raw.namespaces != places:
            known = Known(record, self._read_files(record, places))
            self._memory.store(data, known)
        return known.raw

    def _read_files(self, record: Record, places: ProcessNamespaces) -> RawProcess[ProcessNamespaces]:
        try:
            with self._files.open(record.pid) as folder:
                stat, status = self._files.describe(record, folder)
                cmdline, cgroup = read_cmdline(record, folder), read_file(folder, b"cgroup")
                label = self._files.label(folder)
        except (Gone, PermissionError):
            if unpack(self._tasks.record(record.pid)).start_ns != record.start_ns:
                raise Gone from None
            stat, status = self._files.describe(record, None)
            cmdline = cgroup = label = errno.EACCES  # hidden by hidepid
        return RawProcess(record.pid, stat, status, cmdline, cgroup, places, label)
