"""When snapshots were taken, and which snapshot held at a moment: from numbers to moments and back."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, tzinfo

from django.db import connection

from inspector.errors import MomentToCome, NoSuchSnapshot
from inspector.facts import moments
from inspector.facts.moments import format_instant, from_micros
from inspector.facts.types import Fact
from inspector.history import absences, hosts
from inspector.history.absences import Absence
from inspector.history.sql import chunks, number_table
from inspector.models import Host, Snapshot, Watch

_TAKEN = """
SELECT wanted.value, (
    SELECT taken_at FROM inspector_snapshot
    WHERE host_id = %s AND seq >= wanted.value ORDER BY seq LIMIT 1
) FROM {wanted}
"""


class Place(Fact, frozen=True):
    """Where a moment lies in history: the snapshot that held then, its neighbours, and the absence it lies in."""

    seq: int
    taken_at: str
    previous: int | None
    next: int | None
    away: Absence | None  # the agent was away at the moment asked for


def taken(host: int, seqs: Iterable[int]) -> dict[int, datetime]:
    """When these snapshots were taken; for one that is not kept any more, when the next kept one was.

    Numbers after the newest snapshot are left out. Cost: one statement, some 3 µs a number.
    """
    source, numbers = number_table(sorted(set(seqs)))
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


def parse_asked(host: Host, text: str, now: datetime, zone: tzinfo) -> int | datetime:
    """What a person asks of the history of this host: the number of a snapshot, or a moment.

    :param zone: the zone of a time that names none.
    :raises MalformedMoment: the text names neither.
    :raises MomentToCome: it names a moment that is still to come.
    :raises NoSuchSnapshot: it is a number that no snapshot has yet.
    """
    asked = moments.parse(text, now, zone)
    if isinstance(asked, datetime):
        refuse_to_come(host, asked, now, zone)
    elif asked > host.last_seq:
        raise NoSuchSnapshot(f"history of {host} holds no snapshot {asked}; the newest is {host.last_seq}")
    return asked


def refuse_to_come(host: Host, moment: datetime, now: datetime, zone: tzinfo = UTC) -> None:
    """Refuse a moment that is still to come, by our clock and by the agent's: the moments of history are the agent's.

    :raises MomentToCome: it is.
    """
    if moment > max(now, host.taken_at):
        shown = f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
        raise MomentToCome(f"{shown} is still to come: history ends now")


def place(host: Host, asked: int | datetime, now: datetime) -> Place:
    """The snapshot a person means, by number or moment, with those before and after it.

    :raises NoSuchSnapshot: history does not reach there.
    """
    seq = asked if isinstance(asked, int) else seq_at(host, asked)
    snapshot = holding(host, seq)
    others = Snapshot.objects.filter(host=host).values_list("seq", flat=True)
    return Place(
        seq=snapshot.seq,
        taken_at=format_instant(snapshot.taken_at),
        previous=others.filter(seq__lt=snapshot.seq).order_by("-seq").first(),
        next=others.filter(seq__gt=snapshot.seq).order_by("seq").first(),
        away=None if isinstance(asked, int) else absences.absence_at(host, asked, now),
    )


def last_seq(machine_id: str) -> int:
    """The newest frame that history holds of this host; 0 for none."""
    return Host.objects.filter(machine_id=machine_id).values_list("last_seq", flat=True).first() or 0


def first_kept(host: Host) -> int:
    """The first snapshot that history holds; 0 where there is none."""
    return Snapshot.objects.filter(host=host).order_by("seq").values_list("seq", flat=True).first() or 0


def seq_at(host: Host | str, moment: datetime) -> int:
    """The snapshot that held at a moment, by the agent's clock.

    Where that clock was set back, some moments came twice. Then the later one is meant.

    :raises NoSuchSnapshot: history of this host begins later, or there is none.
    """
    host = hosts.get(host)
    watches = Watch.objects.filter(host=host, from_at__lte=moment).order_by("-from_seq", "-pk")
    since = watches.values_list("from_seq", flat=True).first()  # within a watch the clock never goes back
    taken = Snapshot.objects.filter(host=host, taken_at__lte=moment, seq__gte=since or 0)
    seq = taken.order_by("-taken_at", "-seq").values_list("seq", flat=True).first() or since
    if seq is None:
        raise NoSuchSnapshot(f"history of {host} begins after {format_instant(moment)}")
    return seq


def seq_after(host: Host, moment: datetime) -> int:
    """The first seq of this moment or later; 0: all are."""
    rows = Snapshot.objects.filter(host=host, taken_at__lt=moment).order_by("-taken_at")
    return (rows.values_list("seq", flat=True).first() or -1) + 1


def seq_before(host: Host, moment: datetime) -> int:
    """The last seq of this moment or earlier."""
    rows = Snapshot.objects.filter(host=host, taken_at__lte=moment).order_by("-taken_at")
    return rows.values_list("seq", flat=True).first() or 0


def times_of(host: Host, seqs: Collection[int]) -> dict[int, datetime]:
    """When the kept ones of these snapshots were taken; see :func:`taken` for the others."""
    times: dict[int, datetime] = {}
    for some in chunks(sorted(set(seqs))):
        times.update(Snapshot.objects.filter(host=host, seq__in=some).values_list("seq", "taken_at"))
    return times
