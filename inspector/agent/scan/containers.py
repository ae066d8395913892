"""The containers of a host, kept between scans: their chains, the roles of their processes, their limits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import msgspec

from inspector.agent.collect.cgroups import STANDARD_ROOT, Hierarchies, Membership, parse_mounts
from inspector.agent.collect.docker.engine import Listing
from inspector.agent.collect.masking.mask import STANDARD, Masking
from inspector.agent.collect.unix_sockets import is_candidate, read_listeners
from inspector.agent.scan.bundles import Bundles
from inspector.agent.scan.chains import Known
from inspector.agent.scan.entered import Entries
from inspector.agent.scan.incremental_chains import ChainChanges, IncrementalChains
from inspector.agent.scan.parse_cache import ParseCache
from inspector.agent.scan.process_table import Replaced
from inspector.agent.scan.programs import Programs
from inspector.facts.container_events import is_settled
from inspector.facts.types import Chain, Container, Gap, Limits, Process, Usage


class AffectedFacts(msgspec.Struct, frozen=True):
    """The facts of a state that a partial scan may have changed."""

    processes: tuple[Process, ...]
    containers: tuple[Container, ...]
    chains: tuple[Chain, ...]
    gaps: tuple[Gap, ...]  # of the engine


class ContainerTable:
    """Containers, chains and roles. Reads listening sockets and cgroup limits; does not ask the engine.

    :param memberships: the parse cache of control groups.
    """

    def __init__(
        self,
        proc: str,
        memberships: ParseCache[Membership],
        cgroup_root: str = STANDARD_ROOT,
        programs: Programs | None = None,
        masking: Masking = STANDARD,
    ) -> None:
        self.processes: dict[int, Process] = {}  # by pid, with role
        self.containers: dict[str, Container] = {}  # with limits
        self.chains: dict[str, Chain] = {}
        self.listing = Listing()
        self._proc = proc
        self._cgroup_root = cgroup_root
        self._memberships = memberships
        self._programs = programs or Programs(proc)
        self._bundles = Bundles(proc, self._programs, masking)
        self._described: Mapping[str, Container] = {}
        self._chain_builder = IncrementalChains((), (), {})
        self._hierarchies = Hierarchies({})
        self._groups: dict[str, dict[str, str]] = {}
        self._limits: dict[str, Limits] = {}
        self._candidates: tuple[str, ...] = ()
        self._listeners: dict[str, int] = {}
        self._initial: frozenset[str] = frozenset()
        self._entries = Entries({}, (), ())
        self._inside: set[int] = set()  # pids of processes in namespaces of a container that is not theirs

    def rebuild(self, processes: Sequence[Process], listing: Listing, initial: Collection[str] = ()) -> None:
        """Build everything again.

        :param processes: every process, without role.
        :param initial: the keys of the host's own namespaces.
        """
        self._initial = frozenset(initial)
        self._programs.begin_full_scan()
        self._hierarchies = Hierarchies(parse_mounts(_read(f"{self._proc}/self/mountinfo")), self._cgroup_root)
        self._limits = {}
        self._rebuild_all(processes, listing)

    def replace(
        self,
        replaced: Replaced,
        everyone: Callable[[], Sequence[Process]],
        listing: Listing,
        touched: Collection[str],
    ) -> tuple[AffectedFacts, AffectedFacts]:
        """Replace a few processes.

        :param everyone: gives all processes; called only where all chains have to be rebuilt.
        :param touched: containers that something happened to; their limits are read again.
        :return: the affected facts before and after.
        """
        for identity in touched:
            self._limits.pop(identity, None)
        changed = self._update_chains(replaced, listing)
        if changed is not None:
            return self._apply(replaced, changed, listing, touched)
        before = self._all_facts()
        self._rebuild_all(everyone(), listing)
        return before, self._all_facts()

    def usage(self) -> dict[str, Usage]:
        """What each container uses now, by full id. Cost: three small files each."""
        return {container: self._hierarchies.read_usage(groups) for container, groups in self._groups.items()}

    def _update_chains(self, replaced: Replaced, listing: Listing) -> ChainChanges | None:
        if listing.containers != self.listing.containers:
            return None
        if any(is_candidate(process.comm) for process in (*replaced.gone, *replaced.added)):
            return None
        if any(self._bundles.concerns(process, self._described) for process in replaced.added):
            return None
        return self._chain_builder.replace(replaced.gone, replaced.added)

    def _apply(
        self, replaced: Replaced, changed: ChainChanges, listing: Listing, touched: Collection[str]
    ) -> tuple[AffectedFacts, AffectedFacts]:
        pids = {process.pid for process in (*replaced.gone, *changed.processes)}
        identities = {*changed.containers, *touched}
        before, homes = self._facts_of(pids, identities), self._homes_of(identities)
        for process in replaced.gone:
            self.processes.pop(process.pid, None)
        self.processes.update((process.pid, process) for process in changed.processes)
        for identity in identities:
            self._store_container(identity, changed.containers.get(identity, (self.containers.get(identity), None)))
        self.listing = listing
        others = self._mark_entered(pids, self._homes_of(identities) != homes)
        before = msgspec.structs.replace(before, processes=(*before.processes, *others))
        return before, self._facts_of({*pids, *(process.pid for process in others)}, identities)

    def _homes_of(self, identities: Iterable[str]) -> list[object]:
        """What decides which namespaces are a container's own, for each of these."""
        found = [self.containers.get(identity) for identity in identities]
        pids = [(one.init_pid, one.shim_pid) if one is not None else (None, None) for one in found]
        return [tuple(self.processes.get(pid or 0) for pid in pair) for pair in pids]

    def _mark_entered(self, changed: Collection[int], have_homes_changed: bool) -> list[Process]:
        """Mark who entered a container.

        :return: those of the other processes for which that changed, as they were.
        """
        if have_homes_changed:
            self._entries = Entries(self.processes, self.containers.values(), self._initial)
        pids = set(self.processes) if have_homes_changed else {*changed, *self._inside} & self.processes.keys()
        others = []
        for pid in pids:
            process = self.processes[pid]
            self.processes[pid] = marked = self._entries.mark(process)
            if marked is not process and pid not in changed:
                others.append(process)
        self._inside = {pid for pid in pids if self._entries.is_inside(self.processes[pid])}
        return others

    def _store_container(self, identity: str, found: tuple[Container | None, Chain | None] | None) -> None:
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

    def _rebuild_all(self, processes: Sequence[Process], listing: Listing) -> None:
        self.listing = listing
        known = self._bundles.look(processes)
        self._described = known.containers
        self._gather_groups()
        self._chain_builder = IncrementalChains(
            processes, listing.containers, self._find_listeners(processes, known), known
        )
        rebuilt = self._chain_builder.rebuild()
        self.processes = {process.pid: process for process in rebuilt.processes}
        self._gather_system_groups(rebuilt.containers)
        self.containers = {container.id: self._limit(container) for container in rebuilt.containers}
        self._mark_entered((), have_homes_changed=True)
        self.chains = {chain.container: chain for chain in rebuilt.chains}

    def _all_facts(self) -> AffectedFacts:
        return AffectedFacts(
            tuple(self.processes.values()),
            tuple(self.containers.values()),
            tuple(self.chains.values()),
            self.listing.gaps,
        )

    def _facts_of(self, pids: Iterable[int], identities: Iterable[str]) -> AffectedFacts:
        return AffectedFacts(
            tuple(self.processes[pid] for pid in pids if pid in self.processes),
            tuple(self.containers[identity] for identity in identities if identity in self.containers),
            tuple(self.chains[identity] for identity in identities if identity in self.chains),
            self.listing.gaps,
        )

    def _find_listeners(self, processes: Iterable[Process], known: Known) -> dict[str, int]:
        """Which process listens on which socket; read again if the candidates changed or one did not listen yet."""
        found = [process for process in processes if is_candidate(process.comm) and known.role_of(process)]
        candidates = tuple(process.key for process in found)
        pids = {process.pid for process in found}
        if candidates != self._candidates or not pids <= set(self._listeners.values()):
            self._candidates = candidates
            self._listeners = read_listeners(self._proc, pids)
        return self._listeners

    def _gather_groups(self) -> None:
        self._groups = {}
        for membership in self._memberships.values():
            if membership.container is not None:
                self._groups.setdefault(membership.container, membership.groups)
        for identity, path in self._bundles.cgroups.items():
            found = self._find_group(path)
            if found is not None:
                self._groups[identity] = found

    def _gather_system_groups(self, containers: Iterable[Container]) -> None:
        """The group of LXC and systemd-nspawn is that of the init, which may move to a group of its own in it."""
        for container in containers:
            init = self.processes.get(container.init_pid or 0)
            path = (init.cgroup or "").removesuffix("/init.scope") if init is not None else ""
            if container.kind == "system" and path.strip("/"):
                self._groups[container.id] = self._find_group(path) or {}
                self._bundles.cgroups[container.id] = path

    def _find_group(self, path: str) -> dict[str, str] | None:
        """The control groups at a path, where a process is in them or below."""
        for membership in self._memberships.values():
            inside = [name for name, own in membership.groups.items() if own == path or own.startswith(f"{path}/")]
            if inside:
                return dict.fromkeys(inside, path)
        return None

    def _limit(self, container: Container) -> Container:
        """The container with its limits, which are read once it runs, and again when something happened to it.

        A runtime sets them while the runtime itself is still the container's init. Whether it is frozen is read each
        time: it is paused then, whatever its engine says.
        """
        if not is_settled(container, self.processes.get(container.init_pid or 0)):
            return container
        if container.id not in self._groups:
            self._gather_groups()
        groups = self._groups.get(container.id)
        if groups is None:
            return container
        if container.id not in self._limits:
            self._limits[container.id] = self._hierarchies.read_limits(groups)
        state = "paused" if self._hierarchies.is_frozen(groups) else container.state
        return msgspec.structs.replace(container, limits=self._limits[container.id], state=state)


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
