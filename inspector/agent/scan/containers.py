"""The containers of a host from look to look: their chains, the roles of their processes, their limits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final

import msgspec

from inspector.agent.collect.cgroups import STANDARD_ROOT, Hierarchies, Membership, parse_mounts
from inspector.agent.collect.docker.engine import Listing
from inspector.agent.collect.unix_sockets import is_candidate, read_listeners
from inspector.agent.scan.incremental_chains import KeptChains, Moved
from inspector.agent.scan.process_table import Replaced
from inspector.agent.scan.read_processes import Known
from inspector.facts.types import Chain, Container, Gap, Limits, Process, Usage

_RUNNING: Final = frozenset(("running", "paused"))


class Shown(msgspec.Struct, frozen=True):
    """Some facts of a state: those that a look at a few processes may have changed."""

    processes: tuple[Process, ...]
    containers: tuple[Container, ...]
    chains: tuple[Chain, ...]
    gaps: tuple[Gap, ...]  # of the engine


class Fleet:
    """What is known above single processes. Reads who listens where, and limits; asks no engine.

    :param memberships: where each process stands in the control groups, as far as it was met.
    """

    def __init__(self, proc: str, memberships: Known[Membership], cgroup_root: str = STANDARD_ROOT) -> None:
        self.processes: dict[int, Process] = {}  # by pid, with role
        self.containers: dict[str, Container] = {}  # with limits
        self.chains: dict[str, Chain] = {}
        self.listing = Listing()
        self._proc = proc
        self._cgroup_root = cgroup_root
        self._memberships = memberships
        self._kept = KeptChains((), (), {})
        self._hierarchies = Hierarchies({})
        self._groups: dict[str, dict[str, str]] = {}
        self._limits: dict[str, Limits] = {}
        self._candidates: tuple[str, ...] = ()
        self._listeners: dict[str, int] = {}

    def rebuild(self, processes: Sequence[Process], listing: Listing) -> None:
        """All of it anew.

        :param processes: every process, without role.
        """
        self._hierarchies = Hierarchies(parse_mounts(_read(f"{self._proc}/self/mountinfo")), self._cgroup_root)
        self._limits = {}
        self._arrange(processes, listing)

    def replace(
        self, replaced: Replaced, everyone: Callable[[], Sequence[Process]], listing: Listing, noted: Collection[str]
    ) -> tuple[Shown, Shown]:
        """Put a few processes in the place of others; what that makes of what was shown, before and after.

        :param everyone: all processes; asked for only where chains have to be rebuilt from the ground.
        :param noted: containers that something happened to: their limits may be others.
        """
        for identity in noted:
            self._limits.pop(identity, None)
        moved = self._follow(replaced, listing)
        if moved is not None:
            return self._put_in(replaced, moved, listing, noted)
        before = self._show_all()
        self._arrange(everyone(), listing)
        return before, self._show_all()

    def usage(self) -> dict[str, Usage]:
        """What each container uses now, by full id. Cost: three small files each."""
        return {container: self._hierarchies.read_usage(groups) for container, groups in self._groups.items()}

    def _follow(self, replaced: Replaced, listing: Listing) -> Moved | None:
        if listing.containers != self.listing.containers:
            return None
        if any(is_candidate(process.comm) for process in (*replaced.gone, *replaced.come)):
            return None
        return self._kept.replace(replaced.gone, replaced.come)

    def _put_in(
        self, replaced: Replaced, moved: Moved, listing: Listing, noted: Collection[str]
    ) -> tuple[Shown, Shown]:
        pids = {process.pid for process in (*replaced.gone, *moved.processes)}
        identities = {*moved.containers, *noted}
        before = self._show(pids, identities)
        for process in replaced.gone:
            self.processes.pop(process.pid, None)
        self.processes.update((process.pid, process) for process in moved.processes)
        for identity in identities:
            self._put_container(identity, moved.containers.get(identity, (self.containers.get(identity), None)))
        self.listing = listing
        return before, self._show(pids, identities)

    def _put_container(self, identity: str, found: tuple[Container | None, Chain | None] | None) -> None:
        container, chain = found or (None, None)
        if container is None:
            self.containers.pop(identity, None)
            self.chains.pop(identity, None)
            return
        self.containers[identity] = self._limit(container)
        if chain is not None and chain.links:
            self.chains[identity] = chain
        elif chain is not None:
            self.chains.pop(identity, None)

    def _arrange(self, processes: Sequence[Process], listing: Listing) -> None:
        self.listing = listing
        self._gather_groups()
        self._kept = KeptChains(processes, listing.containers, self._find_listeners(processes))
        rebuilt = self._kept.rebuild()
        self.processes = {process.pid: process for process in rebuilt.processes}
        self.containers = {container.id: self._limit(container) for container in rebuilt.containers}
        self.chains = {chain.container: chain for chain in rebuilt.chains}

    def _show_all(self) -> Shown:
        return Shown(
            tuple(self.processes.values()),
            tuple(self.containers.values()),
            tuple(self.chains.values()),
            self.listing.gaps,
        )

    def _show(self, pids: Iterable[int], identities: Iterable[str]) -> Shown:
        return Shown(
            tuple(self.processes[pid] for pid in pids if pid in self.processes),
            tuple(self.containers[identity] for identity in identities if identity in self.containers),
            tuple(self.chains[identity] for identity in identities if identity in self.chains),
            self.listing.gaps,
        )

    def _find_listeners(self, processes: Iterable[Process]) -> dict[str, int]:
        """Read anew when the candidates are others, or when one of them was not listening yet."""
        found = [process for process in processes if is_candidate(process.comm)]
        candidates = tuple(process.key for process in found)
        pids = {process.pid for process in found}
        if candidates != self._candidates or not pids <= set(self._listeners.values()):
            self._candidates = candidates
            self._listeners = read_listeners(self._proc, pids)
        return self._listeners

    def _gather_groups(self) -> None:
        self._groups = {}
        for membership in self._memberships.met():
            if membership.container is not None:
                self._groups.setdefault(membership.container, membership.groups)

    def _limit(self, container: Container) -> Container:
        """The container with its limits, which are read once and again when something happened to it."""
        if container.state not in _RUNNING:
            return container
        limits = self._limits.get(container.id)
        if limits is None:
            if container.id not in self._groups:
                self._gather_groups()
            groups = self._groups.get(container.id)
            if groups is None:
                return container
            limits = self._limits[container.id] = self._hierarchies.read_limits(groups)
        return msgspec.structs.replace(container, limits=limits)


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
