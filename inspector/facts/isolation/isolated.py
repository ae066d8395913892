"""What is isolated without a container: services of systemd, and sandboxes. Pure.

``static/dashboard/model/isolation/isolated.js`` finds the same; ``tests/fixtures/isolated.json`` holds both to it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal, NamedTuple

import msgspec

from inspector.facts.namespaces import TYPES, NamespaceType
from inspector.facts.types import Fact, HostState, Key, NamespaceSet, Pid, Process

IsolateKind = Literal["service", "sandbox"]

_UNIT: Final = re.compile(r".+\.(?:service|scope)")
_SESSION: Final = re.compile(r"(?:session-.*|user@.*|init|(?:vte|tmux)-spawn-.*|app-.*)\.(?:service|scope)")
"""What people start in these is not the unit's, so it is told by its program. See systemd.special(7)."""

_USER: Final = re.compile(r"user@([0-9]+)\.service")
_MACHINE: Final = re.compile(r"machine-(.+)\.scope|systemd-nspawn@(.+)\.service")
_FLATPAK: Final = re.compile(r"app-flatpak-(.+)-[0-9]+\.scope")
_SNAP: Final = re.compile(r"snap\.([^.]+)\.([^.]+?)(?:-[0-9a-f-]{36}|\.[0-9a-f-]{36})?\.scope")
_INSTANCE: Final = re.compile(r"@.*(?=\.)")
_ESCAPED: Final = re.compile(r"\\x([0-9a-f]{2})")


class Isolate(Fact, frozen=True):
    """Processes in namespaces of their own that belong to no container."""

    key: str
    kind: IsolateKind
    name: str  # nginx.service, machine:db, org.mozilla.firefox; else program and pid of the topmost process
    program: str  # isolates of one kind and program are alike
    types: tuple[NamespaceType, ...]  # in which they have namespaces of their own
    processes: tuple[Key, ...]  # the topmost first, then by pid


class Place(NamedTuple):
    """What a control group says of the processes in it."""

    kind: IsolateKind
    name: str
    program: str
    unit: str  # unique on the host


def isolates(state: HostState) -> tuple[Isolate, ...]:
    """Services first, each kind by the pid of its topmost process. Cost: one pass over the processes."""
    initial = {space.key for space in state.namespaces if space.initial}
    known = {space.type for space in state.namespaces if space.initial}
    inside = {process.namespaces for process in state.processes if process.container is not None}
    taken = initial.union(*(spaces.known() for spaces in inside))
    return find_isolates(state.processes, taken, known)


def find_isolates(processes: Iterable[Process], taken: set[Key], known: set[NamespaceType]) -> tuple[Isolate, ...]:
    """The isolates among some processes.

    :param taken: the namespaces of the host and of containers.
    :param known: the types of which the host's namespace is known. Of the others nobody knows whose they are.
    """
    sets: dict[NamespaceSet, dict[NamespaceType, Key]] = {}
    members: list[tuple[Process, dict[NamespaceType, Key]]] = []
    for process in processes:
        if process.container is None and process.entered is None and not is_kernel_thread(process):
            if process.namespaces not in sets:
                sets[process.namespaces] = _own(process.namespaces, taken, known)
            if own := sets[process.namespaces]:
                members.append((process, own))
    made = [_make(*group) for group in _groups(members)]
    return tuple(
        isolate for _, isolate in sorted(_distinct(made), key=lambda one: (one[1].kind != "service", one[0]))
    )


def is_kernel_thread(process: Process) -> bool:
    """Whether it is kthreadd or a child of it. kdevtmpfs has a mount namespace on every host: it isolates nothing."""
    return not process.cmdline and 2 in (process.pid, process.ppid)


def place_in(cgroup: str | None) -> Place | None:
    """What the path of a control group says; ``None`` in a session, where everybody starts what they like."""
    units = [part for part in (cgroup or "").split("/") if _UNIT.fullmatch(part)]
    user = next((found[1] + "/" for unit in units if (found := _USER.fullmatch(unit))), "")
    for unit in units:
        if machine := _MACHINE.fullmatch(unit):
            return Place("service", f"machine:{_unescape(machine[1] or machine[2])}", "machine", unit)
    return _place_of(units[-1], user) if units else None


def _place_of(unit: str, user: str) -> Place | None:
    if flatpak := _FLATPAK.fullmatch(unit):
        return Place("sandbox", _unescape(flatpak[1]), _unescape(flatpak[1]), user + unit)
    if snap := _SNAP.fullmatch(unit):
        name = snap[1] if snap[1] == snap[2] else f"{snap[1]}.{snap[2]}"
        return Place("sandbox", name, name, user + unit)
    if _SESSION.fullmatch(unit):
        return None
    return Place("service", unit, _INSTANCE.sub("@", unit), user + unit)


def _unescape(text: str) -> str:
    """A name as systemd escaped it. See systemd.unit(5)."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def _own(namespaces: NamespaceSet, taken: set[Key], known: set[NamespaceType]) -> dict[NamespaceType, Key]:
    return {kind: key for kind, key in namespaces if key is not None and key not in taken and kind in known}


Member = tuple[Process, dict[NamespaceType, Key]]


def _groups(members: Iterable[Member]) -> Iterator[tuple[str, Place | None, list[Member]]]:
    """By their units; and outside of units, those that share a namespace, directly or through others."""
    units: dict[str, tuple[Place, list[Member]]] = {}
    loose: list[Member] = []
    for member in members:
        place = place_in(member[0].cgroup)
        if place is None:
            loose.append(member)
        else:
            units.setdefault(place.unit, (place, []))[1].append(member)
    yield from ((f"group:unit:{unit}", place, list_) for unit, (place, list_) in units.items())
    yield from ((f"group:{key}", None, list_) for key, list_ in _sharers(loose).items())


def _sharers(members: Iterable[Member]) -> dict[Key, list[Member]]:
    """The smallest key of their namespaces → the members that share namespaces with one another."""
    above: dict[Key, Key] = {}
    listed = list(members)
    for _, own in listed:
        keys = sorted({_root(above, key) for key in own.values()})
        above.update(dict.fromkeys(keys[1:], keys[0]))
    found: dict[Key, list[Member]] = {}
    for member in listed:
        found.setdefault(_root(above, next(iter(member[1].values()))), []).append(member)
    return found


def _root(above: Mapping[Key, Key], key: Key) -> Key:
    while key in above:
        key = above[key]
    return key


def _make(key: str, place: Place | None, members: list[Member]) -> tuple[Pid, Isolate]:
    ordered = sorted((process for process, _ in members), key=lambda process: (process.pid, process.start_ticks))
    pids = {process.pid for process in ordered}
    heads = [process for process in ordered if process.ppid not in pids] or ordered
    first = min(heads, key=lambda process: (process.start_ticks, process.pid))
    types = {kind for _, own in members for kind in own}
    said = place or Place("sandbox", f"{first.comm} {first.pid}", first.comm, "")
    isolate = Isolate(
        key,
        said.kind,
        said.name,
        said.program,
        tuple(kind for kind in TYPES if kind in types),
        (first.key, *(process.key for process in ordered if process is not first)),
    )
    return first.pid, isolate


def _distinct(made: list[tuple[Pid, Isolate]]) -> list[tuple[Pid, Isolate]]:
    """With their pids where several have one name."""
    names = Counter(isolate.name for _, isolate in made)
    return [
        (pid, msgspec.structs.replace(one, name=f"{one.name} {pid}") if names[one.name] > 1 else one)
        for pid, one in made
    ]
