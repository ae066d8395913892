"""Sharing: the partners with which each container began or stopped sharing a namespace. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

from inspector.analysis.compare.findings import Finding
from inspector.analysis.compare.pair import Pair
from inspector.analysis.compare.sides import Side
from inspector.facts.container_events import is_up
from inspector.facts.namespaces import TYPES, NamespaceType
from inspector.facts.types import Key

HOST_PARTNER: Final = "host"


def find_sharing(pair: Pair) -> Iterator[Finding]:
    """Sharing that began or ended, for each container and type. Both sides must have seen both partners."""
    old, new = pair.old, pair.new
    if _homes(old) == _homes(new) and old.initial == new.initial:
        return
    for key in sorted(old.sharing.keys() | new.sharing.keys(), key=lambda key: (pair.title(key), key)):
        for kind in TYPES:
            before, after = partners_of(old, key, kind), partners_of(new, key, kind)
            if before is None or after is None or before == after:
                continue
            yield from _sharing(pair, key, kind, "began", [who for who in after - before if knows(old, who, kind)])
            yield from _sharing(pair, key, kind, "ended", [who for who in before - after if knows(new, who, kind)])


def _homes(side: Side) -> dict[Key, Any]:
    up = {key for key, container in side.containers.items() if is_up(container)}
    return {key: side.homes[key].namespaces if key in side.homes else None for key in up}


def _sharing(pair: Pair, key: Key, kind: NamespaceType, told: str, partners: Collection[Key]) -> Iterator[Finding]:
    if not partners:
        return
    title = pair.title(key)
    first, second = _lives_in(pair.old, key, kind), _lives_in(pair.new, key, kind)
    yield Finding(
        group="sharing",
        kind=told,
        container=key,
        where=title,
        type=kind,
        key=key,
        name=title,
        before=pair.old.describe(first),
        after=pair.new.describe(second),
        before_key=first,
        after_key=second,
        partners=tuple(sorted(partners)),
    )


def _lives_in(side: Side, key: Key, kind: NamespaceType) -> Key | None:
    home = side.homes.get(key)
    return getattr(home.namespaces, kind) if home is not None else None


def is_usual_start(pair: Pair, finding: Finding) -> bool:
    """Whether a finding says only that a container that runs on one side shares what containers share by default."""
    if finding.group != "sharing" or finding.partners != (HOST_PARTNER,) or finding.type is None:
        return False
    side = pair.new if finding.kind == "began" else pair.old
    other = pair.old if finding.kind == "began" else pair.new
    return not is_up(other.containers.get(finding.key)) and finding.type in side.defaults


def partners_of(side: Side, key: Key, kind: NamespaceType) -> set[Key] | None:
    """The partners that share a container's namespace of a type. ``None``: unknown. Empty: it does not run."""
    if not is_up(side.containers.get(key)):
        return set()
    if key not in side.sharing:
        return None
    judged = side.sharing[key][TYPES.index(kind)]
    if judged.namespace is None:
        return None
    return {HOST_PARTNER} if judged.how == "host" else set(judged.containers)


def knows(side: Side, who: Key, kind: NamespaceType) -> bool:
    """Whether a side knows the namespace of a partner. Only then is it a fact that nothing was shared with them."""
    if who == HOST_PARTNER:
        return kind in side.initial
    return partners_of(side, who, kind) is not None
