"""The timeline of a host: how much changed and when, container events, absences of the agent, and bookmarks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from django.db import connection
from django.db.models import Max, Min, Sum
from django.utils import timezone

from inspector.errors import MalformedMoment, NoSuchSnapshot
from inspector.facts.moments import MICROSECOND, format_instant, from_micros, to_micros
from inspector.facts.types import Fact
from inspector.history import absences
from inspector.history.absences import Absence
from inspector.history.hourly import HOUR, UNCOUNTED, hour_of
from inspector.history.queries import container_events
from inspector.history.queries.container_events import Event
from inspector.models import Host, Hour, Mark, Snapshot

FINE: Final = timedelta(days=2)
"""A longer stretch has buckets of at least an hour, read from the hourly sums."""

MOST_BUCKETS: Final = 500
MOST_MARKS: Final = 500

_EARLIEST: Final = to_micros(datetime.min.replace(tzinfo=UTC))
_SECONDS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600, 43200, 86400)

_FROM_SNAPSHOTS: Final = f"""
SELECT (taken_at - %s) / %s, MAX(seq),
    SUM(CASE WHEN kind IN {UNCOUNTED} THEN 0 ELSE added END),
    SUM(CASE WHEN kind IN {UNCOUNTED} THEN 0 ELSE changed END),
    SUM(CASE WHEN kind IN {UNCOUNTED} THEN 0 ELSE removed END)
FROM inspector_snapshot WHERE host_id = %s AND taken_at >= %s AND taken_at < %s
GROUP BY 1 ORDER BY 1
"""  # noqa: S608

_FROM_HOURS: Final = """
SELECT (at - %s) / %s, MAX(last_seq), SUM(added), SUM(changed), SUM(removed)
FROM inspector_hour WHERE host_id = %s AND at >= %s AND at < %s
GROUP BY 1 ORDER BY 1
"""


class Bucket(Fact, frozen=True):
    """One bucket of time with snapshots: the seq of the last one, and how many things came, changed and went.

    First snapshots and boots are not counted. Thousands of things appear there at once, and none of them began then.
    """

    at: str  # where it begins
    seq: int
    added: int
    changed: int
    removed: int


class Bookmark(Fact, frozen=True):
    """A bookmark: a snapshot that somebody named."""

    id: int
    seq: int
    at: str
    name: str
    note: str
    pinned: bool


class Timeline(Fact, frozen=True, rename={"since": "from", "until": "to"}):
    """A stretch of a host's history. Only buckets that hold a snapshot are listed."""

    since: str
    until: str
    first_at: str | None  # where history begins, by the agent's clock
    last_at: str | None  # the last scan
    bucket_s: float
    buckets: list[Bucket]
    events: list[Event]
    events_left_out: int  # at most; the newest are listed
    gaps: list[Absence]
    thinned: int  # states that the agent left out to catch up, after the server could not store them in time
    marks: list[Bookmark]
    marks_left_out: int


class Window(NamedTuple):
    """The stretch asked for, and the buckets that cover it, in microseconds since 1970."""

    since: datetime
    until: datetime
    width: int
    start: int
    stop: int  # the first moment after the last bucket


def read(host: Host, since: datetime | None = None, until: datetime | None = None, buckets: int = 200) -> Timeline:
    """The timeline from ``since`` (default: the first snapshot) to ``until`` (default: now).

    The buckets at the ends are whole, so they may reach beyond the stretch.

    :param buckets: about the most buckets; never more than :data:`MOST_BUCKETS` plus one.
    :raises NoSuchSnapshot: there is no history yet.
    :raises MalformedMoment: the stretch ends before it begins.

    Cost: 30 days of 518,400 snapshots and 7,200 restarts take some 30 ms, two days some 40 ms.
    """
    now = timezone.now()
    first = Snapshot.objects.filter(host=host).order_by("taken_at").values_list("taken_at", flat=True).first()
    if first is None:
        raise NoSuchSnapshot(f"there is no history of {host} yet")
    window = cut(since or first, until or max(now, host.taken_at, since or first), buckets)
    happened = container_events.happened(host, _seqs(host, window), window.since, window.until)
    marks, marks_left_out = _marks(host, window)
    return Timeline(
        since=format_instant(window.since),
        until=format_instant(window.until),
        first_at=format_instant(first),
        last_at=format_instant(host.taken_at),
        bucket_s=window.width / 1e6,
        buckets=_buckets(host, window),
        events=happened.events,
        events_left_out=happened.left_out,
        gaps=absences.absences(host, window.since, window.until, now),
        thinned=_thinned(host, window),
        marks=marks,
        marks_left_out=marks_left_out,
    )


def cut(since: datetime, until: datetime, buckets: int) -> Window:
    """Cut a stretch into at most ``buckets`` buckets. Their lengths are round, and so are their limits in UTC.

    :raises MalformedMoment: the stretch ends before it begins.
    """
    if until < since:
        raise MalformedMoment(f"a stretch cannot end ({format_instant(until)}) before it begins")
    length, most = until - since, max(1, min(buckets, MOST_BUCKETS))
    least = HOUR if length > FINE else timedelta(seconds=_SECONDS[0])
    width = _round_up(max(length / most, least)) // MICROSECOND
    first, last = to_micros(since), to_micros(until)
    return Window(since, until, width, first - first % width, last - last % width + width)


def _round_up(length: timedelta) -> timedelta:
    for seconds in _SECONDS:
        if length <= timedelta(seconds=seconds):
            return timedelta(seconds=seconds)
    days = timedelta(days=1)
    while days < length:
        days *= 2
    return days


def _buckets(host: Host, window: Window) -> list[Bucket]:
    source = _FROM_HOURS if window.width % (HOUR // MICROSECOND) == 0 else _FROM_SNAPSHOTS
    with connection.cursor() as cursor:
        cursor.execute(source, (window.start, window.width, host.pk, window.start, window.stop))
        rows = cursor.fetchall()
    return [
        Bucket(_begin(window, place), seq, int(added), int(changed), int(removed))
        for place, seq, added, changed, removed in rows
    ]


def _begin(window: Window, place: int) -> str:
    return format_instant(from_micros(max(window.start + place * window.width, _EARLIEST)))


def _seqs(host: Host, window: Window) -> tuple[int, int]:
    """The first and the last seq of the window. They are read by hours, because a clock may be set back."""
    hours = Hour.objects.filter(host=host, at__gte=hour_of(window.since), at__lte=window.until)
    ends = hours.aggregate(first=Min("first_seq"), last=Max("last_seq"))
    return (0, 0) if ends["first"] is None else (ends["first"], ends["last"])


def _thinned(host: Host, window: Window) -> int:
    rows = Snapshot.objects.filter(host=host, taken_at__gte=window.since, taken_at__lte=window.until, thinned__gt=0)
    return rows.aggregate(total=Sum("thinned"))["total"] or 0


def _marks(host: Host, window: Window) -> tuple[list[Bookmark], int]:
    marks = Mark.objects.filter(host=host, taken_at__gte=window.since, taken_at__lte=window.until)
    newest = list(marks.order_by("-taken_at", "-pk")[:MOST_MARKS])
    left_out = marks.count() - len(newest) if len(newest) == MOST_MARKS else 0
    return [bookmark_of(mark) for mark in reversed(newest)], left_out


def bookmark_of(mark: Mark) -> Bookmark:
    """A bookmark whose snapshot was taken."""
    assert mark.seq is not None and mark.taken_at is not None
    return Bookmark(mark.pk, mark.seq, format_instant(mark.taken_at), mark.name, mark.note, mark.pinned)
