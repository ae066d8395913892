"""Read processes and turn the kernel's bytes into facts: all processes, or a few. Chains are made elsewhere."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

import msgspec

from inspector.agent.collect.cgroups import Membership
from inspector.agent.collect.labels import labelled
from inspector.agent.collect.nsfs import NamespaceScan, ProcessNamespaces, ScannedNamespace
from inspector.agent.collect.procfs import File, RawProcess, Stat, Status, name_worker, parse_stat, parse_status
from inspector.agent.collect.read_errors import Gone, why
from inspector.agent.collect.readers import Reader, Reading
from inspector.agent.scan.namespace_identity import Member
from inspector.agent.scan.parse_cache import ParseCache, T
from inspector.agent.scan.runtimes import parse_shim, role_of
from inspector.errors import MalformedProc
from inspector.facts.namespaces import TYPES
from inspector.facts.types import Gap, NamespaceSet, Process, Role, Why, process_key


class ScannedProcess(msgspec.Struct, frozen=True, gc=False):
    """What a scan read of one process. Without gaps it stays valid while the kernel writes the same bytes.

    NamespaceCache: about 2 kB.
    """

    raw: RawProcess[ProcessNamespaces] | None  # None: its directory could not be opened
    process: Process | None  # without role; None: it could not be identified, there are only gaps
    gaps: tuple[Gap, ...] = ()
    is_zombie: bool = False  # there is no event when a zombie is reaped

    @property
    def namespaces(self) -> ProcessNamespaces:
        """The namespaces it lives in; empty where it could not be identified."""
        return () if self.raw is None or self.process is None else self.raw.namespaces


class _Parsed(msgspec.Struct, frozen=True, gc=False):
    """A parsed process whose namespaces have no keys yet."""

    raw: RawProcess[ProcessNamespaces]
    stat: Stat
    status: Status
    cmdline: tuple[str, ...]
    membership: Membership | None
    gaps: list[Gap]


class ProcessReader:
    """Reads processes for one scan; the results are in :attr:`scanned`, by pid.

    :param before: what the scans before read of each process.
    :param role_of: tells the shims.
    """

    def __init__(
        self,
        boot_id: str,
        cmdlines: ParseCache[tuple[str, ...]],
        memberships: ParseCache[Membership],
        before: Mapping[int, ScannedProcess],
        role_of: Callable[[Process], Role | None] = role_of,
    ) -> None:
        self.scanned: dict[int, ScannedProcess] = {}
        self.gone: set[int] = set()
        self._boot_id = boot_id
        self._before = before
        self._role_of = role_of
        self._parsed: list[_Parsed] = []
        self._cmdlines = cmdlines
        self._memberships = memberships

    def read_all(self, reader: Reader, scan: NamespaceScan) -> None:
        """Read every process. Processes that end meanwhile are left out.

        :raises OSError: the processes cannot even be listed.
        """
        self._cmdlines.begin_full_scan()
        self._memberships.begin_full_scan()
        with reader.read_all(scan) as reading:
            for pid in reading.pids():
                self._read(reading, pid, scan)

    def read_some(
        self, reader: Reader, scan: NamespaceScan, pids: Collection[int], children_of: Callable[[int], Iterable[int]]
    ) -> None:
        """Read these processes, and the children of those that ended, because they have a new parent.

        :raises OSError: no process can be read.
        """
        waiting, done = list(pids), set()
        with reader.read_some(scan) as reading:
            while waiting:
                pid = waiting.pop()
                if pid not in done:
                    done.add(pid)
                    self._read(reading, pid, scan)
                    if self._has_ended(pid):
                        waiting.extend(children_of(pid))

    def members(self) -> Iterator[Member]:
        """The namespaces of each process that changed."""
        return (_as_member(self._boot_id, parsed) for parsed in self._parsed)

    def namespaces(self) -> dict[int, ProcessNamespaces]:
        """The namespaces of every process that could be identified, by pid."""
        read = {parsed.raw.pid: parsed.raw.namespaces for parsed in self._parsed}
        return {pid: one.namespaces for pid, one in self.scanned.items() if one.namespaces} | read

    def assign_keys(self, keys: Mapping[ScannedNamespace, str]) -> None:
        """Make the process facts, now that each namespace has its key."""
        sets = _NamespaceSets(keys)
        for parsed in self._parsed:
            namespaces, lacking = sets.get(parsed.raw.namespaces)
            pid, is_dead = parsed.raw.pid, parsed.stat.is_zombie
            self.scanned[pid] = ScannedProcess(
                parsed.raw,
                _describe(self._boot_id, parsed, namespaces),
                (*parsed.gaps, *(() if is_dead else (Gap(pid, what, why) for what, why in lacking))),
                is_dead,
            )
        for parsed in self._parsed:
            if parsed.membership is None or not parsed.membership.outlasts_the_process:
                self._home_zombie(parsed.raw.pid)

    def _home_zombie(self, pid: int) -> None:
        """Let a zombie keep its container, where the kernel shows only the root of its control groups (cgroup v1)."""
        one = self.scanned.get(pid)
        if one is None or one.process is None or not one.is_zombie or one.process.container is not None:
            return
        before = self._before.get(pid)
        if before is not None and before.process is not None and before.process.key == one.process.key:
            facts = {"container": before.process.container, "cgroup": before.process.cgroup}
        else:
            facts = {"container": self._container_above(one.process), "cgroup": one.process.cgroup}
        process = msgspec.structs.replace(one.process, **facts)
        self.scanned[pid] = msgspec.structs.replace(one, process=process)

    def _container_above(self, process: Process) -> str | None:
        """The container of its parent; a shim is the parent of what it started in the container it names."""
        known = self.scanned.get(process.ppid) or self._before.get(process.ppid)
        parent = None if known is None else known.process
        if parent is None:
            return None
        return parse_shim(parent).container or None if self._role_of(parent) == "shim" else parent.container

    def find_initial(self) -> set[ScannedNamespace]:
        """The namespaces of pid 1; where those are unreadable, of kthreadd, which is started beside it at boot.

        Fewer than the eight where neither can be read.
        """
        first = [self.scanned[pid].raw for pid in (2, 1) if pid in self.scanned]
        namespaces = [raw.namespaces for raw in first if raw is not None and (raw.pid == 1 or _is_kernel_thread(raw))]
        return set(
            {
                namespace.file.kind: namespace
                for lived in namespaces
                for namespace in lived
                if isinstance(namespace, ScannedNamespace)
            }.values()
        )

    def _read(self, reading: Reading, pid: int, scan: NamespaceScan) -> None:
        try:
            raw = reading.read(pid)
        except Gone:
            self.gone.add(pid)
        except OSError as error:
            self._read_again(reading, pid, scan, error)
        else:
            self._parse_unless_unchanged(raw)

    def _read_again(self, reading: Reading, pid: int, scan: NamespaceScan, error: OSError) -> None:
        """Read again with all descriptors closed where there were too few; otherwise record a gap."""
        if error.errno in (errno.EMFILE, errno.ENFILE) and scan.release():
            with contextlib.suppress(Gone, OSError):
                self._parse_unless_unchanged(reading.read(pid))
                return
        self._leave_unidentified(pid, None, [Gap(pid, "stat", why(error.errno or errno.EIO))])

    def _parse_unless_unchanged(self, raw: RawProcess[ProcessNamespaces]) -> None:
        """Parse a process, unless its bytes are those of the last scan."""
        before = self._before.get(raw.pid)
        if before is None or before.gaps or before.raw != raw:
            self._parse_files(raw)
            return
        self.scanned[raw.pid] = before
        if isinstance(raw.cgroup, bytes):
            self._memberships.get(raw.cgroup)

    def _parse_files(self, raw: RawProcess[ProcessNamespaces]) -> None:
        """Parse the files of a process. Without ``stat`` it cannot be identified."""
        gaps: list[Gap] = []
        stat = _parse(raw.pid, "stat", raw.stat, parse_stat, gaps)
        if stat is None:
            self._leave_unidentified(raw.pid, raw, gaps)
            return
        status = _parse(raw.pid, "status", raw.status, parse_status, gaps) or Status(None, ())
        cmdline = _parse(raw.pid, "cmdline", raw.cmdline, self._cmdlines.get, gaps) or ()
        membership = _parse(raw.pid, "cgroup", raw.cgroup, self._memberships.get, gaps)
        if isinstance(raw.cgroup, bytes):
            raw = msgspec.structs.replace(raw, cgroup=self._memberships.share(raw.cgroup))
        self._parsed.append(_Parsed(raw, stat, status, cmdline, membership, gaps))

    def _leave_unidentified(self, pid: int, raw: RawProcess[ProcessNamespaces] | None, gaps: list[Gap]) -> None:
        self.scanned[pid] = ScannedProcess(raw, None, tuple(gaps))

    def _has_ended(self, pid: int) -> bool:
        """Whether the process known before has ended or is a zombie; another process may have its pid now."""
        before = self._before.get(pid)
        start = None if before is None or before.process is None else before.process.start_ticks
        last = self._parsed[-1] if self._parsed else None
        if last is not None and last.raw.pid == pid:
            return last.stat.is_zombie or last.stat.start_ticks != start
        return pid in self.gone


class _NamespaceSets:
    """The namespace set for each combination of namespaces, and which of its links could not be read."""

    def __init__(self, keys: Mapping[ScannedNamespace, str]) -> None:
        self._keys = keys
        self._known: dict[ProcessNamespaces, tuple[NamespaceSet, tuple[tuple[str, Why], ...]]] = {}

    def get(self, namespaces: ProcessNamespaces) -> tuple[NamespaceSet, tuple[tuple[str, Why], ...]]:
        found = self._known.get(namespaces)
        if found is None:
            found = self._known[namespaces] = self._make(namespaces), tuple(_lacking(namespaces))
        return found

    def _make(self, namespaces: ProcessNamespaces) -> NamespaceSet:
        return NamespaceSet(
            *(self._keys[namespace] if isinstance(namespace, ScannedNamespace) else None for namespace in namespaces)
        )


def _parse(pid: int, what: str, data: File | T, parse: Callable[[bytes], T], gaps: list[Gap]) -> T | None:
    """The file parsed, or a gap."""
    if isinstance(data, int):
        gaps.append(Gap(pid, what, why(data)))
        return None
    if not isinstance(data, bytes):
        return data
    try:
        return parse(data)
    except MalformedProc:
        gaps.append(Gap(pid, what, "malformed"))
        return None


def _lacking(namespaces: ProcessNamespaces) -> Iterator[tuple[str, Why]]:
    """The links that could not be read; ``ns`` where several failed for the same reason, as a zombie's six do."""
    lacking = [
        (kind, _reason(namespace))
        for kind, namespace in zip(TYPES, namespaces, strict=True)
        if isinstance(namespace, int)
    ]
    reasons = {reason for _, reason in lacking}
    if len(lacking) > 1 and len(reasons) == 1:
        yield "ns", reasons.pop()
        return
    for kind, reason in lacking:
        yield f"ns/{kind}", reason


