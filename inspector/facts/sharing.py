"""Who shares which namespace: with the host, and across containers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from inspector.facts.container_events import is_up
from inspector.facts.namespaces import TYPES, NamespaceType
from inspector.facts.types import Container, Fact, HostState, Key, NamespaceSet, Process

How = Literal["own", "shared", "host", "unknown"]


class Sharing(Fact, frozen=True):
    """How one container uses one namespace type."""

    type: NamespaceType
    namespace: Key | None  # None: could not be read
    how: (
        How  # own: no other container is in it; host: it is the initial one; unknown: this or the host's was not read
    )
    containers: tuple[Key, ...] = ()  # the other containers in it, where ``how`` is shared
    differing: tuple[Key, ...] = ()  # other namespaces of this type that processes of the container live in


def members(state: HostState) -> dict[Key, list[Process]]:
    """Namespace key → the processes that live in it, by pid. Cost: eight list appends per process."""
    table: dict[Key, list[Process]] = {space.key: [] for space in state.namespaces}
    for process in state.processes:
        known = process.namespaces.known()
        for key in known:
            table.setdefault(key, []).append(process)
    return table


def container_processes(state: HostState) -> dict[Key, list[Process]]:
    """Container id → its processes, by pid; nothing for a container without any."""
    table: dict[Key, list[Process]] = {}
    for process in state.processes:
        if process.container is not None:
            table.setdefault(process.container, []).append(process)
    return table


def container_namespaces(container: Container, processes: Sequence[Process]) -> NamespaceSet | None:
    """The namespaces of a container: those of its init, else of its oldest process.

    :return: ``None`` where it has no process, as a stopped one.
    """
    living = [process for process in processes if process.state != "zombie"] or processes
    for process in living:
        if process.pid == container.init_pid:
            return process.namespaces
    oldest = min(living, key=lambda process: (process.start_ticks, process.pid), default=None)
    return oldest.namespaces if oldest is not None else None


def find_home(container: Container, processes: Iterable[Process]) -> Process | None:
    """The process that stands for a running container: its init, else the oldest of its processes."""
    members = sorted(processes, key=lambda process: (process.start_ticks, process.pid))
    if not members or not is_up(container):
        return None
    return next((process for process in members if process.pid == container.init_pid), members[0])


def sharings(state: HostState) -> dict[Key, tuple[Sharing, ...]]:
    """Container id → one :class:`Sharing` per type, in the order of the types; ``()`` where it has no process."""
    processes = container_processes(state)
    sets = {
        container.id: container_namespaces(container, processes.get(container.id, ()))
        for container in state.containers
    }
    initial = {space.type: space.key for space in state.namespaces if space.initial}
    holders = _holders(sets)
    return {
        identity: tuple(_judge(identity, kind, own, processes[identity], initial, holders) for kind in TYPES)
        if own is not None
        else ()
        for identity, own in sets.items()
    }


def _holders(sets: Mapping[Key, NamespaceSet | None]) -> dict[Key, list[Key]]:
    """Namespace key → the containers that live in it."""
    table: dict[Key, list[Key]] = {}
    for identity, own in sorted(sets.items()):
        for key in own.known() if own is not None else ():
            table.setdefault(key, []).append(identity)
    return table


def _judge(
    identity: Key,
    kind: NamespaceType,
    own: NamespaceSet,
    processes: Iterable[Process],
    initial: Mapping[NamespaceType, Key],
    holders: Mapping[Key, list[Key]],
) -> Sharing:
    key: Key | None = getattr(own, kind)
    seen = {getattr(process.namespaces, kind) for process in processes}
    differing = tuple(sorted(seen - {key, None}))
    if key is None:
        return Sharing(kind, None, "unknown", differing=differing)
    if key == initial.get(kind):
        return Sharing(kind, key, "host", differing=differing)
    others = tuple(other for other in holders[key] if other != identity)
    how: How = "shared" if others else "own" if kind in initial else "unknown"
    return Sharing(kind, key, how, others, differing)


def types_entered(state: HostState) -> dict[Key, list[NamespaceType]]:
    """Key of a process that entered a container → the types of the container's own namespaces that it is in."""
    containers = {container.id: container for container in state.containers}
    inside = container_processes(state)
    initial = {space.key for space in state.namespaces if space.initial}
    found: dict[Key, list[NamespaceType]] = {}
    for process in state.processes:
        container = containers.get(process.entered or "")
        home = container_namespaces(container, inside.get(container.id, ())) if container is not None else None
        if home is not None:
            pairs = zip(process.namespaces, home, strict=True)
            found[process.key] = [
                kind for (kind, key), (_, own) in pairs if key == own and own not in (None, *initial)
            ]
    return found
