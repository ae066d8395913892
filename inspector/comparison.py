"""What a difference between two states means to a person: what started, stopped, was re-created, moved. Pure.

What one side could not see is said, and never counted as gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from inspector.changes import Changes
from inspector.namespaces import NamespaceType
from inspector.types import Container, Fact, Gap, HostInfo, HostState, Key, Namespace, Process


class FieldChange(Fact, frozen=True):
    """One field of a thing that stayed itself, as text."""

    field: str
    before: str
    after: str


class ChangedContainer(Fact, frozen=True):
    """A container that stayed itself and differs."""

    container: Container
    fields: tuple[FieldChange, ...]


class ChangedProcess(Fact, frozen=True):
    """A process that stayed itself and differs in more than its namespaces."""

    process: Process
    fields: tuple[FieldChange, ...]


class ProcessGroup(Fact, frozen=True):
    """Processes of one container (``None``: of none) that came, went or changed."""

    container: Key | None
    title: str
    appeared: tuple[Process, ...]
    gone: tuple[Process, ...]
    changed: tuple[ChangedProcess, ...]


class Recreated(Fact, frozen=True):
    """Another namespace under a number that was in use before: not the same one."""

    before: Namespace
    after: Namespace


class Move(Fact, frozen=True):
    """A process that left one namespace for another; both were seen."""

    process: Process
    type: NamespaceType
    before: Key
    after: Key


class CoverageDifference(Fact, frozen=True):
    """What could be read on one side only."""

    processes: tuple[int, int]
    lost: tuple[Gap, ...]  # unreadable after, not before
    regained: tuple[Gap, ...]  # unreadable before, not after


class Comparison(Fact, frozen=True):
    """Two states of one host, told as what happened in between."""

    rebooted: bool
    host: tuple[HostInfo, HostInfo] | None
    started: tuple[Container, ...]
    stopped: tuple[Container, ...]
    restarted: tuple[Container, ...]  # the same id, another init
    created: tuple[Container, ...]  # there, but not running yet
    removed: tuple[Container, ...]  # was not running any more
    changed: tuple[ChangedContainer, ...]
    processes: tuple[ProcessGroup, ...]
    appeared: tuple[Namespace, ...]
    disappeared: tuple[Namespace, ...]
    recreated: tuple[Recreated, ...]
    unseen: tuple[Namespace, ...]  # unknown after: a member lives on, and its link cannot be read any more
    seen_again: tuple[Namespace, ...]  # unknown before, for the same reason
    moved: tuple[Move, ...]
    chains: tuple[Key, ...]  # containers whose chain came out differently
    coverage: CoverageDifference | None

    def __bool__(self) -> bool:
        """Whether anything differs at all."""
        return any(bool(getattr(self, name)) for name in self.__struct_fields__)


def compare(before: HostState, after: HostState, changes: Changes) -> Comparison:
    """Tell what ``changes``, the difference of the two states, mean.

    Cost: one dictionary per list, whatever the number of changes.
    """
    sides = _Side.of(before), _Side.of(after)
    info = changes.host_info
    return Comparison(
        rebooted=info is not None and before.host.boot_id != info.boot_id,
        host=None if info is None else (before.host, info),
        **_tell_containers(*sides, changes),
        processes=tuple(_group_processes(*sides, changes)),
        **_tell_namespaces(*sides, changes),
        moved=tuple(_find_moves(*sides, changes)),
        chains=tuple(item.key for item in changes.chains.change),
        coverage=_tell_coverage(before, changes),
    )


def is_up(container: Container) -> bool:
    """Whether it has processes, as far as engine and cgroup tell."""
    return container.init_pid is not None or container.state in ("running", "paused")


@dataclass(frozen=True)
class _Side:
    """One of the two states, by key."""

    processes: dict[Key, Process]
    containers: dict[Key, Container]
    namespaces: dict[Key, Namespace]
    by_pid: dict[int, Key]

    @classmethod
    def of(cls, state: HostState) -> _Side:
        return cls(
            {process.key: process for process in state.processes},
            {container.id: container for container in state.containers},
            {space.key: space for space in state.namespaces},
            {process.pid: process.key for process in state.processes},
        )

    def init_of(self, container: Container) -> Key | int | None:
        """Which process is its init: the key, the bare pid where that process was not seen, ``None`` for unknown."""
        pid = container.init_pid
        return None if pid is None else self.by_pid.get(pid, pid)


def _tell_containers(old: _Side, new: _Side, changes: Changes) -> dict[str, tuple[Any, ...]]:
    section = changes.containers
    pairs = [
        (old.containers[key], new.containers[key]) for key in sorted(old.containers.keys() & new.containers.keys())
    ]
    restarted = {after.id for before, after in pairs if _has_restarted(old, new, before, after)}
    differing = [(before, after) for before, after in pairs if before != after and after.id not in restarted]
    gone = [old.containers[key] for key in section.remove]
    return {
        "started": (*filter(is_up, section.add), *(b for a, b in differing if is_up(b) and not is_up(a))),
        "stopped": (*filter(is_up, gone), *(b for a, b in differing if is_up(a) and not is_up(b))),
        "restarted": tuple(after for _, after in pairs if after.id in restarted),
        "created": tuple(container for container in section.add if not is_up(container)),
        "removed": tuple(container for container in gone if not is_up(container)),
        "changed": tuple(
            ChangedContainer(after, fields)
            for before, after in pairs
            if before != after and (fields := _fields(before, after, _life_of(before, after, restarted)))
        ),
    }


def _has_restarted(old: _Side, new: _Side, before: Container, after: Container) -> bool:
    first, second = old.init_of(before), new.init_of(after)
    if first is None or second is None or first == second:
        return False
    return type(first) is type(second) or before.init_pid != after.init_pid


def _life_of(before: Container, after: Container, restarted: set[Key]) -> frozenset[str]:
    """The fields that starting, stopping or restarting explains already."""
    explained = after.id in restarted or is_up(before) != is_up(after)
    return frozenset(("state", "init_pid", "shim_pid")) if explained else frozenset()


def _group_processes(old: _Side, new: _Side, changes: Changes) -> Iterator[ProcessGroup]:
    section = changes.processes
    gone = [old.processes[key] for key in section.remove]
    patched = [(old.processes[item.key], new.processes[item.key]) for item in section.change]
    changed = [
        ChangedProcess(after, fields)
        for before, after in patched
        if (fields := _fields(before, after, frozenset(("namespaces",))))
    ]
    groups = {process.container for process in (*section.add, *gone, *(item.process for item in changed))}
    for key in sorted(groups, key=lambda key: (key is not None, key or "")):
        container = new.containers.get(key or "") or old.containers.get(key or "")
        yield ProcessGroup(
            container=key,
            title=container.title if container else (key or "")[:12],
            appeared=_members(section.add, key),
            gone=_members(gone, key),
            changed=tuple(item for item in changed if item.process.container == key),
        )


def _members(processes: Iterable[Process], container: Key | None) -> tuple[Process, ...]:
    members = (process for process in processes if process.container == container)
    return tuple(sorted(members, key=lambda process: (process.pid, process.start_ticks)))


def _tell_namespaces(old: _Side, new: _Side, changes: Changes) -> dict[str, tuple[Any, ...]]:
    came = {space.key: new.namespaces[space.key] for space in changes.namespaces.add}
    went = {key: old.namespaces[key] for key in changes.namespaces.remove}
    unseen = {before for before, after in _links(old, new, changes) if after is None and before in went}
    again = {after for before, after in _links(old, new, changes) if before is None and after in came}
    numbers = {(space.type, space.inode): space for space in went.values() if space.key not in unseen}
    recreated = [
        Recreated(numbers[space.type, space.inode], space)
        for space in came.values()
        if space.key not in again and (space.type, space.inode) in numbers
    ]
    told = {key for pair in recreated for key in (pair.before.key, pair.after.key)}
    return {
        "appeared": tuple(space for key, space in came.items() if key not in again | told),
        "disappeared": tuple(space for key, space in went.items() if key not in unseen | told),
        "recreated": tuple(recreated),
        "unseen": tuple(space for key, space in went.items() if key in unseen),
        "seen_again": tuple(space for key, space in came.items() if key in again),
    }


def _links(old: _Side, new: _Side, changes: Changes) -> Iterator[tuple[Key | None, Key | None]]:
    """The namespace links, before and after, of processes that live on and differ."""
    for item in changes.processes.change:
        links = zip(old.processes[item.key].namespaces, new.processes[item.key].namespaces, strict=True)
        yield from ((before, after) for (_, before), (_, after) in links)


def _find_moves(old: _Side, new: _Side, changes: Changes) -> Iterator[Move]:
    for item in changes.processes.change:
        process = new.processes[item.key]
        for (kind, before), (_, after) in zip(old.processes[item.key].namespaces, process.namespaces, strict=True):
            if before is not None and after is not None and before != after:
                yield Move(process, kind, before, after)


def _tell_coverage(before: HostState, changes: Changes) -> CoverageDifference | None:
    """Gaps only: how many processes there are is told by the processes."""
    change = changes.coverage
    if change is None or not (change.add or change.remove):
        return None
    return CoverageDifference((before.coverage.processes, change.processes), change.add, change.remove)


def _fields(before: Fact, after: Fact, apart: frozenset[str]) -> tuple[FieldChange, ...]:
    names = (name for name in after.__struct_fields__ if name not in apart)
    return tuple(
        FieldChange(name, _text(getattr(before, name)), _text(getattr(after, name)))
        for name in names
        if getattr(before, name) != getattr(after, name)
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value, order="deterministic").decode()
