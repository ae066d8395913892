"""What needs attention on a host, as history knows it: :mod:`inspector.analysis.attention.needs` decides."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from inspector.analysis.attention.needs import Need, Reason, Window, find_needs
from inspector.analysis.feed import from_history as feed
from inspector.analysis.feed.entries import Entry, Kind
from inspector.analysis.feed.from_history import Wanted
from inspector.facts.moments import format_instant
from inspector.facts.types import Container, Fact, Key
from inspector.history import intervals
from inspector.history.queries import left
from inspector.history.rows import CONTAINERS
from inspector.history.snapshots import first_kept, seq_before
from inspector.models import Host

WINDOW: Final = timedelta(hours=24)
MOST_PAGES: Final = 8
"""At most so many pages of the feed are read, the newest first."""

_KINDS: Final[frozenset[Kind]] = frozenset(
    ("container-created", "container-started", "container-stopped", "container-restarted", "container-changed")
)


class Attention(Fact, frozen=True):
    """What needs attention at a snapshot. ``complete`` is false where not all that happened was read."""

    seq: int
    since: str  # when the window begins, ISO 8601 with zone
    complete: bool
    needs: tuple[Need, ...]


def read(host: Host, now: datetime, window: timedelta = WINDOW) -> Attention:
    """What needs attention now, of what is so or happened within the window.

    Cost: the containers at two snapshots, the feed of containers, and a state for those left behind.
    """
    since = now - window
    first = max(first_kept(host), seq_before(host, since))
    entries, complete = _entries(host, since, now)
    facts = Window(_containers(host, host.last_seq), _containers(host, first), entries, _left(host))
    return Attention(host.last_seq, format_instant(since), complete, tuple(find_needs(facts)))


def _containers(host: Host, seq: int) -> dict[Key, Container]:
    read_at = intervals.holding_now if seq >= host.last_seq else intervals.holding_at
    return {container.id: container for container in read_at(CONTAINERS, host.pk, seq)}


def _entries(host: Host, since: datetime, now: datetime) -> tuple[tuple[Entry, ...], bool]:
    """The entries of containers, newest first, and whether these are all."""
    found: list[Entry] = []
    before: int | None = None
    for _ in range(MOST_PAGES):
        page = feed.read(host, Wanted(since=since, before=before, kinds=_KINDS, fold=False, limit=feed.MOST), now)
        found += page.entries
        before = page.earlier
        if before is None:
            return tuple(found), True
    return tuple(found), False


def _left(host: Host) -> dict[Key, Reason]:
    return {
        one.container: Reason("left-behind", one.since, one.since_seq, where=one.other_name, mend=one.mend)
        for one in left.read(host, host.last_seq)
    }
