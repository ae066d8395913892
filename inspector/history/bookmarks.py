"""Snapshots that somebody pointed at: asked for on demand, named, annotated, pinned."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.utils import timezone

from inspector.errors import HostAway, NoSuchSnapshot
from inspector.history import hosts
from inspector.models import Host, Mark, Snapshot

LONGEST_NAME: Final = 200
LONGEST_NOTE: Final = 10_000


def request_snapshot(host: Host | str, by: str = "", name: str = "", note: str = "", pinned: bool = False) -> Mark:
    """Ask for a snapshot on demand: the next look at the host is it, and gives the mark its ``seq``.

    :raises HostAway: nobody looks at that host now.
    :raises NoSuchSnapshot: history knows of no such host.
    """
    host = hosts.get(host)
    now = timezone.now()
    if sentence := hosts.away(host, now):
        raise HostAway(sentence)
    return Mark.objects.create(host=host, name=name, note=note, pinned=pinned, requested_by=by, requested_at=now)


def mark(host: Host | str, seq: int, by: str = "", name: str = "", note: str = "", pinned: bool = False) -> Mark:
    """Mark a moment of history; between two snapshots the earlier one is marked.

    :raises NoSuchSnapshot: unknown host, or history does not reach there.
    """
    host = hosts.get(host)
    kept = Snapshot.objects.filter(host=host, seq__lte=seq).order_by("-seq").first() if seq <= host.last_seq else None
    if kept is None:
        raise NoSuchSnapshot(f"history of {host} holds no snapshot {seq}; the newest is {host.last_seq}")
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


def edit(marked: Mark, name: str | None = None, note: str | None = None, pinned: bool | None = None) -> None:
    """Change what is said of a marked snapshot; ``None`` leaves it as it is."""
    told = {"name": name, "note": note, "pinned": pinned}
    given = {field: value for field, value in told.items() if value is not None}
    for field, value in given.items():
        setattr(marked, field, value)
    if given:
        marked.save(update_fields=list(given))


def fulfil(host: Host, seq: int, taken: datetime, now: datetime) -> None:
    """A look has come in: it is what the open requests of this host waited for."""
    Mark.objects.filter(host=host, seq=None, requested_at__lt=now).update(seq=seq, taken_at=taken)
