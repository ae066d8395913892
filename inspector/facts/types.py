"""The facts about a host, as frozen structs. :class:`HostState` is the shape that ``manage.py scan --json`` prints.

Field names are the public JSON names. Values are in the kernel's own units. ``None`` means *unknown*, never *none*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Final, Literal

import msgspec

from inspector.facts.namespaces import TYPES, NamespaceType, short_boot
from inspector.facts.since import FIRST, since

SCHEMA: Final = 3
"""The schema of these messages: 1 without a schema number in them, 2 with it. A field that is added gets the next
number (see :mod:`inspector.facts.since`). No field is ever removed or given another meaning."""

Role = Literal["daemon", "manager", "shim", "init", "exec", "child", "proxy"]
Why = Literal["forbidden", "gone", "malformed", "unsupported", "slow"]
SLOW_SINCE: Final = 3
"""The first schema with ``slow``; ``gone`` stands for it in those before."""

Via = Literal["parent", "runtime"]
Life = Literal["alive", "stopped", "zombie"]  # stopped: by a signal
ContainerKind = Literal["container", "sandbox", "system"]
"""``sandbox``: holds the namespaces of a pod; ``system``: has an init system inside, as of LXC and systemd-nspawn."""

MOST_PROCESSES: Final = 100_000
MOST_NAMESPACES: Final = 100_000
MOST_CONTAINERS: Final = 10_000
MOST_GAPS: Final = 400_000
"""How much of each one host may hold. Every collection of every message has such a bound, in its type."""

SHORTEST_S: Final = 0.1
LONGEST_S: Final = 86400.0
"""Seconds between two scans of a host. Messages and files with less or more are refused."""

MOST_LINKS: Final = 1000
MOST_CAPABILITIES: Final = 512

Key = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Text = Annotated[str, msgspec.Meta(max_length=4096)]
Pid = Annotated[int, msgspec.Meta(ge=0, le=2**31)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
UserId = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]  # a user id
Small = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]  # a column of 32 bits holds it
Seq = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]  # the number of a snapshot, exact in a page's numbers too
Milliseconds = Annotated[float, msgspec.Meta(ge=0, le=1e13)]  # 317 years
Interval = Annotated[float, msgspec.Meta(ge=SHORTEST_S, le=LONGEST_S)]  # seconds
Cores = Annotated[float, msgspec.Meta(ge=0, le=1e300)]
Schema = Annotated[int, msgspec.Meta(ge=FIRST, le=2**31 - 1)]

_DAY: Final = "(19[7-9][0-9]|2[0-2][0-9][0-9])-[01][0-9]-[0-3][0-9]"
_CLOCK: Final = "[0-2][0-9]:[0-5][0-9]:[0-5][0-9]([.,][0-9]{1,6})?"
_ZONE: Final = "([Zz]|[+-][0-2][0-9]:[0-5][0-9])"
Moment = Annotated[str, msgspec.Meta(max_length=40, pattern=f"^{_DAY}[Tt ]{_CLOCK}{_ZONE}\\Z")]
"""ISO 8601 with its zone, in the years 1970 to 2299: those that Linux can set its clock to; see clock_settime(2)."""
ExitCode = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**32)]


class Fact(msgspec.Struct, frozen=True):
    """Base of every fact: immutable. A field that is not known here is ignored: a newer version may have sent it."""


class NamespaceSet(Fact, frozen=True):
    """The eight namespaces one process lives in, by key; ``None`` where the link could not be read."""

    mnt: Key | None = None
    uts: Key | None = None
    ipc: Key | None = None
    pid: Key | None = None
    net: Key | None = None
    user: Key | None = None
    cgroup: Key | None = None
    time: Key | None = None

    def __iter__(self) -> Iterator[tuple[NamespaceType, Key | None]]:
        """The pairs (type, key), in the order of :data:`inspector.facts.namespaces.TYPES`."""
        return zip(TYPES, msgspec.structs.astuple(self), strict=True)

    def known(self) -> list[Key]:
        """The keys of those that could be read."""
        return [key for key in msgspec.structs.astuple(self) if key is not None]


CapabilitySet = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
"""Bit n is capability n; see :mod:`inspector.facts.capabilities`. Exact in a page's numbers too."""

Seccomp = Literal["none", "strict", "filter"]


