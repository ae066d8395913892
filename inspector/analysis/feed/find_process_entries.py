"""Entries about processes: those that moved, were executed, or began in foreign namespaces. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.analysis.compare.find_namespaces import find_moves
from inspector.analysis.compare.findings import Finding, command_of
from inspector.analysis.compare.noise import Matcher
from inspector.analysis.compare.pair import Pair
from inspector.analysis.compare.sides import Side
from inspector.analysis.feed.entries import Entry, entry_from, make_entry, types_of
from inspector.facts import capabilities
from inspector.facts.container_events import is_runtime
from inspector.facts.health_check import is_health_check
from inspector.facts.namespaces import NamespaceType
from inspector.facts.types import Key, Process


def find_moved(pair: Pair) -> Iterator[Entry]:
    """One entry for each process that is in other namespaces now, however many they are.

    A process that arrived in the namespaces of its container was being started. That is noise.
    """
    groups: dict[Key, list[Finding]] = {}
    for finding in find_moves(pair):
        groups.setdefault(finding.key, []).append(finding)
    for key, findings in groups.items():
        home = pair.new.homes.get(findings[0].container or "")
        arrived = home is not None and home.namespaces == pair.new.own[key].namespaces
        yield entry_from(pair, findings[0], "namespace-joined", types=types_of(findings), noise=arrived)


def find_entered(pair: Pair) -> Iterator[Entry]:
    """Processes first seen in a foreign namespace, which is the host's or that of another container."""
    for process in () if _is_all_new(pair) else pair.came:
        foreign = _foreign(pair.new, process)
        if foreign and not _is_starting(process):
            home = _home_namespaces(pair.new, process)
            facts = _process(pair, process, types=tuple(foreign))
            first = foreign[0]
            before = pair.new.describe(home.get(first))
            after = pair.new.describe(getattr(process.namespaces, first))
            yield make_entry(pair.new, "namespace-joined", **facts, before=before, after=after)


def find_gained(pair: Pair) -> Iterator[Entry]:
    """Processes that may make more capabilities effective than before, in the same user namespace.

    A new user namespace gives its first process all, but only over what that namespace owns. A runtime that sets up
    a container is noise.
    """
    for old, new in pair.stayed:
        if old.confinement is None or new.confinement is None or old.namespaces.user != new.namespaces.user:
            continue
        gained = new.confinement.permitted & ~old.confinement.permitted
        if gained:
            facts = _process(pair, new, after=capabilities.say(gained))
            yield make_entry(pair.new, "capabilities-gained", **facts, noise=is_runtime(new))


def find_executed(pair: Pair, matcher: Matcher) -> Iterator[Entry]:
    """Processes that were executed in a container from outside, once the runtime has become them."""
    if _is_all_new(pair):
        return
    for process in pair.came:
        if _is_executed(process):
            yield _executed(pair, process, matcher)
    for old, new in pair.stayed:
        if _is_executed(new) and not _is_executed(old):
            yield _executed(pair, new, matcher)


def _foreign(side: Side, process: Process) -> list[NamespaceType]:
    home = _home_namespaces(side, process)
    return [
        kind
        for kind, key in process.namespaces
        if key is not None
        and kind in home
        and key != home[kind]
        and (key == side.initial.get(kind) or side.holders.of(key))
    ]


def _home_namespaces(side: Side, process: Process) -> dict[str, Key]:
    """The home namespaces of a process: those of its container or of the host, as far as they are known."""
    if process.container is None:
        return side.initial
    home = side.homes.get(process.container)
    return {} if home is None else {kind: key for kind, key in home.namespaces if key is not None}


def _is_starting(process: Process) -> bool:
    """Whether it is the container's init, or a runtime that has not yet executed what it was asked to start."""
    return process.role == "init" or is_runtime(process)


def _is_all_new(pair: Pair) -> bool:
    """Whether new processes are no news: the host was booted, or its processes could not be read before."""
    return pair.rebooted or pair.lacks(pair.old, "proc")


def _is_executed(process: Process) -> bool:
    return process.role == "exec" and not _is_starting(process)


def _executed(pair: Pair, process: Process, matcher: Matcher) -> Entry:
    facts = _process(pair, process, after=command_of(process))
    check = is_health_check(pair.new.containers.get(process.container or ""), process.cmdline)
    return make_entry(pair.new, "exec", **facts, noise=check or matcher.match(process) is not None)


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
