"""The host as last looked at, indexed so that a few processes can be replaced without going through the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from inspector.agent.collect.nsfs import Places, Seen, Spot
from inspector.agent.collect.procfs import parse_stat
from inspector.agent.scan.read_processes import Look, Taken
from inspector.errors import MalformedProc
from inspector.facts.types import Gap, HostInfo, Namespace, Process


class Replaced(msgspec.Struct, frozen=True):
    """What a few processes were, and are; those that are as they were are left out."""

    gone: tuple[Process, ...] = ()
    come: tuple[Process, ...] = ()
    gaps_before: tuple[Gap, ...] = ()
    gaps_after: tuple[Gap, ...] = ()
    spaces_gone: tuple[Namespace, ...] = ()
    spaces_come: tuple[Namespace, ...] = ()


class Spaces:
    """The namespaces of a picture: those that processes live in, and those that own or hold them.

    :param keys: of each namespace seen.
    """

    def __init__(self, keys: Mapping[Seen, str], initial: set[Seen]) -> None:
        self.keys = dict(keys)
        self._initial = initial
        self._holders: Counter[Seen] = Counter()
        self._told = set(keys)

    def __contains__(self, seen: Seen) -> bool:
        return seen in self.keys

    def __iter__(self) -> Iterator[Seen]:
        return iter(self.keys)

    def count_initial(self) -> int:
        """How many of the host's own namespaces are known."""
        return len(self._initial)

    def enter(self, places: Places, processes: int = 1) -> None:
        for place in places:
            if isinstance(place, Seen):
                self._hold(place, processes)

    def leave(self, places: Places) -> None:
        for place in places:
            if isinstance(place, Seen):
                self._let_go(place)

    def settle(self, seen: Iterable[Seen]) -> tuple[tuple[Namespace, ...], tuple[Namespace, ...]]:
        """Which of these namespaces went, and which came, since this was last asked."""
        gone, come = [], []
        for space in seen:
            held = self._holders[space] > 0
            if held and space not in self._told:
                self._told.add(space)
                come.append(self.describe(space))
            elif not held and space in self._told:
                self._told.discard(space)
                gone.append(self.describe(space))
        return tuple(gone), tuple(come)

    def forget(self, seen: Iterable[Seen]) -> None:
        """Drop those of these that are no more."""
        for space in seen:
            if not self._holders[space]:
                del self._holders[space]
                self.keys.pop(space, None)

    def describe(self, seen: Seen) -> Namespace:
        return Namespace(
            key=self.keys[seen],
            type=seen.spot.kind,
            inode=seen.spot.inode,
            ns_id=seen.ns_id,
            initial=seen in self._initial,
            owner=self.keys.get(seen.owner) if seen.owner else None,
            parent=self.keys.get(seen.parent) if seen.parent else None,
        )

    def _hold(self, seen: Seen, times: int = 1) -> None:
        before = self._holders[seen]
        self._holders[seen] = before + times
        if not before:
            for above in _above(seen):
                self._hold(above)

    def _let_go(self, seen: Seen) -> None:
        self._holders[seen] -= 1
        if not self._holders[seen]:
            for above in _above(seen):
                self._let_go(above)


