"""Hourly sums of what changed, so that a timeline of months reads hundreds of rows instead of half a million.

A row of :class:`inspector.models.Hour` is the sum of the :class:`Snapshot` rows whose ``taken_at`` lies in that hour.
First scans and new boots are not counted: their thousands of processes would hide every other bucket. Hours are by
the agent's clock. Where that was set back, one hour holds the snapshots of two stretches.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction

from inspector.facts.moments import EPOCH, MICROSECOND, to_micros
from inspector.models import Host, Hour, Snapshot

HOUR: Final = timedelta(hours=1)
UNCOUNTED: Final = (Snapshot.Kind.FIRST.value, Snapshot.Kind.BOOT.value)

_ADD: Final = """
INSERT INTO inspector_hour (host_id, at, first_seq, last_seq, added, changed, removed)
VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (host_id, at) DO UPDATE SET
    last_seq = excluded.last_seq,
    added = inspector_hour.added + excluded.added,
    changed = inspector_hour.changed + excluded.changed,
    removed = inspector_hour.removed + excluded.removed
"""

_SUM: Final = """
INSERT INTO inspector_hour (host_id, at, first_seq, last_seq, added, changed, removed)
SELECT host_id, taken_at - (taken_at %% {hour} + {hour}) %% {hour}, MIN(seq), MAX(seq),
    SUM(CASE WHEN kind IN {uncounted} THEN 0 ELSE added END),
    SUM(CASE WHEN kind IN {uncounted} THEN 0 ELSE changed END),
    SUM(CASE WHEN kind IN {uncounted} THEN 0 ELSE removed END)
FROM inspector_snapshot WHERE host_id = %s AND taken_at >= %s AND taken_at < %s
GROUP BY 1, 2
""".format(hour=HOUR // MICROSECOND, uncounted=UNCOUNTED)


def hour_of(moment: datetime) -> datetime:
    """The beginning of the hour that contains this moment, in UTC."""
    return moment - (moment - EPOCH) % HOUR


def count(snapshot: Snapshot) -> None:
    """Add a snapshot that is being stored to its hour; call it in the same transaction. Cost: one statement."""
    counted = snapshot.kind not in UNCOUNTED
    sums = (snapshot.added, snapshot.changed, snapshot.removed) if counted else (0, 0, 0)
    at = to_micros(hour_of(snapshot.taken_at))
    with connection.cursor() as cursor:
        cursor.execute(_ADD, (snapshot.host_id, at, snapshot.seq, snapshot.seq, *sums))


def forget(host: Host, before: datetime) -> None:
    """Delete the hours that end by ``before``. The hour that contains it is summed again from the snapshots left."""
    Hour.objects.filter(host=host, at__lte=before - HOUR).delete()
    rebuild(host, before, before)


@transaction.atomic
def rebuild(host: Host, since: datetime | None = None, until: datetime | None = None) -> None:
    """Sum the snapshots again: for every hour from that of ``since`` to that of ``until``, or for all.

    Call it after snapshots were deleted, thinned, changed or imported. Cost: it reads the snapshots of those hours,
    some 0.5 ms an hour at 5 s between scans.
    """
    first = -(2**63) if since is None else to_micros(hour_of(since))
    stop = 2**63 - 1 if until is None else to_micros(hour_of(until) + HOUR)
    Hour.objects.filter(host=host, at__gte=first, at__lt=stop).delete()
    with connection.cursor() as cursor:
        cursor.execute(_SUM, (host.pk, first, stop))
