"""One look at a host: everything the collectors read, put together as a :class:`~inspector.types.HostState`."""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Generic, TypeVar

import msgspec

from inspector.chains import Rebuilt, rebuild
from inspector.collect import procfs
from inspector.collect.cgroups import STANDARD_ROOT, Hierarchies, Membership, parse_cgroup, parse_mounts
from inspector.collect.docker import Engine, Listing
from inspector.collect.host import find_blind_spots, read_host, read_machine_id
from inspector.collect.nsfs import Census, LinkText, Memory, Nsfs, Places, Seen, raise_descriptor_limit
from inspector.collect.procfs import (
    File,
    Gone,
    RawProcess,
    Stat,
    Status,
    name_worker,
    parse_cmdline,
    parse_stat,
    parse_status,
)
from inspector.collect.secrets import mask
from inspector.collect.sockets import is_candidate, read_listeners
from inspector.errors import MalformedProc
from inspector.identity import Keys, Member
from inspector.namespaces import TYPES
from inspector.types import (
    Container,
    Gap,
    HostInfo,
    HostState,
    Namespace,
    NamespaceSet,
    Process,
    Usage,
    Why,
    make_state,
    process_key,
)

T = TypeVar("T")

PROC_ROOT_INODE: Final = 1
"""``PROC_ROOT_INO`` of the kernel's ``fs/proc/inode.c``: how a real ``/proc`` is told from a captured one."""

_RUNNING: Final = frozenset(("running", "paused"))


class Known(Generic[T]):
    """Parsed values by the bytes they came from, kept for as long as each scan meets the bytes again."""

    def __init__(self, parse: Callable[[bytes], T]) -> None:
        self._parse = parse
        self._last: dict[bytes, T] = {}
        self._met: dict[bytes, T] = {}

    def get(self, data: bytes) -> T:
        """:raises MalformedProc: as the parser does."""
        value = self._met.get(data)
        if value is None:
            value = self._last.get(data)
            value = self._met[data] = self._parse(data) if value is None else value
        return value

    def turn(self) -> None:
        """Begin a scan: what the one before did not meet is forgotten."""
        self._last, self._met = self._met, {}

    def met(self) -> Iterable[T]:
        """What this scan met, in the order of first meeting."""
        return self._met.values()


class Scanner:
    """Looks at a host again and again. Keeps what need not be read or worked out anew.

    :param proc: the host's ``/proc``, or a captured tree of the same shape.
    :param cgroup_root: where the host's ``/sys/fs/cgroup`` is.
    :param engine: who tells about containers; ``None`` to go by cgroups alone.
    :param nsfs: how namespaces are opened; by default the kernel's way, or by link text for a captured tree.
    :param machine_id_file: where a machine id made up is kept, for a host that has none.
    :param gaps: what is known beforehand not to be seen of the whole host.

    Not for several threads at once.
    """

    def __init__(
        self,
        proc: str = "/proc",
        cgroup_root: str = STANDARD_ROOT,
        engine: Engine | None = None,
        *,
        nsfs: Nsfs | None = None,
        machine_id_file: Path | None = None,
        gaps: tuple[Gap, ...] = (),
    ) -> None:
        raise_descriptor_limit()
        self._proc = proc.rstrip("/") or "/"
        self._cgroup_root = cgroup_root
        self._engine = engine
        self._nsfs = nsfs or (Nsfs() if is_procfs(proc) else LinkText())
        self._machine_id = read_machine_id(machine_id_file)
        self._gaps = gaps
        self._memory = Memory()
        self._keys = Keys()
        self._settled: dict[int, _Settled] = {}
        self._cmdlines = Known(lambda data: parse_cmdline(data, mask))
        self._memberships = Known(parse_cgroup)
        self._hierarchies = Hierarchies({})
        self._groups: dict[str, dict[str, str]] = {}
        self._candidates: tuple[str, ...] = ()
        self._listeners: dict[str, int] = {}

    def scan(self) -> HostState:
        """The state of the host now. Never raises for the sake of one process.

        :raises OSError: ``/proc`` itself cannot be read.

        Cost: some 65 µs a process, nearly all of it spent by the kernel writing ``stat`` and ``status``.
        """
        taken_at = datetime.now(UTC).isoformat()
        started = time.perf_counter()
        with _paused_collector():
            look = _Look(read_host(self._proc, self._machine_id), self._cmdlines, self._memberships, self._settled)
            with Census(self._nsfs, self._memory) as census:
                look.read(self._proc, census)
                namespaces = look.name(self._keys, census)
            self._settled = look.settled
            look.gaps.extend(find_blind_spots(self._proc))
            listing = Listing() if self._engine is None else self._engine.poll()
            rebuilt = rebuild(look.processes, listing.containers, self._find_listeners(look.processes))
            return make_state(
                host=look.host,
                taken_at=taken_at,
                duration_ms=round((time.perf_counter() - started) * 1000, 3),
                processes=rebuilt.processes,
                namespaces=namespaces,
                containers=self._add_limits(rebuilt),
                chains=rebuilt.chains,
                gaps=[*look.gaps, *listing.gaps, *self._gaps],
            )

    def usage(self) -> dict[str, Usage]:
        """What each container that ran at the last scan uses now, by full id. Cost: three small files each."""
        return {container: self._hierarchies.read_usage(groups) for container, groups in self._groups.items()}

    def _find_listeners(self, processes: Iterable[Process]) -> dict[str, int]:
        """Read anew when the candidates are others, or when one of them was not listening yet."""
        found = [process for process in processes if is_candidate(process.comm)]
        candidates = tuple(process.key for process in found)
        pids = {process.pid for process in found}
        if candidates != self._candidates or not pids <= set(self._listeners.values()):
            self._candidates = candidates
            self._listeners = read_listeners(self._proc, pids)
        return self._listeners

    def _add_limits(self, rebuilt: Rebuilt) -> Iterator[Container]:
        self._hierarchies = Hierarchies(parse_mounts(_read(f"{self._proc}/self/mountinfo")), self._cgroup_root)
        self._groups = {}
        for membership in self._memberships.met():
            if membership.container is not None:
                self._groups.setdefault(membership.container, membership.groups)
        for container in rebuilt.containers:
            groups = self._groups.get(container.id)
            if groups is None or container.state not in _RUNNING:
                yield container
            else:
                yield msgspec.structs.replace(container, limits=self._hierarchies.read_limits(groups))


