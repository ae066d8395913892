"""A host whose processes share namespaces as a test says."""

from __future__ import annotations

from typing import Any

from inspector.facts.namespaces import TYPES, namespace_key, type_of
from inspector.facts.types import Container, HostInfo, HostState, Namespace, NamespaceSet, Process, make_state
from tests.support.engines import BOOT

HOST = NamespaceSet(**{kind: namespace_key(BOOT, kind, 1) for kind in TYPES})


def live_in(number: int, *host: str, **others: int | None) -> NamespaceSet:
    """Namespaces of that number, but the host's for the types named, and others where so given."""
    numbers = {kind: 1 if kind in host else number for kind in TYPES} | others
    return NamespaceSet(
        **{kind: None if own is None else namespace_key(BOOT, kind, own) for kind, own in numbers.items()}
    )


def make_host(
    processes: list[Process], containers: list[Container], initial: bool = True, **fields: Any
) -> HostState:
    hosts = set(HOST.known())
    keys = hosts.union(*(process.namespaces.known() for process in processes))
    spaces = [
        Namespace(
            key=key,
            type=type_of(key),
            inode=1,
            ns_id=None,
            initial=initial and key in hosts,
            owner=None,
            parent=None,
        )
        for key in sorted(keys)
    ]
    return make_state(
        HostInfo("m", BOOT, "h", "k"), "2026-01-01T00:00:00+00:00", 1.0, processes, spaces, containers, **fields
    )
