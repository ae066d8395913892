"""What holds namespaces, as it was found last, and as facts."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import get_args

from inspector.agent.collect.holders.held import Found, Held, HolderFinder
from inspector.agent.collect.nsfs import NamespaceScan, NsfsFile, ProcessNamespaces, ScannedNamespace
from inspector.agent.collect.read_errors import why
from inspector.agent.scan.namespace_identity import Member
from inspector.facts.types import MOST_HOLDERS, Gap, Holder, HolderKind, Holders

KINDS: tuple[HolderKind, ...] = get_args(HolderKind)

Trace = tuple[str, int | None, str, NsfsFile, int | None]


class HeldNamespaces:
    """The holders of successive searches.

    :param finder: ``None`` for a captured tree, which has none.
    """

    def __init__(self, finder: HolderFinder | None) -> None:
        self.gaps: tuple[Gap, ...] = ()
        self._finder = finder
        self._before: frozenset[Trace] | None = None

    @property
    def has_changed(self) -> bool:
        """Whether it is known, and cheap to find out, that something is held that was not, or no more."""
        return self._finder is not None and self._finder.has_changed

    @property
    def is_cheap(self) -> bool:
        return self._finder is not None and self._finder.is_cheap

    def find(self, scan: NamespaceScan, processes: Mapping[int, ProcessNamespaces]) -> list[Held]:
        """All holders, except descriptors of namespaces with processes that were not there at the last search.

        Many programs open the namespaces of a process for a moment: ``nsenter``, ``lsns``, runtimes, a scan.
        """
        found = self._ask(scan, processes)
        self.gaps = tuple(found.gaps)
        before, self._before = self._before, frozenset(map(_trace, found.held))
        inhabited = set(_inhabited(processes.values()))
        return [
            held
            for held in found.held
            if before is None
            or held.kind not in ("descriptor", "socket")
            or held.namespace not in inhabited
            or _trace(held) in before
        ]

    def _ask(self, scan: NamespaceScan, processes: Mapping[int, ProcessNamespaces]) -> Found:
        if self._finder is None:
            return Found([], [])
        try:
            return self._finder.find(scan, processes)
        except OSError as error:
            return Found([], [Gap(None, "holders", why(error.errno or errno.EIO))])


def as_members(held: Iterable[Held]) -> Iterator[Member]:
    """Holders as witnesses that a namespace without an id is still the same. They do not tell how old it is."""
    for one in held:
        where = one.mounted_in.file if one.mounted_in else ""
        yield Member(f"{one.kind} {one.pid} {one.name} {where}", None, (one.namespace,))


def as_facts(
    held: Iterable[Held], keys: Mapping[ScannedNamespace, str]
) -> dict[ScannedNamespace, tuple[Holders, ...]]:
    """The holders of each namespace: each kind once, with the first few."""
    by_namespace: dict[ScannedNamespace, set[tuple[HolderKind, Holder]]] = {}
    for one in held:
        within = None if one.mounted_in is None else keys.get(one.mounted_in)
        by_namespace.setdefault(one.namespace, set()).add((one.kind, Holder(one.pid, within, one.name)))
    return {namespace: tuple(_group(holders)) for namespace, holders in by_namespace.items()}


def _group(holders: Iterable[tuple[HolderKind, Holder]]) -> Iterator[Holders]:
    ordered = sorted(holders, key=lambda pair: (KINDS.index(pair[0]), _order(pair[1])))
    for kind, pairs in groupby(ordered, key=lambda pair: pair[0]):
        some = tuple(holder for _, holder in pairs)
        yield Holders(kind, len(some), some[:MOST_HOLDERS])


def _order(holder: Holder) -> tuple[int, int, str, str]:
    """By process and number, mounts by path."""
    number = int(holder.name) if holder.pid is not None else 0
    return holder.pid or 0, number, holder.name, holder.mount_namespace or ""


def _trace(held: Held) -> Trace:
    return held.kind, held.pid, held.name, held.namespace.file, held.namespace.ns_id


def _inhabited(sets: Iterable[ProcessNamespaces]) -> Iterator[ScannedNamespace]:
    for places in {id(places): places for places in sets}.values():
        yield from (place for place in places if isinstance(place, ScannedNamespace))
