"""The two sides of a comparison: the parts of two states that are needed to say what differs. Pure.

A side leaves out what is equal on both. It keeps what names and explains the rest: all containers, all namespaces,
and the home process of each running container.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, TypeVar

import msgspec

from inspector.analysis.compare.findings import HOST
from inspector.facts.container_events import is_up
from inspector.facts.left import Joining, joinings, lists_containers
from inspector.facts.namespaces import TYPES, NamespaceType
from inspector.facts.sharing import Sharing, container_processes, find_home, sharings
from inspector.facts.types import (
    Chain,
    Container,
    Coverage,
    Fact,
    Gap,
    HostInfo,
    HostState,
    Key,
    Namespace,
    NamespaceSet,
    Process,
    short_id,
)

F = TypeVar("F", bound=Fact)

_LEFT_WITH_HOST: Final[tuple[NamespaceType, ...]] = ("user", "cgroup", "time")
"""The types for which engines make no namespace by themselves; for cgroup only where the host has cgroup v1."""


class Holders:
    """Which containers live in each namespace. The table is made when it is first asked for.

    Sides with the same homes share one, so that a replay makes the table once.
    """

    def __init__(self, homes: Mapping[Key, Process]) -> None:
        self._homes = homes

    def of(self, namespace: Key) -> list[Key]:
        """The containers whose home process is in a namespace, in the order of their ids."""
        return self._table.get(namespace, [])

    @cached_property
    def _table(self) -> dict[Key, list[Key]]:
        table: dict[Key, list[Key]] = {}
        for identity, process in sorted(self._homes.items()):
            for key in process.namespaces.known():
                table.setdefault(key, []).append(identity)
        return table


@dataclass(frozen=True)
class Side:
    """One of two moments of a host. ``own`` is what the other side lacks, or has with other values."""

    seq: int
    taken_at: str  # ISO 8601 with zone
    host: HostInfo
    seen: int  # how many processes were seen
    containers: Mapping[Key, Container]
    spaces: Mapping[Key, Namespace]
    homes: Mapping[Key, Process]  # running container → its init, else its oldest process; absent where none was seen
    own: Mapping[Key, Process]
    own_chains: Mapping[Key, Chain]
    own_gaps: frozenset[Gap]
    holders: Holders = field(compare=False)  # of these homes
    complete: bool = True  # whether an engine listed all containers
    deserted: frozenset[Key] = frozenset()  # held namespaces without a process here, and with one on the other side

    def title(self, container: Key | None) -> str:
        """The title of a container on this side; "the host" for none."""
        if container is None:
            return HOST
        known = self.containers.get(container)
        return known.title if known else short_id(container)

    @cached_property
    def sharing(self) -> dict[Key, tuple[Sharing, ...]]:
        """For each running container of which a process was seen, what it does with each namespace type."""
        state = HostState(
            self.taken_at,
            0.0,
            self.host,
            Coverage(len(self.homes)),
            namespaces=tuple(self.spaces.values()),
            processes=tuple(self.homes.values()),
            containers=tuple(container for container in self.containers.values() if is_up(container)),
        )
        return {key: judged for key, judged in sharings(state).items() if judged}

    @cached_property
    def defaults(self) -> frozenset[NamespaceType]:
        """The types in which containers are left with the host unless it is told otherwise: most that run have it."""
        judged = list(self.sharing.values())
        counts = {kind: sum(cells[TYPES.index(kind)].how == "host" for cells in judged) for kind in _LEFT_WITH_HOST}
        return frozenset(kind for kind, count in counts.items() if 2 * count > len(judged))

    @cached_property
    def joinings(self) -> list[Joining]:
        """The namespaces that running containers were to share with another one, and whether they do."""
        return joinings(self.containers, self.homes, self.complete)

    @cached_property
    def initial(self) -> dict[str, Key]:
        """Type → the host's own namespace, where it is known."""
        return {space.type: space.key for space in self.spaces.values() if space.initial}

    @cached_property
    def guests(self) -> dict[Key, str]:
        """Namespace → title of a container that has a process of :attr:`own` in it."""
        sets: dict[NamespaceSet, Key] = {}
        for process in self.own.values():
            if process.container is not None:
                known = sets.setdefault(process.namespaces, process.container)
                if process.container < known:
                    sets[process.namespaces] = process.container
        found: dict[Key, Key] = {}
        for spaces, container in sets.items():
            for key in spaces.known():
                found[key] = min(container, found.get(key, container))
        return {key: self.title(container) for key, container in found.items()}

    @cached_property
    def words(self) -> dict[Key, str]:
        """Namespace → its description, once :meth:`describe` has made it."""
        return {}

    def describe(self, key: Key | None) -> str | None:
        """A description of a namespace, with its owner and its inode number; ``None``: unknown."""
        if key is None:
            return None
        if key not in self.words:
            space = self.spaces.get(key)
            number = f", {space.type}:[{space.inode}]" if space else ""
            self.words[key] = f"{self._owner(key, space)}{number}"
        return self.words[key]

    def _owner(self, key: Key, space: Namespace | None) -> str:
        if space is not None and space.initial:
            return "the host's"
        titles = [self.title(identity) for identity in self.holders.of(key)]
        if len(titles) == 1:
            return f"{titles[0]}'s own"
        if titles:
            return f"shared by {enumerate_titles(titles)}"
        return f"inside {self.guests[key]}" if key in self.guests else "no container's"


