"""The processes of one look, from the bytes the kernel wrote to facts: all there are, or a few. Knows no chains."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Generic, TypeVar

import msgspec

from inspector.agent.collect import procfs
from inspector.agent.collect.cgroups import Membership
from inspector.agent.collect.nsfs import Census, Places, Seen
from inspector.agent.collect.procfs import File, Gone, RawProcess, Stat, Status, name_worker, parse_stat, parse_status
from inspector.agent.scan.namespace_identity import Member
from inspector.errors import MalformedProc
from inspector.facts.namespaces import TYPES
from inspector.facts.types import Gap, NamespaceSet, Process, Why, process_key

T = TypeVar("T")


class Known(Generic[T]):
    """Parsed values by the bytes they came from, kept while each look at everything meets the bytes again."""

    def __init__(self, parse: Callable[[bytes], T]) -> None:
        self._parse = parse
        self._last: dict[bytes, T] = {}
        self._met: dict[bytes, T] = {}
        self._texts: dict[bytes, bytes] = {}

    def get(self, data: bytes) -> T:
        """:raises MalformedProc: as the parser does."""
        value = self._met.get(data)
        if value is None:
            value = self._last.get(data)
            value = self._met[data] = self._parse(data) if value is None else value
        return value

    def same(self, data: bytes) -> bytes:
        """These bytes, once for all who have the same: a thousand processes may stand in one control group."""
        return self._texts.setdefault(data, data)

    def turn(self) -> None:
        """Begin a look at everything: what the one before did not meet is forgotten."""
        self._last, self._met = self._met, {}
        self._texts = {data: data for data in self._last}

    def met(self) -> Iterable[T]:
        """What was met since, in the order of first meeting."""
        return self._met.values()


class Taken(msgspec.Struct, frozen=True, gc=False):
    """What a look made of one process. Where it has no gap, it is the same while the kernel writes the same of it.

    Memory: about 2 kB.
    """

    raw: RawProcess[Places] | None  # None: its directory could not be opened
    process: Process | None  # without role; None: what cannot be identified is a gap and nothing more
    gaps: tuple[Gap, ...] = ()
    ended: bool = False  # a zombie: nobody is told when it goes for good

    @property
    def places(self) -> Places:
        """The namespaces it lives in; none where it does not count as a process."""
        return () if self.raw is None or self.process is None else self.raw.places


class _Parsed(msgspec.Struct, frozen=True, gc=False):
    """What is known of a process before the namespaces have their keys."""

    raw: RawProcess[Places]
    stat: Stat
    status: Status
    cmdline: tuple[str, ...]
    membership: Membership | None
    gaps: list[Gap]


class Look:
    """What is read at once, by pid.

    :param before: what the looks before made of each process.
    """

    def __init__(
        self,
        boot_id: str,
        cmdlines: Known[tuple[str, ...]],
        memberships: Known[Membership],
        before: Mapping[int, Taken],
    ) -> None:
        self.taken: dict[int, Taken] = {}
        self.gone: set[int] = set()
        self._boot_id = boot_id
        self._before = before
        self._parsed: list[_Parsed] = []
        self._cmdlines = cmdlines
        self._memberships = memberships

    def read_all(self, proc: str, census: Census) -> None:
        """Read every process; the one that died meanwhile leaves no trace.

        :raises OSError: ``/proc`` itself cannot be read.
        """
        self._cmdlines.turn()
        self._memberships.turn()
        with _open_folder(proc) as proc_fd:
            for name in procfs.list_pids(proc_fd):
                self._read(proc_fd, name, census)

    def read_some(
        self, proc: str, census: Census, pids: Collection[int], children_of: Callable[[int], Iterable[int]]
    ) -> None:
        """Read these processes, and the children of those that ended: they have another parent now.

        :raises OSError: ``/proc`` itself cannot be read.
        """
        waiting, done = list(pids), set()
        with _open_folder(proc) as proc_fd:
            while waiting:
                pid = waiting.pop()
                if pid not in done:
                    done.add(pid)
                    self._read(proc_fd, str(pid), census)
                    if self._has_ended(pid):
                        waiting.extend(children_of(pid))

    def members(self) -> Iterator[Member]:
        """Who lives where, of those that are not as they were."""
        return (_as_member(self._boot_id, parsed) for parsed in self._parsed)

    def name(self, keys: Mapping[Seen, str]) -> None:
        """Make processes of what was read, now that each namespace has its key."""
        sets = _Sets(keys)
        for parsed in self._parsed:
            namespaces, lacking = sets.get(parsed.raw.places)
            pid = parsed.raw.pid
            self.taken[pid] = Taken(
                parsed.raw,
                _describe(self._boot_id, parsed, namespaces),
                (*parsed.gaps, *(Gap(pid, what, why) for what, why in lacking)),
                parsed.stat.state == "Z",
            )

    def find_initial(self) -> set[Seen]:
        """What pid 1 lives in; where that is unreadable, what kthreadd, started beside it at boot, lives in.

        Fewer than the eight where neither can be read.
        """
        first = [self.taken[pid].raw for pid in (2, 1) if pid in self.taken]
        places = [raw.places for raw in first if raw is not None and (raw.pid == 1 or _is_kernel_thread(raw))]
        return set(
            {place.spot.kind: place for lived in places for place in lived if isinstance(place, Seen)}.values()
        )

    def _read(self, proc_fd: int, name: str, census: Census) -> None:
        try:
            raw = procfs.read_process(proc_fd, name, census.see)
        except Gone:
            self.gone.add(int(name))
        except OSError as error:
            self._read_again(proc_fd, name, census, error)
        else:
            self._take(raw)

    def _read_again(self, proc_fd: int, name: str, census: Census, error: OSError) -> None:
        """Once more with all descriptors free, if that was the trouble; else a gap."""
        if error.errno in (errno.EMFILE, errno.ENFILE) and census.let_go():
            with contextlib.suppress(Gone, OSError):
                self._take(procfs.read_process(proc_fd, name, census.see))
                return
        self._give_up(int(name), None, [Gap(int(name), "stat", procfs.why(error.errno or errno.EIO))])

    def _take(self, raw: RawProcess[Places]) -> None:
        """Parse a process, unless it is written as it was at the last look."""
        before = self._before.get(raw.pid)
        if before is None or before.gaps or before.raw != raw:
            self._take_parts(raw)
            return
        self.taken[raw.pid] = before
        if isinstance(raw.cgroup, bytes):
            self._memberships.get(raw.cgroup)

    def _take_parts(self, raw: RawProcess[Places]) -> None:
        """What can be known of a process. Without ``stat`` it cannot be identified."""
        gaps: list[Gap] = []
        stat = _parse(raw.pid, "stat", raw.stat, parse_stat, gaps)
        if stat is None:
            self._give_up(raw.pid, raw, gaps)
            return
        status = _parse(raw.pid, "status", raw.status, parse_status, gaps) or Status(None, ())
        cmdline = _parse(raw.pid, "cmdline", raw.cmdline, self._cmdlines.get, gaps) or ()
        membership = _parse(raw.pid, "cgroup", raw.cgroup, self._memberships.get, gaps)
        if isinstance(raw.cgroup, bytes):
            raw = msgspec.structs.replace(raw, cgroup=self._memberships.same(raw.cgroup))
        self._parsed.append(_Parsed(raw, stat, status, cmdline, membership, gaps))

    def _give_up(self, pid: int, raw: RawProcess[Places] | None, gaps: list[Gap]) -> None:
        self.taken[pid] = Taken(raw, None, tuple(gaps))

    def _has_ended(self, pid: int) -> bool:
        """Whether the process that was there before is gone, or a zombie; its pid may have been given to another."""
        before = self._before.get(pid)
        start = None if before is None or before.process is None else before.process.start_ticks
        last = self._parsed[-1] if self._parsed else None
        if last is not None and last.raw.pid == pid:
            return last.stat.state == "Z" or last.stat.start_ticks != start
        return pid in self.gone


class _Sets:
    """The namespace set for each combination of places, and what it lacks."""

    def __init__(self, keys: Mapping[Seen, str]) -> None:
        self._keys = keys
        self._known: dict[Places, tuple[NamespaceSet, tuple[tuple[str, Why], ...]]] = {}

    def get(self, places: Places) -> tuple[NamespaceSet, tuple[tuple[str, Why], ...]]:
        found = self._known.get(places)
        if found is None:
            found = self._known[places] = self._make(places), tuple(_lacking(places))
        return found

    def _make(self, places: Places) -> NamespaceSet:
        return NamespaceSet(*(self._keys[place] if isinstance(place, Seen) else None for place in places))


@contextlib.contextmanager
def _open_folder(path: str) -> Iterator[int]:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield fd
    finally:
        os.close(fd)


def _parse(pid: int, what: str, data: File, parse: Callable[[bytes], T], gaps: list[Gap]) -> T | None:
    """The file parsed, or a gap."""
    if isinstance(data, int):
        gaps.append(Gap(pid, what, procfs.why(data)))
        return None
    try:
        return parse(data)
    except MalformedProc:
        gaps.append(Gap(pid, what, "malformed"))
        return None


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
    return Member(process_key(boot_id, parsed.raw.pid, start), start, parsed.raw.places)


def _describe(boot_id: str, parsed: _Parsed, namespaces: NamespaceSet) -> Process:
    stat, membership, pid = parsed.stat, parsed.membership, parsed.raw.pid
    return Process(  # by position: this runs once per process and look
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
    )
