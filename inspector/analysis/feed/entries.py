"""Entries of the feed: what happened on a host, one snapshot after another. Pure.

An entry says what the comparison of a snapshot with the one before finds. There are entries also for processes that
are executed in a container, and for processes first seen in foreign namespaces. Nothing is said twice: the namespaces
that come and go with a container are part of its entry. Health checks, short-lived processes and runtimes at work are
marked as noise. Noise is counted, not listed: see :class:`Tally`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final, Literal, get_args

import msgspec

from inspector.analysis.compare.differences import find_host
from inspector.analysis.compare.find_containers import find_containers, find_limits
from inspector.analysis.compare.find_namespaces import find_moves, find_namespaces
from inspector.analysis.compare.find_sharing import HOST_PARTNER, find_sharing
from inspector.analysis.compare.findings import HOST, Finding, command_of
from inspector.analysis.compare.noise import Matcher
from inspector.analysis.compare.pair import Pair
from inspector.analysis.compare.sides import Side
from inspector.facts.namespaces import NamespaceType
from inspector.facts.types import Fact, Gap, Key, Process

Kind = Literal[
    "boot",
    "host-changed",
    "container-created",
    "container-started",
    "container-stopped",
    "container-restarted",
    "container-removed",
    "container-renamed",
    "container-reconfigured",
    "container-changed",
    "exec",
    "ran",
    "sharing-began",
    "sharing-ended",
    "namespace-joined",
    "namespace-created",
    "namespace-left",
    "namespace-recreated",
    "gap-began",
    "gap-ended",
    "agent-away",
    "agent-back",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

MOST_ALIKE: Final = 20
"""A snapshot has at most so many entries of one kind. One more entry counts the rest."""

_NAMES: Final = {"before": "from", "after": "to", "partners": "with", "partner_names": "with_names"}
_NAMESPACES: Final[dict[str, Kind]] = {
    "appeared": "namespace-created",
    "disappeared": "namespace-left",
    "recreated": "namespace-recreated",
}
_USUAL: Final = ("user", "cgroup", "time")
"""What an engine lets a container share with the host, unless it is told otherwise."""

_STAGES: Final = ("runc", "crun", "youki", "exe")  # a runtime on the way to become what it was asked to start


class Entry(Fact, frozen=True, rename=_NAMES):
    """Something that happened. ``before`` and ``after`` are text; ``None`` is unknown or not there.

    ``times`` says how often it happened: first at ``first_seq``, last at ``seq``.
    """

    seq: int
    at: str  # ISO 8601 with zone, by the agent's clock
    kind: Kind
    container: Key | None = None
    where: str = HOST  # title of that container
    key: str = ""  # of the process, namespace or container
    pid: int | None = None
    inside: int | None = None  # the pid in the innermost pid namespace, where that is another one
    name: str = ""
    types: tuple[NamespaceType, ...] = ()
    field: str | None = None
    before: str | None = None
    after: str | None = None
    partners: tuple[Key, ...] = ()  # ids of containers, or "host"
    partner_names: tuple[str, ...] = ()
    noise: bool = False
    times: int = 1
    first_seq: int = 0
    first_at: str = ""


class Feed(Fact, frozen=True, tag="feed"):
    """The entries of one snapshot, as they are sent to pages."""

    seq: int
    entries: tuple[Entry, ...]


def tell(pair: Pair, matcher: Matcher, returned: Collection[Key] = ()) -> list[Entry]:
    """The entries for two snapshots that follow each other.

    :param matcher: says which command lines are health checks.
    :param returned: containers that have an init again, after they ran for a while without the one they had.
    """
    spaces = _find_namespaces(pair)
    told = [
        *_tell_host(pair),
        *_tell_gaps(pair),
        *(() if _stands_still(pair) else (*_tell_containers(pair, spaces), *_tell_sharing(pair))),
        *_tell_returned(pair, spaces, returned),
        *_tell_moves(pair),
        *_tell_entered(pair),
        *_tell_executed(pair, matcher),
        *_tell_namespaces(pair, spaces),
    ]
    return list(_shorten(told))


def _stands_still(pair: Pair) -> bool:
    """Whether both sides hold the same objects for containers, homes and namespaces, as at most snapshots."""
    old, new = pair.old, pair.new
    return old.containers is new.containers and old.homes is new.homes and old.spaces is new.spaces


def _find_namespaces(pair: Pair) -> list[Finding]:
    if pair.rebooted or pair.old.spaces is pair.new.spaces:
        return []
    return [finding for finding in find_namespaces(pair) if finding.kind in _NAMESPACES]


def make_ran(seq: int, at: str, container: Key | None, where: str, name: str, times: int) -> Entry:
    """An entry that counts processes of one name that ended after a short time."""
    return Entry(seq, at, "ran", container, where, name=name, noise=True, times=times, first_seq=seq, first_at=at)


class Tally:
    """Entries, newest first. Noise that is alike becomes one entry that counts it."""

    def __init__(self, fold: bool = True) -> None:
        self.fold = fold
        self._entries: dict[object, Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: Entry) -> None:
        """Add an entry. It must not be newer than those added before."""
        key = (entry.kind, entry.container, entry.name) if self.fold and entry.noise else len(self._entries)
        newer = self._entries.get(key)
        self._entries[key] = entry if newer is None else _count(newer, entry)

    def entries(self) -> tuple[Entry, ...]:
        """What was added, newest first."""
        return tuple(self._entries.values())


def _count(newer: Entry, older: Entry) -> Entry:
    return msgspec.structs.replace(
        newer, times=newer.times + older.times, first_seq=older.first_seq, first_at=older.first_at
    )


def _entry(side: Side, kind: Kind, **facts: object) -> Entry:
    """An entry of the snapshot that is the newer side."""
    return Entry(side.seq, side.taken_at, kind, first_seq=side.seq, first_at=side.taken_at, **facts)  # type: ignore[arg-type]


def _from_finding(pair: Pair, finding: Finding, kind: Kind, **facts: object) -> Entry:
    told: dict[str, object] = {
        name: getattr(finding, name)
        for name in ("container", "where", "key", "pid", "inside", "name", "field", "before", "after", "partners")
    }
    return _entry(pair.new, kind, **(told | facts))


def _tell_host(pair: Pair) -> Iterator[Entry]:
    for finding in find_host(pair):
        yield _from_finding(pair, finding, "boot" if finding.kind == "booted" else "host-changed")


def _tell_gaps(pair: Pair) -> Iterator[Entry]:
    """Gaps of the whole host that began and ended. The gaps of single processes have no entry."""
    yield from (_gap(pair, "gap-began", gap) for gap in _of_host(pair.new))
    yield from (_gap(pair, "gap-ended", gap) for gap in _of_host(pair.old))


def _of_host(side: Side) -> list[Gap]:
    return sorted((gap for gap in side.own_gaps if gap.pid is None), key=lambda gap: (gap.what, gap.why))


def _gap(pair: Pair, kind: Kind, gap: Gap) -> Entry:
    return _entry(pair.new, kind, name=gap.what, field=gap.why)


def _tell_containers(pair: Pair, spaces: Iterable[Finding]) -> Iterator[Entry]:
    brought = _brought(spaces)
    for finding in find_containers(pair):
        if finding.kind != "changed" or _is_told(finding):
            kind: Kind = f"container-{finding.kind}"  # type: ignore[assignment]
            types = brought.get(finding.key, ()) if finding.key in pair.explained else ()
            yield _from_finding(pair, finding, kind, types=types)
    for finding in find_limits(pair):
        yield _from_finding(pair, finding, "container-reconfigured", field=f"limits.{finding.field}")


def _is_told(finding: Finding) -> bool:
    """Whether a change of state is news. An engine reports late what the processes already showed."""
    states = {finding.before, finding.after}
    return finding.field == "state" and ("paused" in states or not states & {"created", "running"})


def _tell_returned(pair: Pair, spaces: Iterable[Finding], returned: Collection[Key]) -> Iterator[Entry]:
    brought = _brought(spaces)
    for key in sorted(returned):
        container = pair.new.containers[key]
        facts = {"container": key, "where": container.title, "key": key, "name": container.title}
        after = str(container.init_pid)
        yield _entry(
            pair.new, "container-restarted", **facts, field="init_pid", after=after, types=brought.get(key, ())
        )


def _brought(spaces: Iterable[Finding]) -> dict[Key, tuple[NamespaceType, ...]]:
    """Container → the types of the namespaces that came or went with it."""
    found: dict[Key, list[Finding]] = {}
    for finding in spaces:
        if finding.container is not None:
            found.setdefault(finding.container, []).append(finding)
    return {key: _types(findings) for key, findings in found.items()}


def _tell_sharing(pair: Pair) -> Iterator[Entry]:
    """One entry for all types that a container begins or ceases to share with the same partners.

    It is noise if sharing ends with the container, or if every container shares this type with the host by default.
    """
    groups: dict[tuple[str, str, tuple[Key, ...], bool], list[Finding]] = {}
    for finding in find_sharing(pair):
        usual = finding.type in _USUAL and finding.partners == (HOST_PARTNER,)
        ends = finding.kind == "ended" and finding.key not in pair.new.homes
        groups.setdefault((finding.key, finding.kind, finding.partners, usual or ends), []).append(finding)
    for (_, kind, _, noise), findings in groups.items():
        told: Kind = "sharing-began" if kind == "began" else "sharing-ended"
        names = tuple(HOST if key == HOST_PARTNER else pair.title(key) for key in findings[0].partners)
        yield _from_finding(pair, findings[0], told, types=_types(findings), partner_names=names, noise=noise)


def _tell_moves(pair: Pair) -> Iterator[Entry]:
    """One entry for each process that is in other namespaces now, however many they are.

    A process that arrived in the namespaces of its container was being started. That is noise.
    """
    groups: dict[Key, list[Finding]] = {}
    for finding in find_moves(pair):
        groups.setdefault(finding.key, []).append(finding)
    for key, findings in groups.items():
        home = pair.new.homes.get(findings[0].container or "")
        arrived = home is not None and home.namespaces == pair.new.own[key].namespaces
        yield _from_finding(pair, findings[0], "namespace-joined", types=_types(findings), noise=arrived)


def _tell_entered(pair: Pair) -> Iterator[Entry]:
    """Processes first seen in a foreign namespace, which is the host's or that of another container."""
    for process in () if _is_all_new(pair) else pair.came:
        foreign = _foreign(pair.new, process)
        if foreign and not _is_on_its_way(process):
            home = _belongs(pair.new, process)
            facts = _process(pair, process, types=tuple(foreign))
            first = foreign[0]
            before = pair.new.tell(home.get(first))
            after = pair.new.tell(getattr(process.namespaces, first))
            yield _entry(pair.new, "namespace-joined", **facts, before=before, after=after)


