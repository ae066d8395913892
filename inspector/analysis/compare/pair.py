"""The two sides of a comparison, and what the questions about them share."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from inspector.analysis.compare.sides import Side, is_up
from inspector.facts.namespaces import NamespaceType
from inspector.facts.types import Container, Key, Process


class Pair:
    """Two sides, and what came, went and stayed between them."""

    def __init__(self, old: Side, new: Side) -> None:
        self.old, self.new = old, new
        self.rebooted = old.host.boot_id != new.host.boot_id
        self.came = _sorted(process for key, process in new.own.items() if key not in old.own)
        self.went = _sorted(process for key, process in old.own.items() if key not in new.own)
        stayed = _sorted(process for key, process in new.own.items() if key in old.own)
        self.stayed = [(old.own[process.key], process) for process in stayed]

    @cached_property
    def relinked(self) -> list[tuple[Process, Process]]:
        """The processes that stayed and of which a namespace link differs."""
        return [(before, after) for before, after in self.stayed if before.namespaces != after.namespaces]

    @cached_property
    def half_read(self) -> list[tuple[Process, Process, NamespaceType, Key | None, Key | None]]:
        """The links of processes that stayed which could be read on one side only."""
        return [
            (old, new, kind, before, after)
            for old, new in self.relinked
            for (kind, before), (_, after) in zip(old.namespaces, new.namespaces, strict=True)
            if (before is None) != (after is None)
        ]

    @cached_property
    def lived_on(self) -> list[tuple[Container, Container]]:
        """The containers of both sides, by id."""
        both = sorted(self.old.containers.keys() & self.new.containers.keys())
        return [(self.old.containers[key], self.new.containers[key]) for key in both]

    @cached_property
    def restarted(self) -> set[Key]:
        """The containers that run on both sides, each with an init of its own."""
        return {after.id for before, after in self.lived_on if self._has_restarted(before, after)}

    @cached_property
    def explained(self) -> set[Key]:
        """The containers that came, went, started, stopped or restarted: state, init and chain follow from that."""
        switched = {after.id for before, after in self.lived_on if is_up(before) != is_up(after)}
        return self.restarted | switched | (self.old.containers.keys() ^ self.new.containers.keys())

    def lacks(self, side: Side, what: str) -> bool:
        """Whether this side could not see ``what`` of the whole host, and the other could."""
        return any(gap.pid is None and gap.what == what for gap in side.own_gaps)

    def title(self, container: Key | None) -> str:
        """What a container is called: after, else before."""
        known = container is None or container in self.new.containers
        return (self.new if known else self.old).title(container)

    def _has_restarted(self, before: Container, after: Container) -> bool:
        if before.init_pid is None or after.init_pid is None:
            return False
        first, second = self.old.homes.get(before.id), self.new.homes.get(after.id)
        if first and second and first.pid == before.init_pid and second.pid == after.init_pid:
            return first.key != second.key
        return self.rebooted or before.init_pid != after.init_pid


def up_first(container: Container | None) -> bool:
    return container is not None and is_up(container)


def _sorted(processes: Iterable[Process]) -> list[Process]:
    return sorted(processes, key=lambda process: (process.container or "", process.pid, process.key))
