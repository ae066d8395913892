"""Chains kept from look to look: a few processes that came, went or changed are put in, the others not looked at.

Pure. The law: what is kept is what :func:`inspector.agent.scan.chains.rebuild` would make of all processes anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from inspector.agent.scan.chains import Rebuilder
from inspector.agent.scan.runtimes import role_of
from inspector.facts.types import Chain, Container, Pid, Process


class Moved(msgspec.Struct, frozen=True):
    """What is another now, or may be."""

    processes: tuple[Process, ...]  # those that came, and those whose role is another
    containers: dict[str, tuple[Container, Chain] | None]  # ``None``: it is no more


class KeptChains(Rebuilder):
    """As :class:`~inspector.agent.scan.chains.Rebuilder`; to be rebuilt once before anything is replaced."""

    def replace(self, gone: Sequence[Process], come: Sequence[Process]) -> Moved | None:
        """Take processes out and put others in.

        :param gone: as they were given before.
        :param come: as they are read, without role.
        :return: ``None`` where programs that run containers are among them, or where it takes ancestry to tell a
            process's container: then everything has to be rebuilt, and this object is of no more use.

        Cost: the containers that the processes live in.
        """
        if any(self._holds_others(process) for process in (*gone, *come)):
            return None
        for process in gone:
            self._take_out(process)
        for process in come:
            self._put_in(process)
        if any(self._is_told_by_shim(process) for process in come):
            return None
        identities = {process.container for process in (*gone, *come) if process.container is not None}
        before = {pid: self.roles.get(pid) for pid in self._pids_in(identities)}
        containers = {identity: self._rebuild_again(identity) for identity in sorted(identities)}
        moved = {process.pid: process for process in come}
        moved.update((pid, self.by_pid[pid]) for pid, role in before.items() if self.roles.get(pid) != role)
        return Moved(tuple(map(self._finish, moved.values())), containers)

    def _holds_others(self, process: Process) -> bool:
        """Whether other processes or containers depend on this one."""
        return (
            role_of(process) is not None
            or process.pid in self.adopted
            or process.pid in self.listening
            or self.moved.get(process.pid) is not None
            or self.moved.get(process.ppid) is not None
        )

    def _is_told_by_shim(self, process: Process) -> bool:
        shim = self.shims.get(process.ppid)
        if shim is None or not shim.container:
            return False
        return self._is_unnamed_init(process, self.by_pid[process.ppid], shim)

    def _take_out(self, process: Process) -> None:
        del self.by_pid[process.pid]
        self.roles.pop(process.pid, None)
        _drop(self.children, process.ppid, process.pid)
        if process.container is not None:
            _drop(self.members, process.container, process.pid)

    def _put_in(self, process: Process) -> None:
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
        if identity in self.told or identity in self.members or identity in self._shim_ids():
            return self.rebuild_container(identity)
        return None

    def _forget_role(self, pid: Pid, member: Process) -> None:
        """Back to what its name alone says."""
        role = "manager" if pid in self.adopted else role_of(member)
        if role is None:
            self.roles.pop(pid, None)
        else:
            self.roles[pid] = role


def _drop(table: dict[Pid, dict[Pid, Process]] | dict[str, dict[Pid, Process]], key: Pid | str, pid: Pid) -> None:
    """Take one out of a table of tables, and the inner table with the last one."""
    inner = table.get(key)  # type: ignore[arg-type]
    if inner is not None:
        inner.pop(pid, None)
        if not inner:
            del table[key]  # type: ignore[arg-type]
