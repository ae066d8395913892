"""The stretches in which nobody looked: what lies between two :class:`inspector.models.Watch` rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final, NamedTuple

from inspector.facts.moments import EPOCH, format_instant
from inspector.facts.types import Fact
from inspector.models import MISSED, Host, Watch

MOST: Final = 2000
"""So many watches are read, the newest; an agent begins one when it connects."""


AWAY: Final = -1
"""The snapshot that ends an absence that lasts: there is none yet."""


class Absence(Fact, frozen=True, rename={"since": "from", "until": "to"}):
    """The agent was away: the last look before, and the first one after (or now)."""

    since: str
    until: str


class Span(NamedTuple):
    """From one moment until another, and from one snapshot until another."""

    since: datetime
    until: datetime
    since_seq: int
    until_seq: int


class Break(NamedTuple):
    """A stretch in which nobody looked: the snapshot before it, and the one after; ``None`` while it lasts."""

    since: datetime
    until: datetime
    since_seq: int
    until_seq: int | None


def absences(host: Host, since: datetime, until: datetime, now: datetime) -> list[Absence]:
    """When the agent was away within the stretch, oldest first, each in its full length.

    Away means longer than the host's usual interval :data:`MISSED` times over. A clock that was set back makes
    watches overlap; what any of them covers was looked at. Before the first look there is no history, and no absence.
    Cost: some 4 µs for each watch since history began, :data:`MOST` at most.
    """
    return [Absence(format_instant(gap.since), format_instant(gap.until)) for gap in _gaps(host, since, until, now)]


def absence_at(host: Host, moment: datetime, now: datetime) -> Absence | None:
    """The absence this moment lies in, if it does."""
    return next(iter(absences(host, moment, moment, now)), None)


def breaks(host: Host, now: datetime) -> list[Break]:
    """All that :func:`absences` tells of, by moment and by snapshot; oldest first."""
    return list(_gaps(host, EPOCH, now, now))


def _gaps(host: Host, since: datetime, until: datetime, now: datetime) -> Iterator[Break]:
    spans = _spans(host, until)
    if host.is_away(now):
        away = max(now, host.taken_at)
        spans.append(Span(away, away, host.last_seq, AWAY))
    for gap in _between(spans):
        if gap.until - gap.since > MISSED * host.interval and gap.until > since and gap.since < until:
            yield gap


def _spans(host: Host, until: datetime) -> list[Span]:
    """The watches that began by ``until``, and the one after, in order."""
    of_host = Watch.objects.filter(host=host)
    newest = of_host.filter(from_at__lte=until).order_by("-from_at")[:MOST]
    after = of_host.filter(from_at__gt=until).order_by("from_at")[:1]
    columns = "from_at", "until_at", "from_seq", "until_seq"
    return sorted(Span(*ends) for rows in (newest, after) for ends in rows.values_list(*columns))


def _between(spans: Iterable[Span]) -> Iterator[Break]:
    reached: Span | None = None
    for span in spans:
        if reached is not None and span.since > reached.until:
            until_seq = None if span.until_seq == AWAY else span.since_seq
            yield Break(reached.until, span.since, reached.until_seq, until_seq)
        if reached is None or span.until > reached.until:
            reached = span