def _foreign(side: Side, process: Process) -> list[NamespaceType]:
    home = _belongs(side, process)
    return [
        kind
        for kind, key in process.namespaces
        if key is not None
        and kind in home
        and key != home[kind]
        and (key == side.initial.get(kind) or side.holders.of(key))
    ]


def _belongs(side: Side, process: Process) -> dict[str, Key]:
    """The home namespaces of a process: those of its container or of the host, as far as they are known."""
    if process.container is None:
        return side.initial
    home = side.homes.get(process.container)
    return {} if home is None else {kind: key for kind, key in home.namespaces if key is not None}


def _is_on_its_way(process: Process) -> bool:
    """Whether it is the container's init, or a runtime that has not yet executed what it was asked to start."""
    return process.role == "init" or process.comm.partition(":")[0] in _STAGES


def _is_all_new(pair: Pair) -> bool:
    """Whether new processes say nothing: the host was booted, or its processes could not be read before."""
    return pair.rebooted or pair.lacks(pair.old, "proc")


def _tell_executed(pair: Pair, matcher: Matcher) -> Iterator[Entry]:
    """Processes that were executed in a container from outside, once the runtime has become them."""
    if _is_all_new(pair):
        return
    for process in pair.came:
        if _is_executed(process):
            yield _executed(pair, process, matcher)
    for old, new in pair.stayed:
        if _is_executed(new) and not _is_executed(old):
            yield _executed(pair, new, matcher)