class Confinement(Fact, frozen=True):
    """What a process may do, by its credentials. See credentials(7), capabilities(7) and seccomp(2).

    Capabilities are those in the user namespace of the process.
    """

    effective: CapabilitySet  # what is checked
    permitted: CapabilitySet  # what it can make effective
    inheritable: CapabilitySet
    bounding: CapabilitySet  # what a program that it executes can gain at most
    ambient: CapabilitySet
    seccomp: Seccomp
    no_new_privs: bool | None  # None before Linux 4.10, which does not show it
    euid: UserId
    suid: UserId
    loginuid: UserId | None = None  # who signed in; 4294967295: nobody did; None: not known
    label: Annotated[Text | None, since(3)] = None  # a security module's; empty: none labels processes


class Process(Fact, frozen=True):
    """A thread group. See proc_pid_stat(5) and proc_pid_status(5)."""

    key: Key
    pid: Pid
    ppid: Pid
    start_ticks: Count  # clock ticks since boot
    comm: Text
    cmdline: Annotated[tuple[Text, ...], msgspec.Meta(max_length=4096)]  # secrets masked, length bounded
    uid: Count | None  # real uid, in the host's user namespace
    nspid: Annotated[tuple[Pid, ...], msgspec.Meta(max_length=33)]  # outermost first
    cgroup: Text | None
    container: Key | None  # the engine's full id
    role: Role | None
    namespaces: NamespaceSet
    state: Annotated[Life | None, since(3)] = None  # running and sleeping are not distinguished
    entered: Annotated[Key | None, since(3)] = None  # the container whose namespaces it is in without belonging to it
    confinement: Annotated[Confinement | None, since(3)] = None


HolderKind = Literal["thread", "descriptor", "socket", "mount", "pid_for_children", "time_for_children"]
"""What keeps a namespace alive beside its processes and the namespaces that it owns or contains."""

MOST_HOLDERS: Final = 5
"""So many holders of a kind are named; all are counted."""


class Holder(Fact, frozen=True):
    """One thing that keeps a namespace alive."""

    pid: Pid | None  # the process that has it; None for a mount
    mount_namespace: Key | None  # where a mount is; None for the others
    name: Text  # mount: its path; descriptor, socket: its number; the others: the thread's id


class Holders(Fact, frozen=True):
    """What of one kind keeps a namespace alive."""

    kind: HolderKind
    count: Count
    some: Annotated[tuple[Holder, ...], msgspec.Meta(max_length=MOST_HOLDERS)]  # the first ones


class Namespace(Fact, frozen=True):
    """One namespace. ``owner`` is the user namespace that owns it; ``parent`` only where the type nests."""

    key: Key
    type: NamespaceType
    inode: Count
    ns_id: Count | None
    initial: bool
    owner: Key | None
    parent: Key | None
    processes: Count = 0  # derived: how many processes of the state live in it
    holders: Annotated[
        Annotated[tuple[Holders, ...], msgspec.Meta(max_length=16)], since(3)
    ] = ()  # each kind once, in the order of the kinds; empty for the host's own namespaces: those never end


Capabilities = Annotated[tuple[Text, ...], msgspec.Meta(max_length=MOST_CAPABILITIES)]


class Declared(Fact, frozen=True):
    """What the engine was asked for (``HostConfig``), to compare with what is observed."""

    network: Text = ""
    pid: Text = ""
    ipc: Text = ""
    uts: Text = ""
    userns: Text = ""
    cgroupns: Text = ""
    privileged: bool = False
    cap_add: Capabilities = ()
    cap_drop: Capabilities = ()
    source: Annotated[Text, since(3)] = ""  # the file that told it, as config.json; empty: the engine's API


class Limits(Fact, frozen=True):
    """A container's cgroup limits; ``None`` where none is set or it could not be read. See cgroups(7).

    Each is the smallest on the way from the container's cgroup up to the root.
    """

    memory_bytes: Count | None = None
    cpu_cores: Cores | None = None  # quota divided by period
    pids: Count | None = None
    memory_from: Annotated[Text, since(3)] = ""  # the cgroup above the container's that sets it; empty: its own
    cpu_from: Annotated[Text, since(3)] = ""
    pids_from: Annotated[Text, since(3)] = ""


