"""Entries about what is isolated without a container: services and sandboxes that began or ended. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from inspector.analysis.compare.findings import Finding
from inspector.analysis.compare.pair import Pair
from inspector.analysis.compare.sides import Side
from inspector.analysis.feed.entries import Entry, Kind, make_entry
from inspector.facts.isolated import Isolate, find_isolates
from inspector.facts.types import Key

_RUNTIMES: Final = ("runc", "crun", "youki")
_TOLD: Final = (("appeared", "isolate-began"), ("disappeared", "isolate-ended"))


def find_isolate_entries(pair: Pair, spaces: Iterable[Finding]) -> tuple[list[Entry], set[Key]]:
    """The entries, and the namespaces that they tell of.

    :param spaces: the changes of namespaces. A service or sandbox began where all its namespaces appeared.
    """
    findings = list(spaces)
    entries: list[Entry] = []
    told: set[Key] = set()
    for change, kind in _TOLD:
        side = pair.new if change == "appeared" else pair.old
        keys = {finding.key for finding in findings if finding.kind == change and finding.container is None}
        for isolate in _isolates(side, keys) if keys else ():
            entries.append(_entry(pair, side, kind, isolate))
            told.update(_keys_of(side, isolate) & keys)
    return entries, told


def _isolates(side: Side, keys: set[Key]) -> tuple[Isolate, ...]:
    """What is isolated by these namespaces alone. A process that shares another one belongs to what was there."""
    initial = {key for key, space in side.spaces.items() if space.initial}
    alone = keys | initial
    members = [process for process in side.own.values() if alone.issuperset(process.namespaces.known())]
    inside = (process for process in side.own.values() if process.container is not None)
    taken = initial.union(*(process.namespaces.known() for process in (*inside, *side.homes.values())))
    return find_isolates(members, taken, {side.spaces[key].type for key in initial})


def _entry(pair: Pair, side: Side, kind: str, isolate: Isolate) -> Entry:
    first = side.own[isolate.processes[0]]
    told: Kind = kind  # type: ignore[assignment]
    return make_entry(
        pair.new,
        told,
        key=isolate.processes[0],
        pid=first.pid,
        name=isolate.name,
        field=isolate.kind,
        types=isolate.types,
        noise=any(side.own[key].comm.startswith(_RUNTIMES) for key in isolate.processes),
    )


def _keys_of(side: Side, isolate: Isolate) -> set[Key]:
    return {key for process in isolate.processes for key in side.own[process].namespaces.known()}