def enumerate_titles(titles: list[str], most: int = 3) -> str:
    """ "web, db and 4 more"."""
    shown = titles if len(titles) <= most else [*titles[:most], f"{len(titles) - most} more"]
    return " and ".join((", ".join(shown[:-1]), shown[-1])) if len(shown) > 1 else shown[0]


def sides_of(before: HostState, after: HostState, seqs: tuple[int, int] = (0, 1)) -> tuple[Side, Side]:
    """The two sides of two whole states. Cost: one dictionary per list. ``from_history`` reads less."""
    return _side_of(before, after, seqs[0]), _side_of(after, before, seqs[1])


def _side_of(state: HostState, other: HostState, seq: int) -> Side:
    members = container_processes(state)
    found = {container.id: find_home(container, members.get(container.id, ())) for container in state.containers}
    homes = {identity: home for identity, home in found.items() if home is not None}
    spaces = {space.key: msgspec.structs.replace(space, processes=0) for space in state.namespaces}
    return Side(
        seq=seq,
        taken_at=state.taken_at,
        host=state.host,
        seen=state.coverage.processes,
        containers={container.id: container for container in state.containers},
        spaces=spaces,
        homes=homes,
        holders=Holders(homes),
        complete=lists_containers(state.coverage.gaps),
        own=_own(state.processes, other.processes),
        own_chains=_own(state.chains, other.chains),
        own_gaps=frozenset(state.coverage.gaps) - frozenset(other.coverage.gaps),
        deserted=held_among(_inhabited(other.processes) - _inhabited(state.processes), spaces),
    )


def held_among(keys: Iterable[Key], spaces: Mapping[Key, Namespace]) -> frozenset[Key]:
    """Those of these namespaces that something holds beside processes."""
    return frozenset(key for key in keys if key in spaces and spaces[key].holders)


def _inhabited(processes: Iterable[Process]) -> frozenset[Key]:
    """The namespaces that these processes live in."""
    return frozenset(key for spaces in {one.namespaces for one in processes} for key in spaces.known())


def _own(facts: tuple[F, ...], others: tuple[F, ...]) -> dict[Key, F]:
    known = {fact.key: fact for fact in others}  # type: ignore[attr-defined]
    return {fact.key: fact for fact in facts if known.get(fact.key) != fact}  # type: ignore[attr-defined]
