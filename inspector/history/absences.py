"""Absences: stretches of time without an agent, between two :class:`inspector.models.Watch` rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final, NamedTuple

from inspector.facts.moments import EPOCH, format_instant
from inspector.facts.types import Fact
from inspector.models import MISSED, Host, Watch

MOST: Final = 2000
"""At most this many watches are read: the newest. An agent begins a watch when it connects."""


AWAY: Final = -1
"""Stands for the snapshot that ends an absence, while the absence lasts."""


class Absence(Fact, frozen=True, rename={"since": "from", "until": "to"}):
    """An absence of the agent, from the last scan before it until the first one after it (or now)."""

    since: str
    until: str


class Span(NamedTuple):
    """From one moment until another, and from one snapshot until another."""

    since: datetime
    until: datetime
    since_seq: int
    until_seq: int


class AbsenceSpan(NamedTuple):
    """An absence: from when to when, the snapshot before it, and the one after; ``None`` while it lasts."""

    since: datetime
    until: datetime
    since_seq: int
    until_seq: int | None


def absences(host: Host, since: datetime, until: datetime, now: datetime) -> list[Absence]:
    """The absences that reach into the stretch, oldest first, each in its full length.

    An absence is longer than :data:`MISSED` intervals of the host. A clock that was set back makes watches overlap;
    time that any of them covers is no absence. Before the first scan there is no history, and no absence.
    Cost: some 4 µs for each watch since history began, :data:`MOST` at most.
    """
    found = _found(host, since, until, now)
    return [Absence(format_instant(absence.since), format_instant(absence.until)) for absence in found]


def absence_at(host: Host, moment: datetime, now: datetime) -> Absence | None:
    """The absence that contains this moment; ``None``: there is none."""
    return next(iter(absences(host, moment, moment, now)), None)


def all_absences(host: Host, now: datetime) -> list[AbsenceSpan]:
    """All absences of a host, by moment and by snapshot; oldest first."""
    return list(_found(host, EPOCH, now, now))


def _found(host: Host, since: datetime, until: datetime, now: datetime) -> Iterator[AbsenceSpan]:
    spans = _spans(host, until)
    if host.is_away(now):
        away = max(now, host.taken_at)
        spans.append(Span(away, away, host.last_seq, AWAY))
    for absence in _between(spans):
        if absence.until - absence.since > MISSED * host.interval and absence.until > since and absence.since < until:
            yield absence


def _spans(host: Host, until: datetime) -> list[Span]:
    """The watches that began by ``until``, and the one after, in order."""
    of_host = Watch.objects.filter(host=host)
    newest = of_host.filter(from_at__lte=until).order_by("-from_at")[:MOST]
    after = of_host.filter(from_at__gt=until).order_by("from_at")[:1]
    columns = "from_at", "until_at", "from_seq", "until_seq"
    return sorted(Span(*ends) for rows in (newest, after) for ends in rows.values_list(*columns))


def _between(spans: Iterable[Span]) -> Iterator[AbsenceSpan]:
    reached: Span | None = None
    for span in spans:
        if reached is not None and span.since > reached.until:
            until_seq = None if span.until_seq == AWAY else span.since_seq
            yield AbsenceSpan(reached.until, span.since, reached.until_seq, until_seq)
        if reached is None or span.until > reached.until:
            reached = span