def _reason(number: int) -> Why:
    return "malformed" if number == errno.EBADMSG else why(number)


def _is_kernel_thread(raw: RawProcess[ProcessNamespaces]) -> bool:
    try:
        stat = parse_stat(raw.stat) if isinstance(raw.stat, bytes) else raw.stat
        return isinstance(stat, Stat) and stat.is_kernel_thread
    except MalformedProc:
        return False


def _as_member(boot_id: str, parsed: _Parsed) -> Member:
    start = parsed.stat.start_ticks
    return Member(process_key(boot_id, parsed.raw.pid, start), start, parsed.raw.namespaces)


def _describe(boot_id: str, parsed: _Parsed, namespaces: NamespaceSet) -> Process:
    stat, membership, pid = parsed.stat, parsed.membership, parsed.raw.pid
    return Process(  # positional arguments: this runs once per process and scan
        process_key(boot_id, pid, stat.start_ticks),
        pid,
        stat.ppid,
        stat.start_ticks,
        name_worker(stat.comm) if stat.is_kernel_thread else stat.comm,
        parsed.cmdline,
        parsed.status.uid,
        parsed.status.nspid or (pid,),
        None if membership is None else membership.path,
        None if membership is None else membership.container,
        None,
        namespaces,
        parsed.stat.life,
        None,
        labelled(parsed.status.confinement, parsed.raw.label),
    )
