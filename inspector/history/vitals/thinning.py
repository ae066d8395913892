"""Means by the policy of retention: those of one stretch of the policy become one.

Where the policy keeps one snapshot an hour, there is one row of means an hour. Older than its last tier,
there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any, Final, NamedTuple

from inspector.history.retention.policy import Sorter
from inspector.history.throttle import Pace
from inspector.history.vitals.means import merge
from inspector.history.vitals.recording import fill, means_of
from inspector.models import Host, Vitals

READ: Final = 2000  # rows of one query


class Seen(NamedTuple):
    """What sorting needs to know of a row."""

    pk: int
    at: datetime
    recorded_at: datetime


class Group(NamedTuple):
    """Rows of one stretch of the policy, oldest first. They become one, or are deleted."""

    rows: list[int]
    deleted: bool

    @property
    def freed(self) -> int:
        """How many rows there are less."""
        return len(self.rows) if self.deleted else len(self.rows) - 1


def thin(host: Host, sorter: Sorter, pace: Pace) -> int:
    """Merge and delete what the policy does not keep; return how many rows there are less.

    :raises inspector.history.throttle.Stopped: it was asked to end. Every step is complete.
    """
    groups = list(plan(host, sorter))
    for group in groups:
        pace.step(lambda rows, group=group: _apply(group))  # type: ignore[misc]
    return sum(group.freed for group in groups)


def count(host: Host, sorter: Sorter) -> int:
    """What :func:`thin` would free. Changes nothing."""
    return sum(group.freed for group in plan(host, sorter))


def plan(host: Host, sorter: Sorter) -> Iterator[Group]:
    """The rows that are merged or deleted, by stretch."""
    end = sorter.begins_keeping_all()
    if end is None:
        return
    old = Vitals.objects.filter(host=host, recorded_at__lt=end).order_by("at").values_list("pk", "at", "recorded_at")
    rows = map(Seen._make, old.iterator(chunk_size=READ))
    for stretch, seen in groupby(rows, lambda row: sorter.stretch(row.recorded_at, row.at)):
        group = Group([row.pk for row in seen], stretch is not None and stretch[1] == 0)
        if stretch is not None and group.freed:
            yield group


def _apply(group: Group) -> int:
    rows: Any = Vitals.objects.filter(pk__in=group.rows)
    if group.deleted:
        return int(rows.delete()[0])
    found = list(rows.select_for_update().order_by("at"))
    if len(found) < 2:
        return 0
    fill(found[0], max(row.until_at for row in found), merge(map(means_of, found))).save()
    rows.exclude(pk=found[0].pk).delete()
    return len(found) - 1