class Usage(Fact, frozen=True):
    """What a container's cgroup uses now; travels in messages of its own, not in the state."""

    memory_bytes: Count | None = None  # with the page cache
    cpu_usec: Count | None = None  # since the cgroup was made
    pids: Count | None = None  # tasks: processes and their threads
    cache_bytes: Annotated[Count | None, since(3)] = None  # page cache that is given back at need: not in use


class Port(Fact, frozen=True):
    """A port of a container that its engine publishes on the host."""

    host_ip: Text  # 0.0.0.0 and :: are every address
    host_port: Count
    container_port: Count
    protocol: Text  # tcp, udp, sctp
    proxy: Pid | None = None  # the docker-proxy that serves it; None: none was seen, the kernel may forward it alone


Command = Annotated[tuple[Text, ...], msgspec.Meta(max_length=4096)]
"""A command line by its words; secrets masked, length bounded."""


class Pod(Fact, frozen=True):
    """A group of containers that share the namespaces of one of them, the sandbox: of Kubernetes or podman."""

    id: Key  # the engine's full id
    name: Text = ""  # "namespace/name" in Kubernetes; empty: not known

    @property
    def title(self) -> str:
        """The name, or the short id where there is none."""
        return self.name or short_id(self.id)


class Container(Fact, frozen=True):
    """A container as its engine describes it or, where no engine answers, as its cgroup does."""

    id: Key  # 64 hexadecimal digits, or "engine:scope:name" where the engine has no such id
    name: Text
    image: Text
    engine: Text
    state: Text
    init_pid: Pid | None
    shim_pid: Pid | None
    labels: Annotated[dict[Text, Text], msgspec.Meta(max_length=512)]
    declared: Declared | None  # None: no engine reported it
    limits: Limits = Limits()
    exit_code: Annotated[ExitCode | None, since(3)] = None  # of its last run; None while it runs
    oom_killed: Annotated[bool | None, since(3)] = None  # in the run that is, or was last
    restarts: Annotated[Count | None, since(3)] = None  # by its restart policy, since it was started by hand
    health: Annotated[Text | None, since(3)] = None  # none (it has no check), starting, healthy, unhealthy
    ports: Annotated[Annotated[tuple[Port, ...], msgspec.Meta(max_length=1024)] | None, since(3)] = None
    health_check: Annotated[Command | None, since(3)] = None  # what its engine runs to check it; empty: nothing
    kind: Annotated[ContainerKind, since(3)] = "container"
    scope: Annotated[Text, since(3)] = ""  # where its engine keeps it, if that is not the engine's usual place
    pod: Annotated[Pod | None, since(3)] = None  # None: it is in none, or its engine does not tell

    @property
    def key(self) -> Key:
        return self.id

    @property
    def title(self) -> str:
        """The name, or the short id where there is none."""
        return self.name or short_id(self.id)


class Completion(Fact, frozen=True):
    """What an engine reported of a container only after its end. It completes what was recorded without a name."""

    container: Key  # the full id
    name: Text
    image: Text
    labels: Annotated[dict[Text, Text], msgspec.Meta(max_length=512)]


class Link(Fact, frozen=True):
    """One step of a chain; ``via`` says how it is linked to the step before; ``None`` for the first."""

    pid: Pid
    role: Role
    via: Via | None


class Chain(Fact, frozen=True):
    """daemon → manager → shim → init of one container, as far as it could be rebuilt."""

    container: Key
    links: Annotated[tuple[Link, ...], msgspec.Meta(max_length=MOST_LINKS)]

    @property
    def key(self) -> Key:
        return self.container


class Gap(Fact, frozen=True):
    """Something that could not be read, and why. ``pid`` is ``None`` where the whole host is meant.

    ``what`` is the path below ``/proc/<pid>`` (``ns/net``, ``ns`` for several, ``cmdline``), or ``docker`` and the
    like.
    """

    pid: Pid | None
    what: Text
    why: Why


class Coverage(Fact, frozen=True):
    """How much of the host was seen."""

    processes: Small
    gaps: Annotated[tuple[Gap, ...], msgspec.Meta(max_length=MOST_GAPS)] = ()


MACHINE_ID: Final = r"\A[A-Za-z0-9][A-Za-z0-9._+\-]{0,127}\Z"
"""The form of a machine id: 32 hex digits as in machine-id(5), ``host-`` and a host name where a host has none, and
what an import adds. Nothing in it needs an escape in an address, a log or a terminal."""

