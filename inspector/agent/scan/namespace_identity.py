"""Which key each namespace of a scan has: by the kernel's number, or by inode and age where it gives none.

Without a number, an inode that is met again may belong to another namespace. It is the same one as long as at least
one process that was in it at the last look still is: it was never empty in between. Pure, but for its memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from inspector.agent.collect.nsfs import Places, Seen, Spot
from inspector.facts.namespaces import fallback_key, namespace_key


class Member(NamedTuple):
    """A process, as far as it tells namespaces apart."""

    key: str
    start_ticks: int
    places: Places


class Keys:
    """Gives keys to the namespaces of one scan after the other."""

    def __init__(self) -> None:
        self._keys: dict[Spot, str] = {}
        self._places: dict[str, Places] = {}
        self._below: dict[Spot, set[str]] = {}

    def assign(self, boot_id: str, spaces: Iterable[Seen], members: Iterable[Member]) -> dict[Seen, str]:
        """The key of every namespace; ``members`` is not looked at where the kernel numbers them all.

        Cost: without numbers one look-up per process.
        """
        keys, unnumbered = _split(boot_id, spaces)
        if unnumbered:
            fallback = _Fallback(boot_id, unnumbered, list(members), self)
            keys.update(fallback.assign())
            self._keys, self._places, self._below = fallback.keys, fallback.places, fallback.held
        return keys

    def add(self, boot_id: str, fresh: Iterable[Seen], members: Iterable[Member]) -> dict[Seen, str]:
        """The keys of namespaces met for the first time, by a look at a few processes.

        :param members: those of the processes that are not as they were. What is known of all others is kept.
        """
        keys, unnumbered = _split(boot_id, fresh)
        if unnumbered or self._keys:
            fallback = _Fallback(boot_id, unnumbered, list(members), self)
            keys.update(fallback.assign())
            self._keys.update(fallback.keys)
            self._places.update(fallback.places)
            for spot, held in fallback.held.items():
                self._below[spot] = self._below.get(spot, set()) | held
        return keys

    def find_inhabited(self, members: Iterable[Member]) -> set[Spot]:
        """The spots in which some process was at the last look and still is."""
        pairs = {
            (id(before), id(member.places)): (before, member.places)
            for member in members
            if (before := self._places.get(member.key)) is not None
        }
        return {spot for before, now in pairs.values() for spot in _spots(before) & _spots(now)}

    def key_before(self, spot: Spot) -> str | None:
        return self._keys.get(spot)

    def held_before(self, spot: Spot) -> set[str]:
        """The keys of the namespaces that the one in this spot owned, or was the parent of, at the last look."""
        return self._below.get(spot, set())


def _split(boot_id: str, spaces: Iterable[Seen]) -> tuple[dict[Seen, str], list[Seen]]:
    """The keys of those that have a number, and those that have none."""
    keys: dict[Seen, str] = {}
    unnumbered: list[Seen] = []
    for seen in spaces:
        if seen.ns_id is None:
            unnumbered.append(seen)
        else:
            keys[seen] = namespace_key(boot_id, seen.spot.kind, seen.ns_id)
    return keys, unnumbered


class _Fallback:
    """The indexes for one scan on a kernel that does not number its namespaces."""

    def __init__(self, boot_id: str, spaces: Sequence[Seen], members: Sequence[Member], memory: Keys) -> None:
        self._boot_id = boot_id
        self._spaces = spaces
        self._memory = memory
        self._inhabited = memory.find_inhabited(members)
        self._oldest = _find_oldest(members)
        self._below = _find_below(spaces)
        self.keys: dict[Spot, str] = {}
        self.places = {member.key: member.places for member in members}
        self.held: dict[Spot, set[str]] = {}

    def assign(self) -> dict[Seen, str]:
        keys = {seen: self._key_of(seen.spot) for seen in self._spaces}
        self.held = {spot: {self._key_of(other) for other in others} for spot, others in self._below.items()}
        return keys

    def _key_of(self, spot: Spot) -> str:
        if spot not in self.keys:
            before = self._memory.key_before(spot)
            if before is None or not self._is_kept(spot):
                before = fallback_key(self._boot_id, spot.kind, spot.device, spot.inode, self._oldest_in(spot))
            self.keys[spot] = before
        return self.keys[spot]

    def _is_kept(self, spot: Spot) -> bool:
        """Whether the namespace cannot have ended since: a process stayed in it, or one it owns or nests was kept."""
        held = self._memory.held_before(spot)
        return spot in self._inhabited or any(self._key_of(other) in held for other in self._below.get(spot, ()))

    def _oldest_in(self, spot: Spot) -> int:
        """Start of the oldest process inside, or, where none is, in those it owns or nests."""
        if spot in self._oldest:
            return self._oldest[spot]
        return min((self._oldest_in(other) for other in self._below.get(spot, ())), default=0)


def _find_oldest(members: Iterable[Member]) -> dict[Spot, int]:
    by_places: dict[int, tuple[Places, int]] = {}
    for member in members:
        _, start = by_places.get(id(member.places), (None, member.start_ticks))
        by_places[id(member.places)] = member.places, min(start, member.start_ticks)
    oldest: dict[Spot, int] = {}
    for places, start in by_places.values():
        for spot in _spots(places):
            oldest[spot] = min(start, oldest.get(spot, start))
    return oldest


def _find_below(spaces: Iterable[Seen]) -> dict[Spot, set[Spot]]:
    """For each namespace those that it owns or is the parent of."""
    below: dict[Spot, set[Spot]] = {}
    for seen in spaces:
        for above in (seen.owner, seen.parent):
            if above is not None:
                below.setdefault(above.spot, set()).add(seen.spot)
    return below


def _spots(places: Places) -> set[Spot]:
    return {place.spot for place in places if isinstance(place, Seen)}
