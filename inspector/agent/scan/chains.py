"""Rebuild who started each container: daemon → manager → shim → init, and what every process is in that chain.

Today's shim daemonises: its parent is pid 1, so the kernel's ppid does not lead to dockerd and containerd. They are
found from the shim's arguments, from the process that listens on the socket named there, and from the cgroup of each
process. Where two answers are possible, none is given. Pure: no I/O, and no input makes it raise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

import msgspec

from inspector.agent.scan.runtimes import (
    CONMON,
    SYSTEM_CONTAINERD,
    DaemonOptions,
    PublishedAt,
    Shim,
    containerd_address,
    engine_of_cgroup,
    normalise,
    parse_daemon,
    parse_proxy,
    parse_shim,
    program_of,
    role_of,
    serves,
)
from inspector.facts.types import Chain, Container, Link, Pid, Port, Process, Role, Via

T = TypeVar("T")

RANK: Final[dict[Role, int]] = {"child": 0, "exec": 1, "proxy": 2, "shim": 3, "manager": 4, "daemon": 5, "init": 6}
"""Which role a process shows that has several: the inner dockerd of Docker in Docker can be its container's init."""


class Rebuilt(msgspec.Struct, frozen=True):
    """The facts given, with what the chains add to them."""

    processes: tuple[Process, ...]  # with role, and container where only the shim names it
    containers: tuple[Container, ...]  # with init_pid and shim_pid as seen; also those that no engine listed
    chains: tuple[Chain, ...]  # of the containers that have a process


class Known(msgspec.Struct, frozen=True):
    """What files tell of the processes that run containers."""

    role_of: Callable[[Process], Role | None] = role_of  # by name alone, unless something better is given
    shims: Mapping[Pid, Shim] = {}  # where more is known than their arguments say
    inits: Mapping[Pid, str] = {}  # pid → the container whose init a runtime's own file says it is
    containers: Mapping[str, Container] = {}  # described without their pids


NOTHING: Final = Known()


def rebuild(
    processes: Sequence[Process],
    containers: Sequence[Container],
    listeners: Mapping[str, int],
    known: Known = NOTHING,
) -> Rebuilt:
    """Rebuild the chain of every container and the role of every process.

    :param processes: with ``container`` from the cgroup and without role.
    :param containers: what the engines listed; empty where none answers.
    :param listeners: absolute path of a unix socket → pid of who listens there, host's view; may be incomplete.
    :param known: what files tell.

    A process of ``docker exec`` is a child of the shim beside the init. So is an orphan in a container on the host's
    pid namespace, which the shim adopts: the two cannot be distinguished, both are ``exec``.
    Cost: some 20 ms for 10,000 processes.
    """
    return Rebuilder(processes, containers, listeners, known).rebuild()


