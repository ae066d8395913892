"""Bookmarks: snapshots that a person asked for, named, annotated or pinned."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import connection
from django.utils import timezone

from inspector.errors import HostAway, TooManyBookmarks
from inspector.facts.moments import to_micros
from inspector.history import hosts, snapshots
from inspector.models import Host, Mark

_FULFIL: Final = """
UPDATE inspector_mark SET seq = %s, taken_at = %s WHERE host_id = %s AND seq IS NULL AND requested_at < %s
"""

MOST_EACH: Final = 200
"""Bookmarks that one person may have of one host, those that wait for a scan included."""

LONGEST_NAME: Final = 200
LONGEST_NOTE: Final = 10_000


def request_snapshot(host: Host | str, by: str = "", name: str = "", note: str = "", pinned: bool = False) -> Mark:
    """Ask for a snapshot on demand. The next scan of the host is that snapshot, and gives the bookmark its ``seq``.

    :raises HostAway: no agent scans that host now.
    :raises NoSuchSnapshot: history knows of no such host.
    :raises TooManyBookmarks: ``by`` has :data:`MOST_EACH` of this host.
    """
    host = hosts.get(host)
    now = timezone.now()
    if sentence := hosts.away(host, now):
        raise HostAway(sentence)
    refuse_more(host, by)
    return Mark.objects.create(host=host, name=name, note=note, pinned=pinned, requested_by=by, requested_at=now)


def add(host: Host | str, seq: int, by: str = "", name: str = "", note: str = "", pinned: bool = False) -> Mark:
    """Bookmark a moment of history. Between two snapshots it is the earlier one.

    :raises NoSuchSnapshot: unknown host, or history does not reach there.
    :raises TooManyBookmarks: as :func:`request_snapshot`.
    """
    host = hosts.get(host)
    kept = snapshots.holding(host, seq)
    refuse_more(host, by)
    return Mark.objects.create(
        host=host,
        seq=kept.seq,
        taken_at=kept.taken_at,
        name=name,
        note=note,
        pinned=pinned,
        requested_by=by,
        requested_at=timezone.now(),
    )


def refuse_more(host: Host, by: str) -> None:
    """:raises TooManyBookmarks: this person has enough. A program without a name is not counted."""
    if by and Mark.objects.filter(host=host, requested_by=by).count() >= MOST_EACH:
        raise TooManyBookmarks(f"{by} has {MOST_EACH} bookmarks of {host}, the most there may be: delete some first")


def edit(bookmark: Mark, name: str | None = None, note: str | None = None, pinned: bool | None = None) -> None:
    """Change a bookmark. ``None`` leaves a field as it is."""
    fields = {"name": name, "note": note, "pinned": pinned}
    given = {field: value for field, value in fields.items() if value is not None}
    for field, value in given.items():
        setattr(bookmark, field, value)
    if given:
        bookmark.save(update_fields=list(given))


def fulfil(host: Host, seq: int, taken: datetime, now: datetime) -> None:
    """Fulfil the open requests of this host: the scan that has come in is their snapshot."""
    with connection.cursor() as cursor:  # raw SQL, because it runs with every frame
        cursor.execute(_FULFIL, (seq, to_micros(taken), host.pk, to_micros(now)))
