"""What keeps namespaces alive: processes, holders, and the namespaces that they own or contain. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from inspector.facts.types import Key, Namespace


def find_orphans(spaces: Iterable[Namespace]) -> list[Namespace]:
    """The namespaces that no process lives in."""
    return [space for space in spaces if not space.processes and not space.initial]


def find_children(spaces: Iterable[Namespace]) -> dict[Key, list[Namespace]]:
    """Namespace key → the namespaces that it owns or contains: it lives at least as long as they do."""
    children: dict[Key, list[Namespace]] = {}
    for space in spaces:
        for key in {space.owner, space.parent} - {None, space.key}:
            children.setdefault(key or "", []).append(space)
    return children
