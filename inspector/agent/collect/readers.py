"""Where processes are read: two readers of one shape, and the one that reads the files of ``/proc``.

The other is :mod:`inspector.agent.collect.kernel.reader`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Set
from contextlib import AbstractContextManager
from typing import Final, Literal, Protocol

from inspector.agent.collect import procfs
from inspector.agent.collect.holders.held import HolderFinder
from inspector.agent.collect.holders.procfs import ProcfsHolders
from inspector.agent.collect.labels import label_reader
from inspector.agent.collect.nsfs import NamespaceScan, ProcessNamespaces
from inspector.agent.collect.procfs import RawProcess
from inspector.facts.types import ReaderName

Wanted = Literal["auto", "kernel", "procfs"]
"""Which reader shall be used; ``auto``: the kernel reader where it works."""

CHOICES: Final[tuple[Wanted, ...]] = ("auto", "kernel", "procfs")


class Reading(Protocol):
    """The processes of one scan."""

    def pids(self) -> Iterable[int]:
        """Every process. Threads are not among them."""

    def read(self, pid: int) -> RawProcess[ProcessNamespaces]:
        """One process.

        :raises Gone: there is no such process any more.
        :raises OSError: it cannot be read at all.
        """


class Reader(Protocol):
    """Reads the processes of this host."""

    @property
    def name(self) -> ReaderName: ...

    @property
    def sees_all_changes(self) -> bool:
        """Whether :meth:`changed` tells of every process that changed."""

    @property
    def holders(self) -> HolderFinder:
        """Finds what holds namespaces."""

    def read_all(self, scan: NamespaceScan) -> AbstractContextManager[Reading]:
        """For a full scan.

        :raises OSError: the processes cannot even be listed.
        """

    def read_some(self, scan: NamespaceScan) -> AbstractContextManager[Reading]:
        """For a partial scan: those that are asked for."""

    def changed(self, zombies: Set[int]) -> Set[int]:
        """The pids of processes that changed since they were read, as far as that is told without reading them.

        :param zombies: those known of. No event tells of the end of a zombie.
        :raises OSError: nothing can be told.
        """


class ProcfsReader:
    """Reads the files and links of ``/proc/<pid>``.

    :param proc: ``/proc``, or a captured tree of the same shape.
    """

    name: ReaderName = "procfs"
    sees_all_changes = False

    def __init__(self, proc: str = "/proc") -> None:
        self.holders: HolderFinder = ProcfsHolders(proc)
        self._proc = proc
        self._label = label_reader(procfs.read_file, proc)

    @contextlib.contextmanager
    def read_all(self, scan: NamespaceScan) -> Iterator[Reading]:
        fd = os.open(self._proc, os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield _Folder(fd, scan, self._label)
        finally:
            os.close(fd)

    read_some = read_all

    def changed(self, zombies: Set[int]) -> Set[int]:
        """Zombies that are gone."""
        return {pid for pid in zombies if not os.path.exists(f"{self._proc}/{pid}")}


class _Folder:
    """The open folder ``/proc``."""

    def __init__(self, fd: int, scan: NamespaceScan, label: Callable[[int], procfs.File]) -> None:
        self._fd = fd
        self._scan = scan
        self._label = label

    def pids(self) -> Iterable[int]:
        return map(int, procfs.list_pids(self._fd))

    def read(self, pid: int) -> RawProcess[ProcessNamespaces]:
        return procfs.read_process(self._fd, str(pid), self._scan.identify, self._label)