def _is_executed(process: Process) -> bool:
    return process.role == "exec" and not _is_on_its_way(process)


def _executed(pair: Pair, process: Process, matcher: Matcher) -> Entry:
    facts = _process(pair, process, after=command_of(process))
    return _entry(pair.new, "exec", **facts, noise=matcher.match(process) is not None)


def _process(pair: Pair, process: Process, **facts: object) -> dict[str, object]:
    return {
        "container": process.container,
        "where": pair.title(process.container),
        "key": process.key,
        "pid": process.pid,
        "inside": process.nspid[-1] if len(process.nspid) > 1 else None,
        "name": process.comm,
        **facts,
    }


def _tell_namespaces(pair: Pair, spaces: Iterable[Finding]) -> Iterator[Entry]:
    """Namespaces that did not come or go with a container. One entry for all of one kind and container."""
    groups: dict[tuple[str, Key | None], list[Finding]] = {}
    for finding in spaces:
        if finding.kind == "recreated" or finding.container not in pair.explained:
            groups.setdefault((finding.kind, finding.container), []).append(finding)
    for (kind, container), findings in groups.items():
        first, noise = findings[0], container in pair.explained or _has_another_home(pair, container)
        facts = {"types": _types(findings), "times": len(findings), "noise": noise}
        yield _from_finding(pair, first, _NAMESPACES[kind], **facts)


def _has_another_home(pair: Pair, container: Key | None) -> bool:
    """Whether a container has another home process. Its namespaces follow from that."""
    old, new = (side.homes.get(container or "") for side in (pair.old, pair.new))
    return (old and old.key) != (new and new.key)


def _types(findings: Iterable[Finding]) -> tuple[NamespaceType, ...]:
    return tuple(dict.fromkeys(finding.type for finding in findings if finding.type is not None))


def _shorten(entries: list[Entry]) -> Iterator[Entry]:
    """The first entries of each kind, and one entry that counts the others."""
    seen: dict[Kind, int] = {}
    over: dict[Kind, Entry] = {}
    for entry in entries:
        seen[entry.kind] = seen.get(entry.kind, 0) + 1
        if seen[entry.kind] <= MOST_ALIKE:
            yield entry
        elif entry.kind in over:
            over[entry.kind] = _count(over[entry.kind], entry)
        else:
            over[entry.kind] = Entry(
                entry.seq, entry.at, entry.kind, times=entry.times, first_seq=entry.seq, first_at=entry.at
            )
    yield from over.values()
