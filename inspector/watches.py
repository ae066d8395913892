"""The stretches in which nobody looked: what lies between two :class:`inspector.models.Watch` rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final, NamedTuple

from inspector.models import MISSED, Host, Watch
from inspector.moments import format_instant
from inspector.types import Fact

MOST: Final = 2000
"""So many watches are read, the newest; an agent begins one when it connects."""


class Absence(Fact, frozen=True, rename={"since": "from", "until": "to"}):
    """The agent was away: the last look before, and the first one after (or now)."""

    since: str
    until: str


class Span(NamedTuple):
    """From one moment until another."""

    since: datetime
    until: datetime


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


def _gaps(host: Host, since: datetime, until: datetime, now: datetime) -> Iterator[Span]:
    spans = _spans(host, until)
    if host.is_away(now):
        spans.append(Span(max(now, host.taken_at), max(now, host.taken_at)))
    for gap in _between(spans):
        if gap.until - gap.since > MISSED * host.interval and gap.until > since and gap.since < until:
            yield gap


def _spans(host: Host, until: datetime) -> list[Span]:
    """The watches that began by ``until``, and the one after, in order."""
    of_host = Watch.objects.filter(host=host)
    newest = of_host.filter(from_at__lte=until).order_by("-from_at")[:MOST]
    after = of_host.filter(from_at__gt=until).order_by("from_at")[:1]
    return sorted(Span(*ends) for rows in (newest, after) for ends in rows.values_list("from_at", "until_at"))


def _between(spans: Iterable[Span]) -> Iterator[Span]:
    reached: datetime | None = None
    for span in spans:
        if reached is not None and span.since > reached:
            yield Span(reached, span.since)
        reached = span.until if reached is None else max(reached, span.until)
