"""Entries of one snapshot: what the comparison with the snapshot before finds. Pure.

There are entries also for processes that are executed in a container, and for processes first seen in foreign
namespaces. Nothing is said twice: the namespaces that come and go with a container are part of its entry. Health
checks, short-lived processes and runtimes that set up a container are marked as noise. Noise is counted, not listed:
see :class:`inspector.analysis.feed.tally.Tally`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from inspector.analysis.compare.differences import find_host
from inspector.analysis.compare.findings import Finding
from inspector.analysis.compare.noise import Matcher
from inspector.analysis.compare.pair import Pair
from inspector.analysis.compare.sides import Side
from inspector.analysis.feed.entries import Entry, Kind, entry_from, make_entry
from inspector.analysis.feed.find_container_entries import (
    find_container_entries,
    find_later_limits,
    find_left_entries,
    find_restarts,
    find_sharing_entries,
)
from inspector.analysis.feed.find_isolate_entries import find_isolate_entries
from inspector.analysis.feed.find_namespace_entries import (
    find_changes_of_namespaces,
    find_namespace_entries,
    find_orphan_entries,
)
from inspector.analysis.feed.find_process_entries import find_entered, find_executed, find_gained, find_moved
from inspector.analysis.feed.tally import shorten
from inspector.facts.types import Container, Gap, Key

NO_CONTAINERS: Final[Mapping[Key, Container]] = MappingProxyType({})


def find_entries(
    pair: Pair,
    matcher: Matcher,
    returned: Mapping[Key, Container] = NO_CONTAINERS,
    settled: Mapping[Key, Container] = NO_CONTAINERS,
) -> list[Entry]:
    """The entries for two snapshots that follow each other.

    :param matcher: says which command lines are health checks.
    :param returned: containers that have an init again after they ran for a while without one, as they were with the
        earlier init.
    :param settled: containers that run again, as they were when they ran before.
    """
    spaces = find_changes_of_namespaces(pair)
    isolated, explained = find_isolate_entries(pair, spaces)
    entries = [
        *_find_host_entries(pair),
        *_find_gaps(pair),
        *(() if _stands_still(pair) else _find_all_of_containers(pair, spaces)),
        *find_restarts(pair, spaces, returned),
        *find_later_limits(pair, settled),
        *find_moved(pair),
        *find_entered(pair),
        *find_executed(pair, matcher),
        *find_gained(pair),
        *isolated,
        *find_namespace_entries(pair, (finding for finding in spaces if finding.key not in explained)),
        *find_orphan_entries(pair),
    ]
    return list(shorten(entries))


def _find_all_of_containers(pair: Pair, spaces: list[Finding]) -> Iterator[Entry]:
    yield from find_container_entries(pair, spaces)
    yield from find_sharing_entries(pair)
    yield from find_left_entries(pair)


def _stands_still(pair: Pair) -> bool:
    """Whether both sides hold the same objects for containers, homes and namespaces, as at most snapshots."""
    old, new = pair.old, pair.new
    return old.containers is new.containers and old.homes is new.homes and old.spaces is new.spaces


def _find_host_entries(pair: Pair) -> Iterator[Entry]:
    for finding in find_host(pair):
        yield entry_from(pair, finding, "boot" if finding.kind == "booted" else "host-changed")


def _find_gaps(pair: Pair) -> Iterator[Entry]:
    """Gaps of the whole host that began and ended. The gaps of single processes have no entry."""
    yield from (_gap(pair, "gap-began", gap) for gap in _of_host(pair.new))
    yield from (_gap(pair, "gap-ended", gap) for gap in _of_host(pair.old))


def _of_host(side: Side) -> list[Gap]:
    return sorted((gap for gap in side.own_gaps if gap.pid is None), key=lambda gap: (gap.what, gap.why))


def _gap(pair: Pair, kind: Kind, gap: Gap) -> Entry:
    return make_entry(pair.new, kind, name=gap.what, field=gap.why)
