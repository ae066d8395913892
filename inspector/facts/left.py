"""Containers left behind: each runs in a namespace that another container was to share, and has left. Pure.

A container of ``--network container:X`` joins the namespace that X has at that moment, and keeps it. When X is
restarted, recreated or removed, X goes to another one, or to none. The container stays where it was, connected to
nothing, and seems to be well isolated. A pid namespace ends with its init, so that only those of ``net``
and ``ipc`` outlive their container; all three are checked.

What cannot be seen is unknown and is neither: see :data:`Verdict`. ``static/dashboard/model/left.js`` does the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal

from inspector.facts.container_events import is_runtime, is_up
from inspector.facts.namespaces import NamespaceType
from inspector.facts.sharing import container_processes, find_home
from inspector.facts.types import Container, Fact, Gap, HostState, Key, Process

FIELDS: Final[Mapping[NamespaceType, str]] = {"net": "network", "ipc": "ipc", "pid": "pid"}
"""The types whose namespace may be another container's, and the field of ``declared`` that names that container."""

JOINED: Final = "container:"

How = Literal["restarted", "stopped", "removed"]
Verdict = Literal["left", "joined", "unknown"]


class Joining(Fact, frozen=True):
    """A namespace that a running container was to share with another one, and whether it does."""

    container: Key
    type: NamespaceType
    namespace: Key | None  # the one it is in
    wanted: str  # the other container, as declared: an id or a name
    target: Key | None  # that container, if it is there
    verdict: Verdict
    how: How | None = None  # what happened to the other container, if it has left


def joinings(containers: Mapping[Key, Container], homes: Mapping[Key, Process], complete: bool) -> list[Joining]:
    """Every namespace that a running container was to share with another one, in the order of their ids.

    :param homes: running container → the process that stands for it; absent where none was seen.
    :param complete: whether all containers are known, so that one that is missing is not there.
    """
    wanted = ((one, kind, other) for one in containers.values() for kind, other in _wanted(one))
    found = (_judge(containers, homes, complete, *item) for item in wanted if item[0].id in homes)
    return sorted(found, key=lambda item: (item.container, item.type))


def joinings_of(state: HostState) -> list[Joining]:
    """The joinings of a whole state."""
    members = container_processes(state)
    containers = {container.id: container for container in state.containers}
    found = {key: find_home(container, members.get(key, ())) for key, container in containers.items()}
    homes = {key: home for key, home in found.items() if home is not None}
    return joinings(containers, homes, lists_containers(state.coverage.gaps))


def lists_containers(gaps: Iterable[Gap]) -> bool:
    """Whether an engine listed all containers, so that one that is missing is not there."""
    return all(gap.pid is not None or gap.what != "docker" for gap in gaps)


def left_of(state: HostState) -> dict[Key, list[Joining]]:
    """Container → the namespaces that it was left behind in."""
    found: dict[Key, list[Joining]] = {}
    for item in joinings_of(state):
        if item.verdict == "left":
            found.setdefault(item.container, []).append(item)
    return found


def _wanted(container: Container) -> Iterator[tuple[NamespaceType, str]]:
    """The types that were to be shared, and the other container of each."""
    if container.declared is None:
        return
    for kind, field in FIELDS.items():
        mode: str = getattr(container.declared, field)
        if mode.startswith(JOINED):
            yield kind, mode.removeprefix(JOINED)


def _judge(
    containers: Mapping[Key, Container],
    homes: Mapping[Key, Process],
    complete: bool,
    container: Container,
    kind: NamespaceType,
    wanted: str,
) -> Joining:
    home, target = homes[container.id], _find(containers, wanted)
    own: Key | None = getattr(home.namespaces, kind)
    key = None if target is None else target.id
    if own is None or is_runtime(home):
        return Joining(container.id, kind, own, wanted, key, "unknown")
    how = _fate(target, homes, complete, kind, own)
    if how == "joined" or how == "unknown":
        return Joining(container.id, kind, own, wanted, key, how)
    return Joining(container.id, kind, own, wanted, key, "left", how)


def _fate(
    target: Container | None, homes: Mapping[Key, Process], complete: bool, kind: NamespaceType, own: Key
) -> How | Literal["joined", "unknown"]:
    """What happened to the container that the namespace was to be shared with."""
    if target is None:
        return "removed" if complete else "unknown"
    if not is_up(target):
        return "stopped"
    home = homes.get(target.id)
    seen: Key | None = None if home is None or is_runtime(home) else getattr(home.namespaces, kind)
    if seen is None:
        return "unknown"
    return "joined" if seen == own else "restarted"


def _find(containers: Mapping[Key, Container], wanted: str) -> Container | None:
    """The container of this id or name."""
    named = (one for one in containers.values() if one.name == wanted)
    return containers.get(wanted) or next(named, None)
