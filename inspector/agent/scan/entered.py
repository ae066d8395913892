"""Processes that entered a container: they are in some or all of its namespaces, and do not belong to it. Pure.

``nsenter`` and ``ip netns exec`` do it, see setns(2). A process of ``docker exec`` is the container's own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

import msgspec

from inspector.facts.types import Container, Key, NamespaceSet, Pid, Process

_ABOVE: Final = 4
"""The most ancestors that are checked for a shim: an engine's own helpers enter the container they prepare."""


class Entries:
    """Finds for each process the container that it entered.

    :param processes: by pid, with roles.
    :param initial: the keys of the host's own namespaces.
    """

    def __init__(
        self, processes: Mapping[Pid, Process], containers: Iterable[Container], initial: Collection[Key]
    ) -> None:
        self._processes = processes
        self._homes: dict[Key, NamespaceSet] = {}
        self._owners: dict[Key, Key] = {}  # namespace → the container that has it; the oldest if there are several
        self._found: dict[tuple[Key | None, NamespaceSet], Key | None] = {}
        known = ((one, processes.get(one.init_pid or 0)) for one in containers)
        running = [(one, init) for one, init in known if init is not None]
        for container, init in sorted(running, key=lambda pair: (pair[1].start_ticks, pair[0].id)):
            self._homes[container.id] = init.namespaces
            shim = processes.get(container.shim_pid or 0)
            outside = {*initial, *(shim.namespaces.known() if shim is not None else ())}
            for key in init.namespaces.known():
                if key not in outside:
                    self._owners.setdefault(key, container.id)

    def mark(self, process: Process) -> Process:
        """The process, with the container that it entered."""
        entered = self.find(process)
        return process if entered == process.entered else msgspec.structs.replace(process, entered=entered)

    def find(self, process: Process) -> Key | None:
        """The container with most of its namespaces, other than the one that it belongs to."""
        found = self._inside(process)
        return None if found is None or self._is_of_an_engine(process) else found

    def is_inside(self, process: Process) -> bool:
        """Whether it is in namespaces of a container that is not its own, by itself or for an engine."""
        return self._inside(process) is not None

    def _inside(self, process: Process) -> Key | None:
        place = process.container, process.namespaces
        if place not in self._found:
            self._found[place] = self._most(*place)
        return self._found[place]

    def _most(self, own: Key | None, namespaces: NamespaceSet) -> Key | None:
        home = self._homes.get(own or "", NamespaceSet())
        if own is not None and own not in self._homes:
            return None  # its own namespaces are unknown
        counts: dict[Key, int] = {}
        for kind, key in namespaces:
            owner = self._owners.get(key or "")
            if owner is not None and owner != own and key != getattr(home, kind):
                counts[owner] = counts.get(owner, 0) + 1
        return max(counts, key=lambda key: counts[key], default=None)

    def _is_of_an_engine(self, process: Process) -> bool:
        """Whether a shim started it, or it is one: an engine's helper on its way into the container."""
        above: Process | None = process
        for _ in range(_ABOVE):
            if above is None or above.container is not None:
                return False
            if above.role in ("shim", "daemon", "manager", "proxy"):
                return True
            above = self._processes.get(above.ppid)
        return False
