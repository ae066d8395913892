"""Containers left behind: which of them are now in a namespace that another container has left. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.analysis.compare.findings import Finding, about_container
from inspector.analysis.compare.pair import Pair
from inspector.analysis.compare.sides import Side
from inspector.facts.left import Joining
from inspector.facts.mend import say_mend
from inspector.facts.namespaces import NamespaceType
from inspector.facts.types import Key

Place = tuple[Key, NamespaceType]


def find_left(pair: Pair) -> Iterator[Finding]:
    """Containers that were left behind, and those that are not any more.

    What one side could not see gives no finding here; the feed uses :func:`find_left_now`.
    """
    old, new = _joinings(pair.old), _joinings(pair.new)
    for place in sorted(old.keys() | new.keys()):
        before, after = old.get(place), new.get(place)
        if "unknown" in (_verdict(before), _verdict(after)):
            continue
        if _is_left(after) and not _is_left(before):
            yield _tell(pair, "began", after)
        if _is_left(before) and not _is_left(after):
            yield _tell(pair, "ended", before)


def find_left_now(pair: Pair) -> Iterator[Finding]:
    """The same between two snapshots that follow each other, for the feed.

    A container that was unknown before, and is left behind now, gives one too. One that ended gives none.
    """
    yield from (finding for finding in find_left(pair) if finding.kind == "began" or finding.key in pair.new.homes)
    old = _joinings(pair.old)
    for place, item in sorted(_joinings(pair.new).items()):
        if _is_left(item) and _verdict(old.get(place)) == "unknown":
            yield _tell(pair, "began", item)


def _joinings(side: Side) -> dict[Place, Joining]:
    return {(item.container, item.type): item for item in side.joinings}


def _verdict(item: Joining | None) -> str | None:
    return None if item is None else item.verdict


def _is_left(item: Joining | None) -> bool:
    return _verdict(item) == "left"


def _tell(pair: Pair, kind: str, item: Joining | None) -> Finding:
    assert item is not None
    side = pair.new if kind == "began" else pair.old
    other = item.target or item.wanted
    spaces = [_namespace_in(one, item) for one in (pair.old, pair.new)]
    return about_container(
        side.containers[item.container],
        "left",
        kind,
        type=item.type,
        field=item.how,
        before=pair.old.describe(spaces[0]),
        after=pair.new.describe(spaces[1]),
        before_key=spaces[0],
        after_key=spaces[1],
        partners=(other,),
        mend=_mend(pair, item) if kind == "began" else None,
    )


def _mend(pair: Pair, item: Joining) -> str:
    assert item.how is not None
    name = pair.title(item.target or item.wanted)
    same = (one.name for one in pair.new.containers.values() if item.how == "removed" and one.name == name)
    return say_mend(pair.new.containers[item.container], item, name, next(same, None))


def _namespace_in(side: Side, item: Joining) -> Key | None:
    home = side.homes.get(item.container)
    return getattr(home.namespaces, item.type) if home is not None else None
