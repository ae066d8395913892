"""Counting entries that are alike, so that a list stays short. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from inspector.analysis.feed.entries import Entry, Kind

MOST_ALIKE: Final = 20
"""A snapshot has at most this many entries of one kind. One more entry counts the rest."""


class Tally:
    """Entries, newest first. Noise that is alike, and a health check that flaps, become one entry that counts it."""

    def __init__(self, fold: bool = True) -> None:
        self.fold = fold
        self._entries: dict[object, Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: Entry) -> None:
        """Add an entry. It must not be newer than those added before."""
        key = (entry.kind, entry.container, entry.name) if self.fold and _recurs(entry) else len(self._entries)
        newer = self._entries.get(key)
        self._entries[key] = entry if newer is None else _merge(newer, entry)

    def entries(self) -> tuple[Entry, ...]:
        """What was added, newest first."""
        return tuple(self._entries.values())


def shorten(entries: list[Entry]) -> Iterator[Entry]:
    """The first entries of each kind, and one entry that counts the others."""
    seen: dict[Kind, int] = {}
    over: dict[Kind, Entry] = {}
    for entry in entries:
        seen[entry.kind] = seen.get(entry.kind, 0) + 1
        if seen[entry.kind] <= MOST_ALIKE:
            yield entry
        elif entry.kind in over:
            over[entry.kind] = _merge(over[entry.kind], entry)
        else:
            over[entry.kind] = Entry(
                entry.seq, entry.at, entry.kind, times=entry.times, first_seq=entry.seq, first_at=entry.at
            )
    yield from over.values()


def _recurs(entry: Entry) -> bool:
    return entry.noise or entry.field == "health"


def _merge(newer: Entry, older: Entry) -> Entry:
    return msgspec.structs.replace(
        newer, times=newer.times + older.times, first_seq=older.first_seq, first_at=older.first_at
    )