class Picture:
    """By pid, what was made of each process; and who is whose child."""

    def __init__(self, host: HostInfo, taken: dict[int, Taken], spaces: Spaces) -> None:
        self.host = host
        self.taken = taken
        self.spaces = spaces
        self.ended = {pid for pid, one in taken.items() if one.ended}
        self._children: dict[int, set[int]] = {}
        lived: dict[int, tuple[Places, int]] = {}
        for one in taken.values():
            self._add_child(one)
            lived[id(one.places)] = one.places, lived.get(id(one.places), (None, 0))[1] + 1
        for places, processes in lived.values():
            spaces.enter(places, processes)

    def processes(self) -> list[Process]:
        """All of them, without role."""
        return [one.process for one in self.taken.values() if one.process is not None]

    def children_of(self, pid: int) -> Iterable[int]:
        return tuple(self._children.get(pid, ()))

    def replace(self, look: Look) -> Replaced:
        """Put in what a look at some processes made of them. Cost: those processes."""
        pids = [pid for pid in (*look.taken, *look.gone) if look.taken.get(pid) != self.taken.get(pid)]
        before = [self.taken[pid] for pid in pids if pid in self.taken]
        after = [look.taken[pid] for pid in pids if pid in look.taken]
        for one in after:
            self.spaces.enter(one.places)
        for one in before:
            self.spaces.leave(one.places)
            self._remove_child(one)
        for one in after:
            self._add_child(one)
        self._keep(pids, look.taken)
        concerned = _closure(one.places for one in (*before, *after))
        spaces_gone, spaces_come = self.spaces.settle(concerned)
        self.spaces.forget(concerned)
        return Replaced(
            *(_processes(before), _processes(after)),
            *(_gaps(before), _gaps(after)),
            *(spaces_gone, spaces_come),
        )

    def _keep(self, pids: Iterable[int], taken: Mapping[int, Taken]) -> None:
        for pid in pids:
            one = taken.get(pid)
            self.ended.discard(pid)
            if one is None:
                self.taken.pop(pid, None)
            else:
                self.taken[pid] = one
                if one.ended:
                    self.ended.add(pid)

    def _add_child(self, one: Taken) -> None:
        if one.process is not None:
            self._children.setdefault(one.process.ppid, set()).add(one.process.pid)

    def _remove_child(self, one: Taken) -> None:
        if one.process is not None:
            siblings = self._children[one.process.ppid]
            siblings.discard(one.process.pid)
            if not siblings:
                del self._children[one.process.ppid]


class Witnesses:
    """Who can tell whether a namespace without a number is the one that was in its spot at the last look.

    It is if a process that lived in it still does: then it was never empty in between. To be asked while a descriptor
    on the namespace is open, so that the spot cannot change hands.

    :param proc: where a witness is looked up, to see that it is still there.
    """

    def __init__(self, proc: str, picture: Picture) -> None:
        self._proc = proc
        self._picture = picture
        self._in_spot = {seen.spot: seen for seen in picture.spaces if seen.ns_id is None}

    def find_same(self, spot: Spot) -> Seen | None:
        """The namespace of the picture; ``None`` where there was none, or it may be another now."""
        seen = self._in_spot.get(spot)
        return seen if seen is not None and self._is_kept(seen) else None

    def _is_kept(self, seen: Seen) -> bool:
        lived = (one for one in self._picture.taken.values() if seen in one.places)
        if any(self._still_lives(one, seen.spot) for one in lived):
            return True
        return any(self._is_kept(below) for below in self._picture.spaces if seen in _above(below))

    def _still_lives(self, one: Taken, spot: Spot) -> bool:
        assert one.process is not None
        folder = f"{self._proc}/{one.process.pid}"
        try:
            if str(Path(folder, "ns", spot.kind).readlink()) != f"{spot.kind}:[{spot.inode}]":
                return False
            with open(f"{folder}/stat", "rb") as file:
                return parse_stat(file.read()).start_ticks == one.process.start_ticks
        except (OSError, MalformedProc):
            return False


def _above(seen: Seen) -> Iterator[Seen]:
    """Its owner and its parent, as far as there are."""
    return (above for above in (seen.owner, seen.parent) if above is not None and above is not seen)


def _closure(lived: Iterable[Places]) -> list[Seen]:
    """The namespaces in these places, and all above them."""
    found: dict[Seen, None] = {}
    waiting = [place for places in lived for place in places if isinstance(place, Seen)]
    while waiting:
        seen = waiting.pop()
        if seen not in found:
            found[seen] = None
            waiting.extend(_above(seen))
    return list(found)


def _processes(taken: Iterable[Taken]) -> tuple[Process, ...]:
    return tuple(one.process for one in taken if one.process is not None)


def _gaps(taken: Iterable[Taken]) -> tuple[Gap, ...]:
    return tuple(gap for one in taken for gap in one.gaps)
