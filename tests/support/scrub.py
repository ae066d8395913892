"""States of some containers as every machine would show them: nothing else, and no number that differs. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import count
from typing import Final

import msgspec

from inspector.facts.namespaces import TYPES, namespace_key
from inspector.facts.types import (
    Chain,
    Container,
    HostInfo,
    HostState,
    Link,
    Namespace,
    NamespaceSet,
    Process,
    make_state,
    process_key,
)

HOST: Final = HostInfo("0" * 32, "5d1c7a90-0000-4000-8000-000000000001", "demo-host", "6.18.0")
FIRST_PID: Final = {"daemon": 812, "manager": 820}
INODES: Final = 4026531840
Renamed = dict[str, str]


def scrub(states: list[HostState], moments: list[str], prefix: str, names: set[str]) -> list[HostState]:
    """Only what belongs to these containers, renumbered alike in all states, which are of one boot."""
    containers = {
        one.id: msgspec.structs.replace(one, id=identity(one.name), name=one.name.removeprefix(prefix), labels={})
        for state in states
        for one in state.containers
        if one.name.startswith(prefix) and one.name.removeprefix(prefix) in names
    }
    parts = {
        one.key: one for state in states for one in state.processes if one.container in containers or starts(one)
    }
    pids = number_processes(parts.values(), states, containers)
    members = {key: one for key, one in parts.items() if one.pid in pids}
    inside = number_inside(members.values())
    spaces = number_namespaces(states, sorted(members.values(), key=lambda one: pids[one.pid]))
    return [
        rebuild(state, moment, containers, members, pids, inside, spaces)
        for state, moment in zip(states, moments, strict=True)
    ]


def identity(name: str) -> str:
    """A container's id, made from its name."""
    return hashlib.sha256(name.encode()).hexdigest()


def starts(process: Process) -> bool:
    """Whether it is one of those that start containers."""
    return process.role in ("daemon", "manager") or (process.role == "shim" and process.container is None)


def number_processes(
    members: Iterable[Process], states: list[HostState], containers: dict[str, Container]
) -> dict[int, int]:
    """New pids: those who start containers first, then a hundred for each container, by name, its shim before it."""
    shims = {one.shim_pid: one.id for state in states for one in state.containers if one.id in containers}
    places = {key: place for place, key in enumerate(sorted(containers, key=lambda key: containers[key].name))}
    counts = {kind: count(first) for kind, first in FIRST_PID.items()}
    blocks = {key: count(1000 + 100 * place) for key, place in places.items()}
    found = {}
    for one in sorted(members, key=lambda one: (one.role != "shim", one.nspid[-1], one.start_ticks, one.pid)):
        block = one.container or shims.get(one.pid)
        numbers = blocks.get(block or "") or counts.get(one.role or "")
        if numbers is not None:
            found[one.pid] = next(numbers)
    return found


def number_inside(members: Iterable[Process]) -> dict[str, int]:
    """The pid inside the innermost pid namespace, counted from 1 without gaps, by key."""
    found: dict[str, int] = {}
    counts: dict[str | None, int] = {}
    for one in sorted(members, key=lambda one: (one.nspid[-1], one.start_ticks)):
        if len(one.nspid) > 1:
            counts[one.namespaces.pid] = counts.get(one.namespaces.pid, 0) + 1
            found[one.key] = counts[one.namespaces.pid]
    return found


def number_namespaces(states: list[HostState], members: list[Process]) -> dict[str, Namespace]:
    """Each namespace that is lived in, and the host's own, under a new number."""
    known = {space.key: space for state in states for space in state.namespaces}
    numbers = count(1)
    wanted = [space.key for space in known.values() if space.initial]
    wanted.sort(key=lambda key: TYPES.index(known[key].type))
    wanted += [key for one in members for key in one.namespaces.known()]
    found: dict[str, Namespace] = {}
    for key in dict.fromkeys(wanted):
        space, number = known[key], next(numbers)
        made = namespace_key(HOST.boot_id, space.type, number)
        found[key] = Namespace(made, space.type, INODES + number, number, space.initial, None, None)
    return found


def rebuild(
    state: HostState,
    moment: str,
    containers: dict[str, Container],
    members: dict[str, Process],
    pids: dict[int, int],
    inside: dict[str, int],
    spaces: dict[str, Namespace],
) -> HostState:
    """The state with everything under its new number."""
    processes = [rename(one, containers, pids, inside, spaces) for one in state.processes if one.key in members]
    held = [one for one in state.containers if one.id in containers]
    lived = {key for one in processes for key in one.namespaces.known()}
    return make_state(
        HOST,
        moment,
        1.0,
        namespaces=[space for space in spaces.values() if space.initial or space.key in lived],
        processes=processes,
        containers=[place(one, containers[one.id], containers, pids) for one in held],
        chains=[
            Chain(
                containers[chain.container].id,
                tuple(Link(pids[link.pid], link.role, link.via) for link in chain.links),
            )
            for chain in state.chains
            if chain.container in containers
        ],
        gaps=[],
    )


def rename(
    one: Process,
    containers: dict[str, Container],
    pids: dict[int, int],
    inside: dict[str, int],
    spaces: dict[str, Namespace],
) -> Process:
    pid = pids[one.pid]
    sets = {kind: key and spaces[key].key for kind, key in msgspec.structs.asdict(one.namespaces).items()}
    return msgspec.structs.replace(
        one,
        key=process_key(HOST.boot_id, pid, pid * 10),
        pid=pid,
        ppid=pids.get(one.ppid, 1),
        start_ticks=pid * 10,
        nspid=(pid, inside[one.key]) if one.key in inside else (pid,),
        cgroup=None,
        container=one.container and containers[one.container].id,
        namespaces=NamespaceSet(**sets),
    )


def place(one: Container, named: Container, containers: dict[str, Container], pids: dict[int, int]) -> Container:
    declared = one.declared
    if declared is not None:
        modes = {name: getattr(declared, name) for name in ("network", "pid", "ipc", "uts")}
        for old, new in containers.items():
            modes = {name: mode.replace(old, new.id) for name, mode in modes.items()}
        declared = msgspec.structs.replace(declared, **modes)
    return msgspec.structs.replace(
        named,
        init_pid=pids.get(one.init_pid or 0),
        shim_pid=pids.get(one.shim_pid or 0),
        declared=declared,
        limits=one.limits,
    )
