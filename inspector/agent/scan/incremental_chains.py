"""Chains updated with the few processes that changed, without going through the others.

No I/O. The law: the result is what :func:`inspector.agent.scan.chains.rebuild` makes of all processes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from inspector.agent.scan.chains import Rebuilder
from inspector.facts.types import Chain, Container, Pid, Process


class ChainChanges(msgspec.Struct, frozen=True):
    """The processes and containers that changed, or may have changed."""

    processes: tuple[Process, ...]  # added processes, and those whose role changed
    containers: dict[str, tuple[Container, Chain] | None]  # ``None``: the container has ended


class IncrementalChains(Rebuilder):
    """A :class:`~inspector.agent.scan.chains.Rebuilder` that is kept. Call ``rebuild`` once before ``replace``."""

    def replace(self, gone: Sequence[Process], added: Sequence[Process]) -> ChainChanges | None:
        """Remove some processes and add others.

        :param gone: as they were added before.
        :param added: as they are read, without role.
        :return: ``None`` where programs that run containers are among them, or where only ancestry gives a process's
            container. Then everything has to be rebuilt, with a new object.

        Cost: the containers that the processes live in.
        """
        if any(self._is_depended_on(process) for process in (*gone, *added)):
            return None
        for process in gone:
            self._remove(process)
        for process in added:
            self._add(process)
        if any(self._is_known_by_shim(process) for process in added):
            return None
        identities = {process.container for process in (*gone, *added) if process.container is not None}
        before = {pid: self.roles.get(pid) for pid in self._pids_in(identities)}
        containers = {identity: self._rebuild_again(identity) for identity in sorted(identities)}
        moved = {process.pid: process for process in added}
        moved.update((pid, self.by_pid[pid]) for pid, role in before.items() if self.roles.get(pid) != role)
        return ChainChanges(tuple(map(self._finish, moved.values())), containers)

    def _is_depended_on(self, process: Process) -> bool:
        """Whether other processes or containers depend on this one."""
        return (
            self.known.role_of(process) is not None
            or process.container in self.pods
            or process.pid in self.adopted
            or process.pid in self.listening
            or self.moved.get(process.pid) is not None
            or self.moved.get(process.ppid) is not None
        )

    def _is_known_by_shim(self, process: Process) -> bool:
        shim = self.shims.get(process.ppid)
        if shim is None or not shim.container:
            return False
        return self._is_unnamed_init(process, self.by_pid[process.ppid], shim)

    def _remove(self, process: Process) -> None:
        del self.by_pid[process.pid]
        self.roles.pop(process.pid, None)
        _drop(self.children, process.ppid, process.pid)
        if process.container is not None:
            _drop(self.members, process.container, process.pid)

    def _add(self, process: Process) -> None:
        self.by_pid[process.pid] = process
        self.children.setdefault(process.ppid, {})[process.pid] = process
        if process.container is not None:
            self.members.setdefault(process.container, {})[process.pid] = process

    def _pids_in(self, identities: Iterable[str]) -> Iterator[Pid]:
        for identity in identities:
            yield from self.members.get(identity, ())

    def _rebuild_again(self, identity: str) -> tuple[Container, Chain] | None:
        for pid, member in self.members.get(identity, {}).items():
            self._forget_role(pid, member)
        if identity in self.reported or identity in self.members or identity in self._shim_ids():
            return self.rebuild_container(identity)
        return None

    def _forget_role(self, pid: Pid, member: Process) -> None:
        """Reset the role to the one of the program's name."""
        role = "manager" if pid in self.adopted else self.known.role_of(member)
        if role is None:
            self.roles.pop(pid, None)
        else:
            self.roles[pid] = role


def _drop(table: dict[Pid, dict[Pid, Process]] | dict[str, dict[Pid, Process]], key: Pid | str, pid: Pid) -> None:
    """Remove one process from a table of tables, and the inner table when it is empty."""
    inner = table.get(key)  # type: ignore[arg-type]
    if inner is not None:
        inner.pop(pid, None)
        if not inner:
            del table[key]  # type: ignore[arg-type]