class Rebuilder:
    """The indexes that the steps share. :mod:`inspector.agent.scan.incremental_chains` keeps them between scans."""

    def __init__(
        self,
        processes: Sequence[Process],
        containers: Sequence[Container],
        listeners: Mapping[str, int],
        known: Known = NOTHING,
    ) -> None:
        self.processes = processes
        self.known = known
        self.reported = {container.id: container for container in containers}
        self.by_pid = {process.pid: process for process in processes}
        self.children: dict[Pid, dict[Pid, Process]] = {}
        self.members: dict[str, dict[Pid, Process]] = {}
        self.roles: dict[Pid, Role] = {}
        self.moved: dict[Pid, str | None] = {}  # pid → the container that follows from ancestry
        self.listening: dict[Pid, set[str]] = {}
        self.listener_of: dict[str, Pid] = {}
        self._index_processes()
        self._index_listeners(listeners)
        self.shims = {
            process.pid: known.shims.get(process.pid) or parse_shim(process) for process in self._of_role("shim")
        }
        self.managers = self._of_role("manager")
        self.daemons = {process.pid: parse_daemon(process) for process in self._of_role("daemon")}
        self.proxies = self._find_proxies()
        self.pods: set[str] = set()  # control groups that are a pod's, or become one's when a process leaves
        self.adopted: set[Pid] = set()  # managers recognised by the socket they serve, not by name

    def rebuild(self) -> Rebuilt:
        for pid in sorted(self.shims, key=lambda pid: _age(self.by_pid[pid])):  # the outer engine's first
            self._settle_shim(pid)
        for pid, identity in self.known.inits.items():
            if pid in self.by_pid:
                self._move(self.by_pid[pid], identity)
        self._settle_pods()
        self._index_members()
        containers, chains = [], []
        for identity in sorted(self.reported.keys() | self.members.keys() | self._shim_ids()):
            container, chain = self.rebuild_container(identity)
            containers.append(container)
            if chain.links:
                chains.append(chain)
        return Rebuilt(tuple(map(self._finish, self.processes)), tuple(containers), tuple(chains))

    # indexes

    def _index_processes(self) -> None:
        for process in self.processes:
            self.children.setdefault(process.ppid, {})[process.pid] = process
            role = self.known.role_of(process)
            if role is not None:
                self.roles[process.pid] = role

    def _index_listeners(self, listeners: Mapping[str, int]) -> None:
        for path, pid in listeners.items():
            address = normalise(path)
            self.listener_of.setdefault(address, pid)
            self.listening.setdefault(pid, set()).add(address)

    def _children_of(self, pid: Pid) -> Iterable[Process]:
        return self.children.get(pid, {}).values()

    def _of_role(self, role: Role) -> list[Process]:
        return [self.by_pid[pid] for pid, own in self.roles.items() if own == role]

    def _index_members(self) -> None:
        for process in self.processes:
            identity = self._container_of(process)
            if identity is not None:
                self.members.setdefault(identity, {})[process.pid] = process

    def _container_of(self, process: Process) -> str | None:
        return self.moved.get(process.pid, process.container)

    def _shim_ids(self) -> set[str]:
        return {shim.container for shim in self.shims.values() if shim.container}

    # shims, and the processes that only their shim attributes

    def _settle_shim(self, pid: Pid) -> None:
        """A shim is outside the container it serves, whatever its cgroup is named; its inits are inside."""
        shim, process = self.shims[pid], self.by_pid[pid]
        if process.container == shim.container:
            self.moved[pid] = None
        if not shim.container:
            return
        for child in self._children_of(pid):
            if self._is_unnamed_init(child, process, shim):
                self._move(child, shim.container)

    def _move(self, top: Process, identity: str) -> None:
        """A process and what it started are in a container, unless their control groups name another one."""
        if top.container == identity:
            return
        for member in self._descend(top):
            if member.container == top.container:
                self.moved[member.pid] = identity

    def _settle_pods(self) -> None:
        """A group whose processes are monitors and what they started is a pod's: no container is in it itself."""
        named = self._shim_ids() | self.reported.keys()
        holding = {self._container_of(self.by_pid[pid]) for pid in self.shims} - named - {None}
        pods = {one.pod.id for one in self.known.containers.values() if one.pod is not None} - named
        self.pods = {identity for identity in holding | pods if identity is not None}
        if not self.pods:
            return
        members: dict[str, list[Process]] = {}
        for process in self.processes:
            identity = self._container_of(process)
            if identity is not None and identity in self.pods:
                members.setdefault(identity, []).append(process)
        for identity, inside in members.items():
            if identity in pods or all(map(self._is_below_monitor, inside)):
                self.moved.update((process.pid, None) for process in inside)

    def _is_below_monitor(self, process: Process) -> bool:
        seen: set[Pid] = set()
        above: Process | None = process
        while above is not None and above.pid not in seen:
            if above.pid in self.shims:
                return True
            seen.add(above.pid)
            above = self.by_pid.get(above.ppid)
        return False

    def _is_unnamed_init(self, child: Process, process: Process, shim: Shim) -> bool:
        """The init, or what was started beside it, where no cgroup says so.

        Pid 1 of a pid namespace below the shim's, the engine's pid, or what has a mount namespace of its own.
        """
        if child.container is not None and child.container != self._container_of(process):
            return False
        reported = self.reported.get(shim.container)
        nested = len(child.nspid) == len(process.nspid) + 1 and child.nspid[-1] == 1
        apart = None not in (child.namespaces.mnt, process.namespaces.mnt) and (
            child.namespaces.mnt != process.namespaces.mnt
        )
        return nested or apart or (reported is not None and reported.init_pid == child.pid)

    def _descend(self, process: Process) -> Iterator[Process]:
        seen: set[Pid] = set()
        waiting = [process]
        while waiting:
            current = waiting.pop()
            if current.pid not in seen:
                seen.add(current.pid)
                yield current
                waiting.extend(self._children_of(current.pid))

    # one container

    def rebuild_container(self, identity: str) -> tuple[Container, Chain]:
        """The container and its chain; the roles of its processes are settled with it."""
        members = list(self.members.get(identity, {}).values())
        shim = self._find_shim(identity, members)
        init = self._find_init(identity, members, shim)
        self._give_roles(members, init)
        links = tuple(_link([*self._find_engine(shim, init), shim, init], self._role_in(identity, init)))
        return self._describe(identity, members, shim, init), Chain(identity, links)

    def _find_shim(self, identity: str, members: Iterable[Process]) -> Process | None:
        """The shim that names the container, or (one shim serves a whole Kubernetes pod) the parent of a member."""
        named = [pid for pid, shim in self.shims.items() if shim.container == identity and not shim.for_exec]
        parents = [
            member.ppid for member in members if member.ppid in self.shims and not self.shims[member.ppid].for_exec
        ]
        with_child = [pid for pid in named if pid in parents]
        for pids in (with_child, named, parents):
            if pids:
                return min((self.by_pid[pid] for pid in pids), key=_age)
        return None

    def _find_init(self, identity: str, members: list[Process], shim: Process | None) -> Process | None:
        """The engine's pid if still right, else pid 1 inside, else the oldest member whose parent is outside."""
        inside = {member.pid for member in members}
        reported = self.reported.get(identity)
        if reported is not None and reported.init_pid in inside:
            return self.by_pid[reported.init_pid]
        tops = [member for member in members if shim is not None and member.ppid == shim.pid]
        tops = tops or [member for member in members if member.ppid not in inside]
        first = [top for top in tops if len(top.nspid) > 1 and top.nspid[-1] == 1]
        return min(first or tops, key=_age, default=None)

    def _give_roles(self, members: Iterable[Process], init: Process | None) -> None:
        for member in members:
            if init is not None and member.pid == init.pid:
                self._give_role(member, "init")
            else:
                self._give_role(member, "exec" if member.ppid in self.shims else "child")

    def _give_role(self, process: Process, role: Role) -> None:
        own = self.roles.get(process.pid)
        if own is None or RANK[role] > RANK[own]:
            self.roles[process.pid] = role

    def _role_in(self, identity: str, init: Process | None) -> dict[Pid, Role]:
        """Roles as this container's chain sees them: what is an init elsewhere can be the daemon here."""
        roles: dict[Pid, Role] = dict.fromkeys(self.shims, "shim")
        roles.update(dict.fromkeys((manager.pid for manager in self.managers), "manager"))
        roles.update(dict.fromkeys(self.daemons, "daemon"))
        if init is not None:
            roles[init.pid] = "init"
        return roles

    def _describe(
        self, identity: str, members: Sequence[Process], shim: Process | None, init: Process | None
    ) -> Container:
        init_pid, shim_pid = init.pid if init else None, shim.pid if shim else None
        reported, told = self.reported.get(identity), self.known.containers.get(identity)
        if reported is not None:
            ports = reported.ports and tuple(map(self._with_proxy, reported.ports))
            whole = reported if told is None else completed(reported, told)
            return msgspec.structs.replace(whole, init_pid=init_pid, shim_pid=shim_pid, ports=ports)
        arguments = self.shims[shim.pid] if shim else Shim()
        if told is not None:
            state = "running" if members else told.state
            return msgspec.structs.replace(told, init_pid=init_pid, shim_pid=shim_pid, state=state)
        cgroup = next((member.cgroup for member in sorted(members, key=_age) if member.cgroup), "")
        return Container(
            id=identity,
            name=arguments.name if arguments.container == identity else "",
            image="",
            engine=arguments.engine or engine_of_cgroup(cgroup),
            state="running" if members else "unknown",
            init_pid=init_pid,
            shim_pid=shim_pid,
            labels={},
            declared=None,
            kind=arguments.kind if arguments.container == identity else "container",
            scope=arguments.scope if arguments.container == identity else "",
        )

    # published ports

    def _find_proxies(self) -> dict[PublishedAt, Pid]:
        """The docker-proxy that serves each published port; first of all one that a daemon started."""
        found: dict[PublishedAt, Pid] = {}
        for process in sorted(self._of_role("proxy"), key=lambda one: (one.ppid not in self.daemons, *_age(one))):
            found.setdefault(parse_proxy(process), process.pid)
        return found

    def _with_proxy(self, port: Port) -> Port:
        published = PublishedAt(port.protocol, port.host_ip, port.host_port)
        return msgspec.structs.replace(port, proxy=self.proxies.get(published))

    # the head of a chain

    def _find_engine(self, shim: Process | None, init: Process | None) -> tuple[Process | None, Process | None]:
        """The daemon and the manager, either of which may be unknown."""
        if shim is None:
            parent = self.by_pid.get(init.ppid) if init is not None else None  # Docker before 1.11 had no shim
            return (parent if parent is not None and parent.pid in self.daemons else None), None
        arguments = self.shims[shim.pid]
        if program_of(shim) in CONMON or arguments.kind == "system":
            return self._find_crio(shim, arguments), None
        manager = self._find_manager(shim, arguments)
        return self._find_daemon(shim, arguments, manager), manager

    def _is_beside(self, process: Process, shim: Process) -> bool:
        """Whether both run in the same container, or both in none: Docker in Docker has an engine at each level.

        An engine of an ordinary user serves that user only.
        """
        is_ours = process.uid in (None, 0, shim.uid)
        return is_ours and self._container_of(process) == self._container_of(shim)

    def _find_manager(self, shim: Process, arguments: Shim) -> Process | None:
        """The shim's parent, else who listens on its ``-address``, else the only containerd that can be meant."""
        beside = [manager for manager in self.managers if self._is_beside(manager, shim)]
        for manager in beside:
            if manager.pid == shim.ppid:
                return manager
        listener = self.by_pid.get(self.listener_of.get(arguments.address, -1)) if arguments.address else None
        if listener is not None and listener.pid > 1 and self._is_beside(listener, shim):
            self._adopt_manager(listener)
            return listener
        fitting = [manager for manager in beside if self._fits(manager, arguments.address)]
        exact = [manager for manager in fitting if arguments.address in self._addresses(manager)]
        return _only(exact) if exact else _only(fitting)

    def _adopt_manager(self, process: Process) -> None:
        """A program of another name that serves containerd's socket, as k3s once did."""
        if process.pid not in self.roles:
            self.roles[process.pid] = "manager"
            self.adopted.add(process.pid)
            self.managers.append(process)

    def _addresses(self, manager: Process) -> set[str]:
        return self.listening.get(manager.pid, set()) | {containerd_address(manager)} - {""}

    def _fits(self, manager: Process, address: str) -> bool:
        """Whether it is not known to serve only other sockets."""
        own = self._addresses(manager)
        return not address or not own or address in own

    def _find_daemon(self, shim: Process, arguments: Shim, manager: Process | None) -> Process | None:
        """The dockerd that started the manager, else the one that uses its socket, else the only possible one."""
        beside = {
            pid: options
            for pid, options in self.daemons.items()
            if self._is_beside(self.by_pid[pid], shim)
            and program_of(self.by_pid[pid]) != "crio"
            and (not arguments.namespace or serves(options.namespace, arguments.namespace))
        }
        if manager is not None and manager.ppid in beside:
            return self.by_pid[manager.ppid]
        fitting = [pid for pid, options in beside.items() if self._may_use(pid, options, arguments, manager)]
        exact = [pid for pid in fitting if self._uses(pid, beside[pid], arguments.address)]
        pid = _only(exact) if exact else _only(fitting)
        return None if pid is None else self.by_pid[pid]

    def _may_use(self, pid: Pid, options: DaemonOptions, arguments: Shim, manager: Process | None) -> bool:
        """Whether nothing excludes it: neither another ``--containerd`` nor a containerd of its own."""
        own = [child.pid for child in self._children_of(pid) if self.roles.get(child.pid) == "manager"]
        if own and (manager is None or manager.pid not in own):
            return False
        return not options.containerd or not arguments.address or options.containerd == arguments.address

    def _uses(self, pid: Pid, options: DaemonOptions, address: str) -> bool:
        if not address:
            return False
        if options.containerd:
            return options.containerd == address
        return address in (SYSTEM_CONTAINERD, options.own_address)

    def _find_crio(self, shim: Process, arguments: Shim) -> Process | None:
        """podman has no daemon; CRI-O is the only ``crio`` beside its conmon."""
        if arguments.engine != "cri-o":
            return None
        return _only(
            [
                process
                for process in map(self.by_pid.__getitem__, self.daemons)
                if program_of(process) == "crio" and self._is_beside(process, shim)
            ]
        )

    def _finish(self, process: Process) -> Process:
        role, container = self.roles.get(process.pid), self._container_of(process)
        if role == process.role and container == process.container:
            return process
        return msgspec.structs.replace(process, role=role, container=container)


def completed(reported: Container, told: Container) -> Container:
    """What an engine reported, with what it left open as its files tell it."""
    facts = {name: getattr(told, name) for name in ("kind", "scope", "pod")}
    facts |= {
        name: getattr(reported, name) or getattr(told, name) for name in ("name", "image", "labels", "declared")
    }
    return msgspec.structs.replace(reported, **facts)


def _link(steps: Iterable[Process | None], roles: Mapping[Pid, Role]) -> Iterator[Link]:
    """The known steps as links; ``parent`` only where the kernel says so."""
    before: Process | None = None
    for step in steps:
        if step is not None and (before is None or step.pid != before.pid):
            via: Via | None = None if before is None else ("parent" if step.ppid == before.pid else "runtime")
            yield Link(step.pid, roles[step.pid], via)
            before = step


def _age(process: Process) -> tuple[int, Pid]:
    return process.start_ticks, process.pid


def _only(candidates: Sequence[T]) -> T | None:
    """The candidate, if there is exactly one."""
    return candidates[0] if len(candidates) == 1 else None
