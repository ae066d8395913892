"""One round of retention, as the retention thread and ``manage.py prune`` run it: by age, then by disk space."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.db.models import Min
from django.utils import timezone

from inspector.history.retention import disk_space, thinning, unused_values
from inspector.history.retention.policy import Policy, Sorter
from inspector.history.retention.thinning import GRACE, Freed
from inspector.history.throttle import Pace, Stopped
from inspector.history.transfer import importing
from inspector.history.vitals import thinning as vitals
from inspector.models import Cut, Host, Snapshot

LEASE: Final = "retention"

SHARE: Final = 20
"""If history is too large, it is divided into this many parts. The oldest part is deleted first, then the next."""

YOUNGEST: Final = timedelta(hours=1)  # younger history stays, however large it is


class Rules(NamedTuple):
    """The rules of an installation: policy and size."""

    policy: Policy
    most_bytes: int = 0  # 0: no limit


class Outcome(NamedTuple):
    """What one round freed."""

    freed: Freed
    values: int
    bytes: int

    def __bool__(self) -> bool:
        return any((self.freed.snapshots, self.freed.rows, self.values))

    def __str__(self) -> str:
        return (
            f"{self.freed.snapshots:,} snapshots, {self.freed.rows:,} rows and {self.values:,} shared values, "
            f"{self.bytes / 2**20:,.1f} MiB"
        )


class Round:
    """One round over some hosts. Ages are counted back from ``now``."""

    def __init__(
        self,
        rules: Rules,
        hosts: Iterable[Host],
        pace: Pace | None = None,
        now: datetime | None = None,
        grace: timedelta = GRACE,
    ) -> None:
        self.rules = rules
        self.hosts = list(hosts)
        self.pace = pace or Pace()
        self.now = now or timezone.now()
        self.grace = grace

    def run(self) -> Outcome:
        """Run the whole round.

        :raises Stopped: it was asked to end. Every step is complete, and the next round does the rest.
        """
        before = disk_space.used_bytes()
        freed = self.thin(None)
        values = self.tidy(freed)
        freed, values = self.shrink(freed, values)
        self.shorten()
        return Outcome(freed, values, max(0, before - disk_space.used_bytes()))

    def thin(self, horizon: datetime | None) -> Freed:
        """Delete what the tiers do not keep, then the rows that only those snapshots needed."""
        sorter = Sorter(self.rules.policy, self.now, horizon)
        snapshots = 0
        for host in self.hosts:
            snapshots += sum(thinning.drop(host, run, self.pace) for run in thinning.plan(host, sorter))
        self.wait_for_readers()
        rows = sum(thinning.sweep(host, self.pace, grace=self.grace) for host in self.hosts)
        rows += sum(vitals.thin(host, sorter, self.pace) for host in self.hosts)
        return Freed(snapshots, rows)

    def wait_for_readers(self) -> None:
        """Wait for readers that found a snapshot just before it was deleted, and may still read its rows."""
        waits = Cut.objects.filter(host__in=self.hosts).exists()
        if waits and self.pace.stopping.wait(self.grace.total_seconds()):
            raise Stopped

    def tidy(self, freed: Freed) -> int:
        """Delete imports that were cut short, and values that nothing refers to any more."""
        cleared = importing.clear_abandoned(self.pace, self.now)
        return unused_values.sweep(self.pace) if freed.rows or cleared else 0

    def shrink(self, freed: Freed, values: int) -> tuple[Freed, int]:
        """While history takes more bytes than allowed, delete its oldest part."""
        for horizon in horizons(self.hosts, self.now):
            if not self.rules.most_bytes or disk_space.used_bytes() <= self.rules.most_bytes:
                break
            more = self.thin(horizon)
            freed, values = freed + more, values + self.tidy(more)
        return freed, values

    def clear_up(self) -> None:
        """Delete unused values and return disk space after a host was deleted."""
        unused_values.sweep(self.pace)
        self.shorten()

    def shorten(self) -> None:
        """Give the free pages back to the file system, some at a time."""
        while self.give_back():
            self.pace.rest()
        disk_space.checkpoint()

    def give_back(self) -> int:
        if self.pace.stopping.is_set():
            raise Stopped
        return disk_space.give_back(50)


def horizons(hosts: list[Host], now: datetime) -> Iterator[datetime]:
    """The moments before which history is deleted while it is too large, each later than the one before."""
    horizon = Snapshot.objects.filter(host__in=hosts).aggregate(at=Min("recorded_at"))["at"]
    while horizon is not None:
        horizon += max((now - horizon) / SHARE, YOUNGEST / 2)
        if horizon > now - YOUNGEST:
            return
        yield horizon


def estimate(rules: Rules, hosts: Iterable[Host], now: datetime, horizon: datetime | None = None) -> Outcome:
    """What a round would free, with bytes estimated from the average row. Changes nothing.

    :param horizon: everything older is deleted, see :func:`foresee`.
    """
    sorter = Sorter(rules.policy, now, horizon)
    freed = Freed()
    for host in hosts:
        freed += thinning.count(host, sorter) + Freed(rows=vitals.count(host, sorter))
    return Outcome(freed, 0, int((freed.rows + freed.snapshots) * thinning.bytes_per_row()))


def foresee(rules: Rules, hosts: list[Host], now: datetime) -> datetime | None:
    """The moment before which everything would be deleted because history is too large; ``None`` where it is not."""
    excess = disk_space.used_bytes() - rules.most_bytes
    if not rules.most_bytes or estimate(rules, hosts, now).bytes >= excess:
        return None
    reached = None
    for reached in horizons(hosts, now):
        if estimate(rules, hosts, now, reached).bytes >= excess:
            break
    return reached
