"""What keeps namespaces alive: processes, holders, and the namespaces that they own or contain. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from inspector.facts.types import HolderKind, Key, Namespace

NAMED: Final = 2


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


def say_holder(kind: HolderKind, name: str, process: str) -> str:
    """One thing that holds a namespace: ``bind mount /run/netns/x``, ``descriptor 5 of dockerd(812)``."""
    match kind:
        case "mount":
            return f"bind mount {name}"
        case "thread" | "descriptor" | "socket":
            return f"{kind} {name} of {process}"
        case _:
            return f"{process} for its children"


def say_holders(space: Namespace) -> str:
    """The first :data:`NAMED` that hold it, and how many more: ``bind mount /run/netns/x and 2 more``."""
    said = [
        say_holder(one.kind, holder.name, f"process {holder.pid}") for one in space.holders for holder in one.some
    ][:NAMED]
    more = sum(one.count for one in space.holders) - len(said)
    return ", ".join(said) + (f" and {more} more" if more > 0 else "")
