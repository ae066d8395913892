"""What a host or a container used over a stretch of time, as means."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

import msgspec

from inspector.errors import MalformedMoment
from inspector.facts.moments import EPOCH, MICROSECOND, format_instant
from inspector.facts.types import Fact
from inspector.facts.vitals.means import ContainerMeans, HostMeans, Means, ProcessMeans
from inspector.history.vitals.means import merge
from inspector.history.vitals.packing import SHOWN
from inspector.history.vitals.recording import means_of
from inspector.models import Host, Vitals

MOST_POINTS: Final = 2000
USUAL: Final = timedelta(days=1)


class Point(Fact, frozen=True):
    """The means over a part of the stretch. ``None``: what was asked for was not there, or is not known."""

    at: str  # ISO 8601, by the agent's clock
    until: str
    host: HostMeans | None
    container: ContainerMeans | None


class Series(Fact, frozen=True):
    """The parts of a stretch of which means are kept, oldest first, and the processes that used most in it."""

    since: str = msgspec.field(name="from")
    until: str = msgspec.field(name="to")
    points: tuple[Point, ...]
    processes: dict[str, ProcessMeans]  # by key


def read(host: Host, since: datetime | None, until: datetime, points: int, container: str | None = None) -> Series:
    """What was used from ``since`` until ``until``.

    :param since: ``None``: one day before ``until``.
    :param points: at most so many; the means of neighbouring rows are merged.
    :param container: its full id; ``None``: of the host.
    :raises MalformedMoment: the stretch ends before it begins.
    """
    since = max(until, EPOCH + USUAL) - USUAL if since is None else since
    if since >= until:
        raise MalformedMoment("the stretch ends before it begins")
    width = max((until - since) // points, MICROSECOND)
    rows = Vitals.objects.filter(host=host, until_at__gt=since, at__lt=until).order_by("at")
    groups = groupby(rows.iterator(chunk_size=500), lambda row: max(row.at - since, timedelta(0)) // width)
    found = [_merged(group) for _, group in groups]
    return Series(
        format_instant(since),
        format_instant(until),
        tuple(_point(at, until_at, means, container) for at, until_at, means in found),
        {} if container is not None else merge(means for _, _, means in found).processes,
    )


def _merged(rows: Iterable[Vitals]) -> tuple[datetime, datetime, Means]:
    some = list(rows)
    all_means = [means_of(row) for row in some]
    means = all_means[0] if len(all_means) == 1 else merge(all_means)
    return some[0].at, max(row.until_at for row in some), means


def _point(at: datetime, until: datetime, means: Means, container: str | None) -> Point:
    part = None if container is None else means.containers.get(container[:SHOWN])
    moments = format_instant(at), format_instant(until)
    return Point(*moments, means.host if container is None else None, part)
