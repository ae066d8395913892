"""Namespaces: which of them appeared, disappeared or changed, and which processes moved between them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from inspector.analysis.compare.findings import Finding, inner_pid, text_of
from inspector.analysis.compare.pair import Pair
from inspector.facts.namespaces import TYPES
from inspector.facts.types import Key, Namespace

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
    return again - pair.old.spaces.keys(), unseen - pair.new.spaces.keys()


def _space_order(space: Namespace) -> tuple[int, str]:
    return TYPES.index(space.type), space.key


def about_namespace(
    pair: Pair, kind: str, before: Namespace | None, after: Namespace | None, **facts: Any
) -> Finding:
    """A finding about a namespace, ``None`` where it was not there. ``facts`` are further fields of the finding."""
    space, side = (after, pair.new) if after is not None else (before, pair.old)
    assert space is not None
    first = before.key if before is not None else None
    second = after.key if after is not None else None
    holders = side.holders.of(space.key)
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