MachineId = Annotated[str, msgspec.Meta(pattern=MACHINE_ID)]


def is_machine_id(text: str) -> bool:
    """Whether the text has the form of :data:`MACHINE_ID`."""
    return re.search(MACHINE_ID, text) is not None


ReaderName = Literal["kernel", "procfs"]
"""How the agent reads processes: from the kernel's own structures, or from the files of ``/proc``."""


class HostInfo(Fact, frozen=True):
    """Which host, in which boot. See machine-id(5) and ``/proc/sys/kernel/random/boot_id``."""

    machine_id: MachineId
    boot_id: Key
    hostname: Text
    kernel: Text
    reader: Annotated[ReaderName | None, since(3)] = None
    booted_at: Annotated[Moment | None, since(3)] = None  # by its clock of today: a start in ticks is after it


class HostState(Fact, frozen=True):
    """One host at one moment. Every list is sorted (see :func:`make_state`), so equal states are equal structs."""

    taken_at: Moment
    duration_ms: Milliseconds
    host: HostInfo
    coverage: Coverage
    namespaces: Annotated[tuple[Namespace, ...], msgspec.Meta(max_length=MOST_NAMESPACES)] = ()
    processes: Annotated[tuple[Process, ...], msgspec.Meta(max_length=MOST_PROCESSES)] = ()
    containers: Annotated[tuple[Container, ...], msgspec.Meta(max_length=MOST_CONTAINERS)] = ()
    chains: Annotated[tuple[Chain, ...], msgspec.Meta(max_length=MOST_CONTAINERS)] = ()
    schema: Schema = SCHEMA


def short_id(identity: str) -> str:
    """The first 12 digits of a hash; of ``engine:scope:name`` the name; any other id in full."""
    if re.fullmatch("[0-9a-f]{32,}", identity):
        return identity[:12]
    return identity.rpartition(":")[2] or identity


def process_key(boot_id: str, pid: int, start_ticks: int) -> str:
    """Identity of a process: a pid alone is reused, a pid with its start in this boot is not."""
    return f"{short_boot(boot_id)}:{pid}:{start_ticks}"


def count_members(processes: Iterable[Process]) -> dict[Key, int]:
    """How many of these processes live in each namespace."""
    sets: dict[NamespaceSet, int] = {}
    for process in processes:
        sets[process.namespaces] = sets.get(process.namespaces, 0) + 1
    counts: dict[Key, int] = {}
    for namespaces, number in sets.items():
        for key in namespaces.known():
            counts[key] = counts.get(key, 0) + number
    return counts


def make_state(
    host: HostInfo,
    taken_at: str,
    duration_ms: float,
    processes: Iterable[Process],
    namespaces: Iterable[Namespace],
    containers: Iterable[Container] = (),
    chains: Iterable[Chain] = (),
    gaps: Iterable[Gap] = (),
) -> HostState:
    """Put facts together in canonical order, with the derived counts filled in.

    Cost: one sort per list; 10,000 processes take some 10 ms.
    """
    members = tuple(sorted(processes, key=lambda process: (process.pid, process.start_ticks)))
    counts = count_members(members)
    return HostState(
        taken_at=taken_at,
        duration_ms=duration_ms,
        host=host,
        coverage=Coverage(len(members), tuple(sorted(set(gaps), key=gap_order))),
        namespaces=sort_namespaces(
            space
            if space.processes == counts.get(space.key, 0)
            else msgspec.structs.replace(space, processes=counts.get(space.key, 0))
            for space in namespaces
        ),
        processes=members,
        containers=tuple(sorted(containers, key=lambda container: container.id)),
        chains=tuple(sorted(chains, key=lambda chain: chain.container)),
    )


def sort_namespaces(namespaces: Iterable[Namespace]) -> tuple[Namespace, ...]:
    """By type in the kernel's order, then key."""
    return tuple(sorted(namespaces, key=lambda space: (TYPES.index(space.type), space.key)))


def gap_order(gap: Gap) -> tuple[int, str, str]:
    """Gaps of the whole host first, then by pid."""
    return (-1 if gap.pid is None else gap.pid, gap.what, gap.why)
