"""Exposure: what a container shares, publishes or may do now and did not before, and the reverse. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from inspector.analysis.compare.find_sharing import HOST_PARTNER, knows, partners_of
from inspector.analysis.compare.headlines.headline import Clause, ClauseKind, Part, PartKind
from inspector.analysis.compare.pair import Pair
from inspector.analysis.compare.sides import Side
from inspector.facts.container_events import is_up
from inspector.facts.namespaces import TYPES, NamespaceType
from inspector.facts.ports import say_port
from inspector.facts.types import Container, Key, Port

Partners = dict[tuple[Key, ...], list[NamespaceType]]


def find_exposure(
    pair: Pair, before: Container | None, after: Container | None, replaced: Mapping[Key, Key]
) -> Iterator[Clause]:
    """What a container is exposed to, and whom it shares namespaces with, where that differs from before.

    :param replaced: new container → the one that it replaced; sharing with either is the same.
    """
    if after is None:
        return
    gained, lost = _compare_sharing(pair, before, after, replaced)
    host = (HOST_PARTNER,)
    exposed = [*_parts(pair.new, "host", {host: gained.pop(host, [])}), *_powers(before, after)]
    yield from _clause("exposed", exposed)
    yield from _clause("joined" if before is None else "shared", _parts(pair.new, "others", gained))
    less = [*_parts(pair.old, "not-host", {host: lost.pop(host, [])}), *_parts(pair.old, "not-others", lost)]
    yield from _clause("isolated", less)


def _compare_sharing(
    pair: Pair, before: Container | None, after: Container, replaced: Mapping[Key, Key]
) -> tuple[Partners, Partners]:
    """Partners → the types that are shared with them now and were not, and the reverse."""
    gained: Partners = {}
    lost: Partners = {}
    successors = {old: new for new, old in replaced.items()}
    for kind in TYPES:
        old = set() if before is None else partners_of(pair.old, before.id, kind)
        new = partners_of(pair.new, after.id, kind)
        if old is None or new is None:
            continue
        old = {successors.get(who, who) for who in old}
        more = {who for who in new - old if knows(pair.old, who, kind)}
        if not is_up(before) and kind in pair.new.defaults:
            more.discard(HOST_PARTNER)
        less = {who for who in old - new if knows(pair.new, who, kind) and not _is_left(pair, after.id, who, kind)}
        if not is_up(after):
            less.clear()
        for some, table in ((more, gained), (less, lost)):
            if some:
                table.setdefault(tuple(sorted(some)), []).append(kind)
    return gained, lost


def _is_left(pair: Pair, key: Key, who: Key, kind: NamespaceType) -> bool:
    """Whether two containers share no more because one of them was left behind: that isolates neither."""
    return any(
        item.type == kind and item.verdict == "left" and item.container in (key, who) for item in pair.new.joinings
    )


def _parts(side: Side, what: PartKind, partners: Partners) -> Iterator[Part]:
    for some, types in partners.items():
        if types:
            names = tuple(side.title(who) for who in some if who != HOST_PARTNER)
            yield Part(what, tuple(types), names)


def _clause(kind: ClauseKind, parts: Iterator[Part] | list[Part]) -> Iterator[Clause]:
    found = tuple(parts)
    if found:
        yield Clause(kind, parts=found)


def _powers(before: Container | None, after: Container) -> Iterator[Part]:
    """Ports, privileges and capabilities that it did not have."""
    ports = _published(before, after)
    if ports:
        yield Part("ports", names=ports)
    if after.declared is None or (before is not None and before.declared is None):
        return
    declared = before.declared if before is not None else None
    if after.declared.privileged and not (declared and declared.privileged):
        yield Part("privileged")
    added = sorted(set(after.declared.cap_add) - set(declared.cap_add if declared else ()))
    if added:
        yield Part("capabilities", names=tuple(added))


def _published(before: Container | None, after: Container) -> tuple[str, ...]:
    """The ports that are published now and were not, each once."""
    if after.ports is None or not is_up(after):
        return ()
    old: tuple[Port, ...] | None = before.ports if before is not None and is_up(before) else ()
    if old is None:
        return ()
    known = set(map(say_port, old))
    return tuple(dict.fromkeys(text for text in map(say_port, after.ports) if text not in known))
