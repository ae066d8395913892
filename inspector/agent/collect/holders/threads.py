"""Threads that live elsewhere than their process, and the namespaces that children will get: ``/proc/<pid>/task``.

A thread may leave the mnt, uts, ipc, net and cgroup namespace of its process. See namespaces(7) and unshare(2).
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator, Mapping
from typing import Final

from inspector.agent.collect.holders.held import Found, Held
from inspector.agent.collect.namespace_links import KINDS_OF_THREADS
from inspector.agent.collect.nsfs import NamespaceScan, ProcessNamespaces, ScannedNamespace
from inspector.facts.namespaces import TYPES, NamespaceType
from inspector.facts.types import Gap, HolderKind

MOST: Final = 20_000
"""So many threads are looked at; more of them are a gap."""

_FOR_CHILDREN: Final[tuple[tuple[NamespaceType, HolderKind], ...]] = (
    ("pid", "pid_for_children"),
    ("time", "time_for_children"),
)


def find_threads(proc: str, scan: NamespaceScan, processes: Mapping[int, ProcessNamespaces]) -> Found:
    """Cost: two links for each process, and seven for each further thread; some 2 µs each."""
    search = _Search(proc, scan)
    for pid, places in processes.items():
        search.look_at(pid, places)
    gaps = [Gap(None, "holders/threads", "unsupported")] if search.seen > MOST else []
    return Found(search.held, gaps)


class _Search:
    def __init__(self, proc: str, scan: NamespaceScan) -> None:
        self.seen = 0
        self.held: list[Held] = []
        self._proc = proc
        self._scan = scan

    def look_at(self, pid: int, places: ProcessNamespaces) -> None:
        """A process that ends meanwhile holds nothing any more."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            self._look_at_children(pid, pid, places)
            for tid in self._threads(pid):
                self.seen += 1
                if self.seen <= MOST:
                    self._look_at_thread(pid, tid, places)
                    self._look_at_children(pid, tid, places)

    def _threads(self, pid: int) -> Iterator[int]:
        """The further threads of a process. Its folder has as many links as there are threads, and two more."""
        folder = f"{self._proc}/{pid}/task"
        if os.stat(folder).st_nlink > 3:
            yield from (int(name) for name in sorted(os.listdir(folder), key=int) if int(name) != pid)

    def _look_at_thread(self, pid: int, tid: int, places: ProcessNamespaces) -> None:
        for kind in KINDS_OF_THREADS:
            self._compare(f"{self._proc}/{pid}/task/{tid}/ns/{kind}", kind, places, "thread", pid, tid)

    def _look_at_children(self, pid: int, tid: int, places: ProcessNamespaces) -> None:
        for kind, holder in _FOR_CHILDREN:
            self._compare(f"{self._proc}/{pid}/task/{tid}/ns/{holder}", kind, places, holder, pid, tid)

    def _compare(
        self, path: str, kind: NamespaceType, places: ProcessNamespaces, holder: HolderKind, pid: int, tid: int
    ) -> None:
        """Note the holder if the link names another namespace than that of the process."""
        own = places[TYPES.index(kind)]
        inode = own.file.inode if isinstance(own, ScannedNamespace) else 0
        try:
            if os.readlink(path) != f"{kind}:[{inode}]":
                self.held.append(Held(self._scan.open(path, kind), holder, pid, str(tid)))
        except FileNotFoundError:
            pass  # of a zombie, of a kernel without such namespaces, or a pid namespace before its first process
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EPERM):
                raise ProcessLookupError from error
