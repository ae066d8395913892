"""Namespaces: which of them appeared, disappeared or changed, and which processes moved between them.

Services and sandboxes began or ended with them. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import msgspec

from inspector.analysis.compare.findings import Finding, inner_pid, text_of
from inspector.analysis.compare.pair import Pair
from inspector.analysis.compare.sides import Side
from inspector.facts.holders import say_holders
from inspector.facts.isolation.isolated import Isolate, find_isolates
from inspector.facts.namespaces import TYPES
from inspector.facts.types import Key, Namespace, Process

_RUNTIMES: Final = ("runc", "crun", "youki")
_NAMESPACE_FIELDS: Final = ("inode", "ns_id", "initial", "owner", "parent")


def find_moves(pair: Pair) -> Iterator[Finding]:
    """Processes that left one namespace for another. Both namespaces must be known.

    Positional arguments make findings quickly: there are eight for each process of a container that was recreated.
    """
    for old, new in pair.relinked:
        where, inside = pair.title(new.container), inner_pid(new)
        about = new.key, new.pid, inside, new.comm, None
        for (kind, before), (_, after) in zip(old.namespaces, new.namespaces, strict=True):
            if before != after and before is not None and after is not None:
                told = pair.old.describe(before), pair.new.describe(after)
                yield Finding("moved", "moved", new.container, where, kind, *about, *told, before, after)


def find_namespaces(pair: Pair) -> Iterator[Finding]:
    """Namespaces that appeared, disappeared, changed, or were re-created under the same number."""
    came, went = _came_and_went(pair)
    numbers: dict[tuple[str, int], list[Namespace]] = {}
    for space in () if pair.rebooted else went:
        numbers.setdefault((space.type, space.inode), []).append(space)
    told = set()
    for space in came:
        before = numbers.get((space.type, space.inode))
        if before:
            told |= {before[0].key, space.key}
            yield about_namespace(pair, "recreated", before.pop(0), space)
    yield from (about_namespace(pair, "appeared", None, space) for space in came if space.key not in told)
    yield from (about_namespace(pair, "disappeared", space, None) for space in went if space.key not in told)
    yield from _changed_namespaces(pair)


def find_orphaned(pair: Pair) -> Iterator[Finding]:
    """Namespaces that stay and whose last process left, and those without a process in which one lives again."""
    again, unseen = _half_seen(pair)
    old, new = pair.old.spaces, pair.new.spaces

    def order(key: Key) -> tuple[int, str]:
        return _space_order(new[key])

    for key in sorted((pair.new.deserted & old.keys() & new.keys()) - unseen, key=order):
        if new[key].holders:
            told = about_namespace(pair, "orphaned", old[key], new[key], side=pair.old)
            yield msgspec.structs.replace(told, after=say_holders(new[key]))
    for key in sorted((pair.old.deserted & old.keys() & new.keys()) - again, key=order):
        if old[key].holders:
            told = about_namespace(pair, "joined", old[key], new[key])
            yield msgspec.structs.replace(told, before=say_holders(old[key]))


def _came_and_went(pair: Pair) -> tuple[list[Namespace], list[Namespace]]:
    """The namespaces that appeared and those that disappeared. A namespace that a side could not read is neither."""
    old, new = pair.old.spaces, pair.new.spaces
    again, unseen = seen_on_one_side(pair)
    came = [space for key, space in new.items() if key not in old and key not in again]
    went = [space for key, space in old.items() if key not in new and key not in unseen]
    return sorted(came, key=_space_order), sorted(went, key=_space_order)


def seen_on_one_side(pair: Pair) -> tuple[set[Key], set[Key]]:
    """The namespaces that only the new side could read, and those that only the old side could.

    A member is on both sides, and its link was read on one side only.
    """
    again, unseen = _half_seen(pair)
    return again - pair.old.spaces.keys(), unseen - pair.new.spaces.keys()


def _half_seen(pair: Pair) -> tuple[set[Key], set[Key]]:
    """The namespaces with members that only the new side could read, and with those that only the old side could."""
    again, unseen = set(), set()
    for _, _, _, before, after in pair.half_read:
        if after is not None:
            again.add(after)
        elif before is not None:
            unseen.add(before)
    if pair.lacks(pair.old, "proc"):
        again |= pair.new.spaces.keys()
    if pair.lacks(pair.new, "proc"):
        unseen |= pair.old.spaces.keys()
    return again, unseen


def _space_order(space: Namespace) -> tuple[int, str]:
    return TYPES.index(space.type), space.key


def about_namespace(
    pair: Pair,
    kind: str,
    before: Namespace | None,
    after: Namespace | None,
    side: Side | None = None,
    **facts: Any,
) -> Finding:
    """A finding about a namespace, ``None`` where it was not there.

    :param side: which one says whose it is; the later one that has it, unless told.
    :param facts: further fields of the finding.
    """
    space, later = (after, pair.new) if after is not None else (before, pair.old)
    assert space is not None
    first = before.key if before is not None else None
    second = after.key if after is not None else None
    holders = (side or later).holders.of(space.key)
    container = holders[0] if len(holders) == 1 else None
    return Finding(
        group=facts.pop("group", "namespaces"),
        kind=kind,
        container=container,
        where=pair.title(container),
        type=space.type,
        key=space.key,
        name=f"{space.type}:[{space.inode}]",
        before=pair.old.describe(first),
        after=pair.new.describe(second),
        before_key=first,
        after_key=second,
        **facts,
    )


def _changed_namespaces(pair: Pair) -> Iterator[Finding]:
    old, new = pair.old.spaces, pair.new.spaces
    for key in sorted(old.keys() & new.keys()):
        if old[key] == new[key]:
            continue
        for name in _NAMESPACE_FIELDS:
            first, second = getattr(old[key], name), getattr(new[key], name)
            if first != second:
                told = about_namespace(pair, "changed", old[key], new[key], field=name)
                yield msgspec.structs.replace(told, before=text_of(first), after=text_of(second))


class Isolated(NamedTuple):
    """An isolate that one side has and the other has not."""

    kind: str  # began, ended
    isolate: Isolate
    processes: tuple[Process, ...]  # the topmost first
    spaces: frozenset[Key]  # the namespaces that came or went with it

    @property
    def prepares(self) -> bool:
        """Whether a runtime prepares a container there."""
        return any(process.comm.startswith(_RUNTIMES) for process in self.processes)


def find_isolated(pair: Pair, spaces: Iterable[Finding]) -> Iterator[Finding]:
    """Services and sandboxes that began or ended, without those in which a runtime prepares a container.

    :param spaces: the findings about namespaces.
    """
    for kind, isolate, (first, *_), _ in (found for found in isolated_between(pair, spaces) if not found.prepares):
        types = " ".join(isolate.types)
        ends = {"after": types} if kind == "began" else {"before": types}
        place = {"key": first.key, "pid": first.pid, "inside": inner_pid(first)}
        yield Finding("isolated", kind, name=isolate.name, field=isolate.kind, **place, **ends)  # type: ignore[arg-type]


def isolated_between(pair: Pair, spaces: Iterable[Finding]) -> Iterator[Isolated]:
    """A service or sandbox began where all its namespaces appeared, and ended where all of them disappeared."""
    findings = [finding for finding in spaces if finding.container is None]
    for change, kind, side in (("appeared", "began", pair.new), ("disappeared", "ended", pair.old)):
        keys = {finding.key for finding in findings if finding.kind == change}
        for isolate in _isolates(side, keys) if keys else ():
            processes = tuple(side.own[key] for key in isolate.processes)
            known = {key for process in processes for key in process.namespaces.known()}
            yield Isolated(kind, isolate, processes, frozenset(known & keys))


def _isolates(side: Side, keys: set[Key]) -> tuple[Isolate, ...]:
    """What is isolated by these namespaces alone. A process that shares another one belongs to what was there."""
    initial = {key for key, space in side.spaces.items() if space.initial}
    alone = keys | initial
    members = [process for process in side.own.values() if alone.issuperset(process.namespaces.known())]
    inside = (process for process in side.own.values() if process.container is not None)
    taken = initial.union(*(process.namespaces.known() for process in (*inside, *side.homes.values())))
    return find_isolates(members, taken, {side.spaces[key].type for key in initial})
