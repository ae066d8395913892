"""When snapshots were taken, and which snapshot stands where: from numbers to moments and back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from inspector.errors import NoSuchSnapshot
from inspector.facts.moments import format_instant
from inspector.facts.types import Fact
from inspector.fields import from_micros
from inspector.history import absences as watches
from inspector.history import record as history
from inspector.history.absences import Absence
from inspector.models import Host, Snapshot

_TAKEN = """
SELECT wanted.value, (
    SELECT taken_at FROM inspector_snapshot
    WHERE host_id = %s AND seq >= wanted.value ORDER BY seq LIMIT 1
) FROM {wanted}
"""


class Place(Fact, frozen=True):
    """Where a moment lies in history: the snapshot that held then, its neighbours, and whether anybody looked."""

    seq: int
    taken_at: str
    previous: int | None
    next: int | None
    away: Absence | None  # the agent was away at the moment asked for


def taken(host: int, seqs: Iterable[int]) -> dict[int, datetime]:
    """When these snapshots were taken; for one that is not kept any more, when the next kept one was.

    Numbers after the newest snapshot are left out. Cost: one statement, some 3 µs a number.
    """
    wanted = sorted(set(seqs))
    if connection.vendor == "postgresql":
        source, numbers = "unnest(%s::bigint[]) AS wanted(value)", wanted
    else:
        source, numbers = "json_each(%s) AS wanted", json.dumps(wanted)  # type: ignore[assignment]
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN.format(wanted=source), (host, numbers))
        return {seq: from_micros(micros) for seq, micros in cursor.fetchall() if micros is not None}


def holding(host: Host, seq: int) -> Snapshot:
    """The snapshot that held at ``seq``: the one numbered so, or the last kept one before it.

    :raises NoSuchSnapshot: history does not reach there.
    """
    kept = Snapshot.objects.filter(host=host, seq__lte=seq).order_by("-seq").first() if seq <= host.last_seq else None
    if kept is None:
        raise NoSuchSnapshot(f"history of {host} holds no snapshot {seq}; the newest is {host.last_seq}")
    return kept


def first_kept(host: Host) -> int:
    """The first snapshot that history holds; 0 where there is none."""
    return Snapshot.objects.filter(host=host).order_by("seq").values_list("seq", flat=True).first() or 0


def place(host: Host, asked: int | datetime, now: datetime) -> Place:
    """The snapshot a person means, by number or moment, with those before and after it.

    :raises NoSuchSnapshot: history does not reach there.
    """
    seq = asked if isinstance(asked, int) else history.seq_at(host, asked)
    snapshot = holding(host, seq)
    others = Snapshot.objects.filter(host=host).values_list("seq", flat=True)
    return Place(
        seq=snapshot.seq,
        taken_at=format_instant(snapshot.taken_at),
        previous=others.filter(seq__lt=snapshot.seq).order_by("-seq").first(),
        next=others.filter(seq__gt=snapshot.seq).order_by("seq").first(),
        away=None if isinstance(asked, int) else watches.absence_at(host, asked, now),
    )
