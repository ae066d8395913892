"""Holders from the files of ``/proc``: thorough and slow, so it is for full scans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from inspector.agent.collect.holders.descriptors import find_descriptors
from inspector.agent.collect.holders.held import Found, Held
from inspector.agent.collect.holders.mounts import find_mounts
from inspector.agent.collect.holders.threads import find_threads
from inspector.agent.collect.nsfs import NamespaceScan, ProcessNamespaces, ScannedNamespace
from inspector.facts.namespaces import TYPES

_MNT = TYPES.index("mnt")


class ProcfsHolders:
    """Looks at the threads, descriptors and mounts of each process.

    :param proc: ``/proc``.
    """

    is_cheap = False
    has_changed = False

    def __init__(self, proc: str = "/proc") -> None:
        self._proc = proc

    def changed(self) -> Set[int]:
        """Nothing: that would take a search."""
        return frozenset()

    def find(self, scan: NamespaceScan, processes: Mapping[int, ProcessNamespaces]) -> Found:
        """All holders. A process whose namespaces could not be read is left out: that gap says it already."""
        known = {pid: processes[pid] for pid in sorted(processes) if _is_known(processes[pid])}
        threads = find_threads(self._proc, scan, known)
        descriptors = find_descriptors(self._proc, scan, known)
        mounts = find_mounts(self._proc, scan, find_viewers(known, threads.held))
        parts = threads, descriptors, mounts
        return Found([one for part in parts for one in part.held], [gap for part in parts for gap in part.gaps])


def find_viewers(
    processes: Mapping[int, ProcessNamespaces], held: Iterable[Held]
) -> dict[ScannedNamespace, list[str]]:
    """The folders below ``/proc`` of those that live in each mount namespace: processes, and threads alone."""
    viewers: dict[ScannedNamespace, list[str]] = {}
    for pid, places in processes.items():
        if isinstance(places[_MNT], ScannedNamespace):
            viewers.setdefault(places[_MNT], []).append(str(pid))  # type: ignore[arg-type]
    for one in held:
        if one.kind == "thread" and one.namespace.file.kind == "mnt":
            viewers.setdefault(one.namespace, []).append(f"{one.pid}/task/{one.name}")
    return viewers


def _is_known(places: ProcessNamespaces) -> bool:
    return any(isinstance(place, ScannedNamespace) for place in places)
