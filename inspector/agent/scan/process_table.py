"""The processes of the last scan by pid, so that a partial scan can replace a few of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from inspector.agent.collect.nsfs import ProcessNamespaces
from inspector.agent.scan.namespace_table import NamespaceTable, closure
from inspector.agent.scan.read_processes import ProcessReader, ScannedProcess
from inspector.facts.types import Gap, HostInfo, Namespace, Process


class Replaced(msgspec.Struct, frozen=True):
    """The facts of a few processes before and after a partial scan. Unchanged processes are left out."""

    gone: tuple[Process, ...] = ()
    added: tuple[Process, ...] = ()
    gaps_before: tuple[Gap, ...] = ()
    gaps_after: tuple[Gap, ...] = ()
    namespaces_gone: tuple[Namespace, ...] = ()
    namespaces_added: tuple[Namespace, ...] = ()

    def then(self, gone: Iterable[Namespace], added: Iterable[Namespace]) -> Replaced:
        """With what became of namespaces afterwards."""
        before = {space.key: space for space in self.namespaces_gone}
        after = {space.key: space for space in self.namespaces_added}
        for space in gone:
            if after.pop(space.key, None) is None:
                before[space.key] = space
        after |= {space.key: space for space in added}
        return msgspec.structs.replace(
            self, namespaces_gone=tuple(before.values()), namespaces_added=tuple(after.values())
        )


class ProcessTable:
    """What was read of each process, by pid; and the children of each process."""

    def __init__(self, host: HostInfo, scanned: dict[int, ScannedProcess], namespaces: NamespaceTable) -> None:
        self.host = host
        self.scanned = scanned
        self.namespaces = namespaces
        self.zombies = {pid for pid, one in scanned.items() if one.is_zombie}
        self._children: dict[int, set[int]] = {}
        for one in scanned.values():
            self._add_child(one)
        for members, processes in _count_by_set(scanned.values()):
            namespaces.add_processes(members, processes)

    def processes(self) -> list[Process]:
        """All processes, without role."""
        return [one.process for one in self.scanned.values() if one.process is not None]

    def children_of(self, pid: int) -> Iterable[int]:
        """The pids of a process's children."""
        return tuple(self._children.get(pid, ()))

    def replace(self, reader: ProcessReader) -> Replaced:
        """Replace the processes of a partial scan. Cost: those processes."""
        pids = [pid for pid in (*reader.scanned, *reader.gone) if reader.scanned.get(pid) != self.scanned.get(pid)]
        before = [self.scanned[pid] for pid in pids if pid in self.scanned]
        after = [reader.scanned[pid] for pid in pids if pid in reader.scanned]
        self._swap(before, after)
        self._store(pids, reader.scanned)
        affected = closure(one.namespaces for one in (*before, *after))
        namespaces_gone, namespaces_added = self.namespaces.take_changes(affected)
        self.namespaces.drop_unused(affected)
        return Replaced(
            *(_processes(before), _processes(after)),
            *(_gaps(before), _gaps(after)),
            *(namespaces_gone, namespaces_added),
        )

    def _swap(self, before: Iterable[ScannedProcess], after: Iterable[ScannedProcess]) -> None:
        """Update the counts of references and children. Add before removing: a namespace in both never ends."""
        for one in after:
            self.namespaces.add_processes(one.namespaces)
        for one in before:
            self.namespaces.remove_process(one.namespaces)
            self._remove_child(one)
        for one in after:
            self._add_child(one)

    def _store(self, pids: Iterable[int], scanned: Mapping[int, ScannedProcess]) -> None:
        for pid in pids:
            one = scanned.get(pid)
            self.zombies.discard(pid)
            if one is None:
                self.scanned.pop(pid, None)
            else:
                self.scanned[pid] = one
                if one.is_zombie:
                    self.zombies.add(pid)

    def _add_child(self, one: ScannedProcess) -> None:
        if one.process is not None:
            self._children.setdefault(one.process.ppid, set()).add(one.process.pid)

    def _remove_child(self, one: ScannedProcess) -> None:
        if one.process is not None:
            siblings = self._children[one.process.ppid]
            siblings.discard(one.process.pid)
            if not siblings:
                del self._children[one.process.ppid]


def _count_by_set(scanned: Iterable[ScannedProcess]) -> Iterable[tuple[ProcessNamespaces, int]]:
    """Each set of namespaces, and how many processes live in it. Sets are compared by object identity, for speed."""
    counts: dict[int, tuple[ProcessNamespaces, int]] = {}
    for one in scanned:
        members = one.namespaces
        counts[id(members)] = members, counts.get(id(members), (None, 0))[1] + 1
    return counts.values()


def _processes(scanned: Iterable[ScannedProcess]) -> tuple[Process, ...]:
    return tuple(one.process for one in scanned if one.process is not None)


def _gaps(scanned: Iterable[ScannedProcess]) -> tuple[Gap, ...]:
    return tuple(gap for one in scanned for gap in one.gaps)
