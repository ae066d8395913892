"""A pair: the two sides of a comparison, and what several questions about them share. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from inspector.analysis.compare.sides import Side
from inspector.facts.container_events import Init, is_another_init, is_up
from inspector.facts.namespaces import NamespaceType
from inspector.facts.types import Container, Key, Process


class Pair:
    """Two sides, and which processes came, went and stayed between them."""

    def __init__(self, old: Side, new: Side) -> None:
        self.old, self.new = old, new
        self.rebooted = old.host.boot_id != new.host.boot_id
        self.came = _sorted(process for key, process in new.own.items() if key not in old.own)
        self.went = _sorted(process for key, process in old.own.items() if key not in new.own)
        stayed = _sorted(process for key, process in new.own.items() if key in old.own)
        self.stayed = [(old.own[process.key], process) for process in stayed]

    @cached_property
    def relinked(self) -> list[tuple[Process, Process]]:
        """The processes that stayed and have another namespace link."""
        return [(before, after) for before, after in self.stayed if before.namespaces != after.namespaces]

    @cached_property
    def half_read(self) -> list[tuple[Process, Process, NamespaceType, Key | None, Key | None]]:
        """The links of processes that stayed which could be read on one side only."""
        return [
            (old, new, kind, before, after)
            for old, new in self.relinked
            if "zombie" not in (old.state, new.state)  # it has none any more, which is no fault of reading
            for (kind, before), (_, after) in zip(old.namespaces, new.namespaces, strict=True)
            if (before is None) != (after is None)
        ]

    @cached_property
    def lived_on(self) -> list[tuple[Container, Container]]:
        """The containers that both sides have, in the order of their ids."""
        both = sorted(self.old.containers.keys() & self.new.containers.keys())
        return [(self.old.containers[key], self.new.containers[key]) for key in both]

    @cached_property
    def restarted(self) -> set[Key]:
        """The containers that have another init: see :mod:`inspector.facts.container_events`."""
        return {after.id for before, after in self.lived_on if self._has_restarted(before, after)}

    @cached_property
    def explained(self) -> set[Key]:
        """The containers that came, went, started, stopped or restarted. That explains new states, inits, chains."""
        switched = {after.id for before, after in self.lived_on if is_up(before) != is_up(after)}
        return self.restarted | switched | (self.old.containers.keys() ^ self.new.containers.keys())

    def lacks(self, side: Side, what: str) -> bool:
        """Whether this side could not see ``what`` of the whole host, and the other could."""
        return any(gap.pid is None and gap.what == what for gap in side.own_gaps)

    def title(self, container: Key | None) -> str:
        """The title of a container: the later one, else the earlier one."""
        known = container is None or container in self.new.containers
        return (self.new if known else self.old).title(container)

    def _has_restarted(self, before: Container, after: Container) -> bool:
        return is_another_init(_init_of(self.old, before), _init_of(self.new, after), self.rebooted)


def _init_of(side: Side, container: Container) -> Init | None:
    if container.init_pid is None:
        return None
    home = side.homes.get(container.id)
    seen = home if home is not None and home.pid == container.init_pid else None
    return Init(container.init_pid, seen.key if seen is not None else None)


def _sorted(processes: Iterable[Process]) -> list[Process]:
    return sorted(processes, key=lambda process: (process.container or "", process.pid, process.key))