class _Parsed(msgspec.Struct, frozen=True, gc=False):
    """What is known of a process before the namespaces have their keys."""

    raw: RawProcess[Places]
    stat: Stat
    status: Status
    cmdline: tuple[str, ...]
    membership: Membership | None

    @property
    def pid(self) -> int:
        return self.raw.pid


class _Settled(msgspec.Struct, frozen=True, gc=False):
    """A process read without a gap: while the kernel writes the same of it, it is the same."""

    raw: RawProcess[Places]
    process: Process


class _Look:
    """The processes of one scan, from bytes to facts.

    :param before: what the last scan settled, by pid. Memory: about 2 kB a process.
    """

    def __init__(
        self,
        host: HostInfo,
        cmdlines: Known[tuple[str, ...]],
        memberships: Known[Membership],
        before: dict[int, _Settled],
    ) -> None:
        self.host = host
        self.gaps: list[Gap] = []
        self.settled: dict[int, _Settled] = {}
        self.processes: list[Process] = []
        self._before = before
        self._parsed: list[_Parsed] = []
        self._first: list[RawProcess[Places]] = []
        self._cmdlines = cmdlines
        self._memberships = memberships

    def read(self, proc: str, census: Census) -> None:
        """Read every process; the one that died meanwhile leaves no trace."""
        self._cmdlines.turn()
        self._memberships.turn()
        proc_fd = os.open(proc, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for name in procfs.list_pids(proc_fd):
                try:
                    raw = procfs.read_process(proc_fd, name, census.see)
                except Gone:
                    continue
                except OSError as error:
                    self._read_again(proc_fd, name, census, error)
                else:
                    self._take(raw)
        finally:
            os.close(proc_fd)

    def _read_again(self, proc_fd: int, name: str, census: Census, error: OSError) -> None:
        """Once more with all descriptors free, if that was the trouble; else a gap."""
        if error.errno in (errno.EMFILE, errno.ENFILE) and census.let_go():
            with contextlib.suppress(Gone, OSError):
                self._take(procfs.read_process(proc_fd, name, census.see))
                return
        self.gaps.append(Gap(int(name), "stat", procfs.why(error.errno or errno.EIO)))

    def _take(self, raw: RawProcess[Places]) -> None:
        """Parse a process, unless it is written as it was at the last scan."""
        if raw.pid <= 2:
            self._first.append(raw)
        settled = self._before.get(raw.pid)
        if settled is None or settled.raw != raw:
            self._take_parts(raw)
            return
        self.settled[raw.pid] = settled
        self.processes.append(settled.process)
        if isinstance(raw.cgroup, bytes):
            self._memberships.get(raw.cgroup)

    def _take_parts(self, raw: RawProcess[Places]) -> None:
        """What can be known of a process. Without ``stat`` it cannot be identified: it is a gap and nothing more."""
        stat = self._parse(raw.pid, "stat", raw.stat, parse_stat)
        if stat is not None:
            self._parsed.append(
                _Parsed(
                    raw,
                    stat,
                    self._parse(raw.pid, "status", raw.status, parse_status) or Status(None, ()),
                    self._parse(raw.pid, "cmdline", raw.cmdline, self._cmdlines.get) or (),
                    self._parse(raw.pid, "cgroup", raw.cgroup, self._memberships.get),
                )
            )

    def _parse(self, pid: int, what: str, data: File, parse: Callable[[bytes], T]) -> T | None:
        """The file parsed, or a gap."""
        if isinstance(data, int):
            self.gaps.append(Gap(pid, what, procfs.why(data)))
            return None
        try:
            return parse(data)
        except MalformedProc:
            self.gaps.append(Gap(pid, what, "malformed"))
            return None

    def name(self, keys: Keys, census: Census) -> list[Namespace]:
        """Give every namespace its key, and every process its namespaces."""
        boot_id = self.host.boot_id
        named = keys.assign(boot_id, census.spaces(), (_as_member(boot_id, parsed) for parsed in self._parsed))
        sets = _Sets(named)
        unclear = {gap.pid for gap in self.gaps}
        for parsed in self._parsed:
            namespaces, gaps = sets.get(parsed.raw.places)
            process = _describe(boot_id, parsed, namespaces)
            self.processes.append(process)
            if gaps:
                self.gaps.extend([Gap(parsed.pid, what, why) for what, why in gaps])
            elif parsed.pid not in unclear:
                self.settled[parsed.pid] = _Settled(parsed.raw, process)
        initial = self._find_initial()
        return [_describe_namespace(seen, key, named, seen in initial) for seen, key in named.items()]

    def _find_initial(self) -> set[Seen]:
        """What pid 1 lives in; where that is unreadable, what kthreadd, started beside it at boot, lives in."""
        first = {raw.pid: raw.places for raw in self._first if raw.pid == 1 or _is_kernel_thread(raw)}
        known = {place.spot.kind: place for pid in (2, 1) for place in first.get(pid, ()) if isinstance(place, Seen)}
        if len(known) < len(TYPES):
            self.gaps.append(Gap(None, "ns/initial", "forbidden" if first else "gone"))
        return set(known.values())


class _Sets:
    """The namespace set for each combination of places, and what it lacks."""

    def __init__(self, keys: dict[Seen, str]) -> None:
        self._keys = keys
        self._known: dict[Places, tuple[NamespaceSet, tuple[tuple[str, Why], ...]]] = {}

    def get(self, places: Places) -> tuple[NamespaceSet, tuple[tuple[str, Why], ...]]:
        found = self._known.get(places)
        if found is None:
            found = self._known[places] = self._make(places), tuple(_lacking(places))
        return found

    def _make(self, places: Places) -> NamespaceSet:
        return NamespaceSet(*(self._keys[place] if isinstance(place, Seen) else None for place in places))


def is_procfs(path: str) -> bool:
    """Whether this is the kernel's own ``/proc``, whose namespaces can be opened; not a captured tree."""
    found = Path(path).stat()
    return found.st_ino == PROC_ROOT_INODE and os.major(found.st_dev) == 0


def _lacking(places: Places) -> Iterator[tuple[str, Why]]:
    """The links that could not be read, as ``ns`` alone where it is several for one reason: a zombie lacks six."""
    lacking = [(kind, _reason(place)) for kind, place in zip(TYPES, places, strict=True) if isinstance(place, int)]
    reasons = {reason for _, reason in lacking}
    if len(lacking) > 1 and len(reasons) == 1:
        yield "ns", reasons.pop()
        return
    for kind, reason in lacking:
        yield f"ns/{kind}", reason


def _reason(number: int) -> Why:
    return "malformed" if number == errno.EBADMSG else procfs.why(number)


def _is_kernel_thread(raw: RawProcess[Places]) -> bool:
    try:
        return isinstance(raw.stat, bytes) and parse_stat(raw.stat).is_kernel_thread
    except MalformedProc:
        return False


def _as_member(boot_id: str, parsed: _Parsed) -> Member:
    start = parsed.stat.start_ticks
    return Member(process_key(boot_id, parsed.pid, start), start, parsed.raw.places)


def _describe(boot_id: str, parsed: _Parsed, namespaces: NamespaceSet) -> Process:
    stat, membership = parsed.stat, parsed.membership
    return Process(  # by position: this runs once per process and scan
        process_key(boot_id, parsed.pid, stat.start_ticks),
        parsed.pid,
        stat.ppid,
        stat.start_ticks,
        name_worker(stat.comm) if stat.is_kernel_thread else stat.comm,
        parsed.cmdline,
        parsed.status.uid,
        parsed.status.nspid or (parsed.pid,),
        None if membership is None else membership.path,
        None if membership is None else membership.container,
        None,
        namespaces,
    )


def _describe_namespace(seen: Seen, key: str, keys: dict[Seen, str], initial: bool) -> Namespace:
    return Namespace(
        key=key,
        type=seen.spot.kind,
        inode=seen.spot.inode,
        ns_id=seen.ns_id,
        initial=initial,
        owner=keys.get(seen.owner) if seen.owner else None,
        parent=keys.get(seen.parent) if seen.parent else None,
    )


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


@contextlib.contextmanager
def _paused_collector() -> Iterator[None]:
    """No garbage collection while ten thousands of objects are made, none of which is garbage yet."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
