"""Hypothesis strategies that build consistent host states: every key that is named exists, every count is derived.

Identities are drawn from small pools, so that two states of one host share some facts, differ in others
and lack the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from hypothesis import strategies as st

from inspector.facts.namespaces import NESTING, TYPES, namespace_key
from inspector.facts.types import (
    Chain,
    Confinement,
    Container,
    Declared,
    Gap,
    Holder,
    Holders,
    HostInfo,
    HostState,
    Limits,
    Link,
    Namespace,
    NamespaceSet,
    Pod,
    Port,
    Process,
    make_state,
    process_key,
)

BOOT = "0f3c2d1e-5a6b-4c7d-8e9f-001122334455"
BOOTED_AT = "2026-11-23T01:00:00+00:00"
HOST = HostInfo(machine_id="b" * 32, boot_id=BOOT, hostname="orchid", kernel="6.18.44")

ROLES = ("daemon", "manager", "shim", "init", "exec", "child", "proxy", None)

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
"""Hostile on purpose: newlines, brackets, quotes, control characters, anything that is Unicode."""

moments = st.datetimes(datetime(1970, 1, 1), datetime(2299, 12, 31)).map(lambda moment: moment.isoformat() + "+00:00")


def container_id(number: int) -> str:
    """A full container id, told apart by its number."""
    return f"{number:064x}"


HOLDERS = (
    (Holders("thread", 1, (Holder(3, None, "5"),)),),
    (
        Holders("descriptor", 7, (Holder(3, None, "4"), Holder(4, None, "4"))),
        Holders("mount", 1, (Holder(None, namespace_key(BOOT, "mnt", 1), "/run/netns/\n=x"),)),
    ),
    (Holders("mount", 2, (Holder(None, None, ""), Holder(None, "m", "/a"))), Holders("pid_for_children", 0, ())),
)


@st.composite
def namespaces(draw: st.DrawFn) -> list[Namespace]:
    """Up to three namespaces of each type; the first user namespace owns, and parents, those that nest."""
    found = []
    user = namespace_key(BOOT, "user", 1)
    for kind in TYPES:
        for number in sorted(draw(st.sets(st.integers(1, 3))) | {1}):
            nests = kind in NESTING and number > 1
            key = namespace_key(BOOT, kind, number)
            found.append(
                Namespace(
                    key=key,
                    type=kind,
                    inode=4026531000 + TYPES.index(kind) * 10 + draw(st.integers(0, 1)),
                    ns_id=number,
                    initial=number == 1,
                    owner=draw(st.sampled_from((user, None))),
                    parent=namespace_key(BOOT, kind, 1) if nests else None,
                    holders=draw(st.sampled_from(((), *HOLDERS))),
                )
            )
    return found


def namespace_sets(spaces: Sequence[Namespace]) -> st.SearchStrategy[NamespaceSet]:
    """One namespace of each type, or none where the link could not be read."""
    choices: dict[str, st.SearchStrategy[Any]] = {
        kind: st.sampled_from([*(space.key for space in spaces if space.type == kind), None]) for kind in TYPES
    }
    return st.fixed_dictionaries(choices).map(lambda keys: NamespaceSet(**keys))


CONFINEMENTS = (
    Confinement(2**41 - 1, 2**41 - 1, 0, 2**41 - 1, 0, "none", False, 0, 0, 2**32 - 1),
    Confinement(0xA80425FB, 0xA80425FB, 0, 0xA80425FB, 0, "filter", True, 0, 0, None, "docker-default (enforce)"),
    Confinement(0, 1 << 16, 1 << 16, 2**41 - 1, 1 << 16, "strict", None, 1000, 2**32 - 1, 1000, ""),
)
"""One draw for each process: ten of them would slow down every property."""


@st.composite
def processes(draw: st.DrawFn, spaces: Sequence[Namespace], containers: Sequence[Container]) -> list[Process]:
    """Up to eight processes with unique pids; a pid may belong to another process in another state."""
    return [
        Process(
            key=process_key(BOOT, pid, start),
            pid=pid,
            ppid=draw(st.integers(0, 12)),
            start_ticks=start,
            comm=draw(words),
            cmdline=tuple(draw(st.lists(words, max_size=3))),
            uid=draw(st.none() | st.integers(0, 2**32 - 1)),
            nspid=(pid, *draw(st.lists(st.integers(1, 99), max_size=2))),
            cgroup=draw(st.none() | words),
            container=draw(st.sampled_from([*(container.id for container in containers), None])),
            role=draw(st.sampled_from(ROLES)),
            namespaces=draw(namespace_sets(spaces)),
            state=draw(st.sampled_from(("alive", "stopped", "zombie", None))),
            entered=draw(st.sampled_from([*(container.id for container in containers), None])),
            confinement=draw(st.sampled_from((None, *CONFINEMENTS))),
        )
        for pid, start in draw(st.dictionaries(st.integers(1, 12), st.integers(0, 2), max_size=8)).items()
    ]


ports = st.builds(
    Port,
    host_ip=words,
    host_port=st.integers(0, 65535),
    container_port=st.integers(0, 65535),
    protocol=st.sampled_from(("tcp", "udp")),
    proxy=st.none() | st.integers(1, 12),
)


@st.composite
def containers(draw: st.DrawFn) -> list[Container]:
    """Up to three containers, as an engine or as their cgroup told of them."""
    return [
        Container(
            id=container_id(number),
            name=draw(words),
            image=draw(words),
            engine=draw(st.sampled_from(("docker", "containerd", "podman"))),
            state=draw(st.sampled_from(("running", "paused", "exited"))),
            init_pid=draw(st.none() | st.integers(1, 12)),
            shim_pid=draw(st.none() | st.integers(1, 12)),
            labels=draw(st.dictionaries(words, words, max_size=2)),
            declared=draw(
                st.none()
                | st.builds(
                    Declared, network=words, privileged=st.booleans(), source=st.sampled_from(("", "config.json"))
                )
            ),
            limits=draw(
                st.builds(
                    Limits,
                    memory_bytes=st.none() | st.integers(0, 2**40),
                    pids=st.none() | st.just(7),
                    memory_from=st.sampled_from(("", "/eng")),
                )
            ),
            exit_code=draw(st.none() | st.integers(-1, 255)),
            oom_killed=draw(st.none() | st.booleans()),
            restarts=draw(st.none() | st.integers(0, 3)),
            health=draw(st.none() | words),
            ports=draw(st.none() | st.lists(ports, max_size=2).map(tuple)),
            health_check=draw(st.none() | st.lists(words, max_size=2).map(tuple)),
            kind=draw(st.sampled_from(("container", "sandbox", "system"))),
            scope=draw(st.sampled_from(("", "/run/containerd/default"))),
            pod=draw(st.sampled_from((None, Pod("f" * 64), Pod("p", "shop/web")))),
        )
        for number in sorted(draw(st.sets(st.integers(1, 4), max_size=3)))
    ]


@st.composite
def gaps(draw: st.DrawFn, members: Sequence[Process]) -> list[Gap]:
    """One gap for every link that is unknown, and sometimes one of the whole host."""
    found = [
        Gap(process.pid, f"ns/{kind}", "forbidden")
        for process in members
        for kind, key in process.namespaces
        if key is None
    ]
    return found + draw(st.lists(st.just(Gap(None, "docker", "gone")), max_size=1))


@st.composite
def chains(draw: st.DrawFn, known: Sequence[Container]) -> list[Chain]:
    """For some of the containers a chain of two or three links."""
    middle: list[Link] = draw(st.lists(st.just(Link(3, "manager", "parent")), max_size=1))
    return [
        Chain(container.id, (Link(2, "daemon", None), *middle, Link(4, "shim", "runtime")))
        for container in known
        if draw(st.booleans())
    ]


@st.composite
def host_states(draw: st.DrawFn) -> HostState:
    """One consistent state of :data:`HOST`; two draws are two moments of the same host."""
    spaces = draw(namespaces())
    known = draw(containers())
    members = draw(processes(spaces, known))
    return make_state(
        host=draw(
            st.sampled_from(
                (HOST, msgspec.structs.replace(HOST, hostname="renamed", reader="kernel", booted_at=BOOTED_AT))
            )
        ),
        taken_at=draw(moments),
        duration_ms=draw(st.floats(0, 1e6)),
        processes=members,
        namespaces=spaces,
        containers=known,
        chains=draw(chains(known)),
        gaps=draw(gaps(members)),
    )


def some_namespaces(number: int = 1) -> tuple[list[Namespace], NamespaceSet]:
    """A full set of eight namespaces told apart by their number, without hypothesis; 1 is the initial set."""
    spaces = [
        Namespace(
            key=namespace_key(BOOT, kind, number),
            type=kind,
            inode=4026530000 + number * 10 + TYPES.index(kind),
            ns_id=number,
            initial=number == 1,
            owner=namespace_key(BOOT, "user", 1),
            parent=namespace_key(BOOT, kind, 1) if kind in NESTING and number > 1 else None,
        )
        for kind in TYPES
    ]
    return spaces, NamespaceSet(**{space.type: space.key for space in spaces})


def a_process(pid: int, comm: str = "sleep", ppid: int = 1, start: int = 100, **facts: Any) -> Process:
    """A process in the initial namespaces unless told otherwise, without hypothesis."""
    defaults: dict[str, Any] = {
        "cmdline": (comm,),
        "uid": 0,
        "nspid": (pid,),
        "cgroup": "/",
        "container": None,
        "role": None,
        "namespaces": some_namespaces()[1],
    }
    return Process(
        key=process_key(BOOT, pid, start), pid=pid, ppid=ppid, start_ticks=start, comm=comm, **(defaults | facts)
    )


def a_container(number: int, name: str = "web", **facts: Any) -> Container:
    """A running Docker container, without hypothesis."""
    defaults: dict[str, Any] = {
        "image": "local/busybox:1",
        "engine": "docker",
        "state": "running",
        "init_pid": None,
        "shim_pid": None,
        "labels": {},
        "declared": None,
    }
    return Container(id=container_id(number), name=name, **(defaults | facts))


def a_state(members: Sequence[Process], spaces: Sequence[Namespace] | None = None, **parts: Any) -> HostState:
    """A state of :data:`HOST` made of these facts, without hypothesis."""
    return make_state(
        host=HOST,
        taken_at=parts.pop("taken_at", "2026-11-23T03:10:00+00:00"),
        duration_ms=parts.pop("duration_ms", 12.5),
        processes=members,
        namespaces=some_namespaces()[0] if spaces is None else spaces,
        **parts,
    )
