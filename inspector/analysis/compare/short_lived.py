"""Short-lived processes from history: those that one side shows, and that were seen for a short time only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db.models import Count, Max, Min, Q
from django.db.models.lookups import GreaterThan

from inspector.facts.types import Key
from inspector.history import shared_values
from inspector.history.snapshots import seq_after, seq_before, times_of
from inspector.history.sql import without_index
from inspector.models import Host, ProcessInterval, Snapshot

_OPEN: Final = Count("id", filter=Q(closed=None))


class _Identity(NamedTuple):
    """Which process a row is about, as the columns hold it; ``boot`` is the number of a value."""

    boot: int
    pid: int
    start_ticks: int


class _Life(NamedTuple):
    """From when to when a process was seen, over all its rows."""

    boot: int
    pid: int
    start_ticks: int
    opened: int
    closed: int | None
    still_open: int  # rows that have not ended

    @property
    def process(self) -> _Identity:
        """Which process it is."""
        return _Identity(self.boot, self.pid, self.start_ticks)


def read_short(host: Host, first: Snapshot, second: Snapshot, alone: Collection[Key], short: timedelta) -> set[Key]:
    """The processes that only one side has and that were seen for less than ``short``.

    Cost: reads the rows that began shortly before the first moment or ended shortly after the second.
    """
    if first.seq == second.seq or not short:
        return set()
    named = _name(_read_near(host, first, second, short), alone)
    lives = _read_lives(host, named)
    times = times_of(host, [seq for life in lives for seq in (life.opened, life.closed) if seq is not None])
    ended = [life for life in lives if not life.still_open and life.closed is not None]
    return {named[life.process] for life in ended if is_short(times, life.opened, life.closed or 0, short)}


def is_short(times: Mapping[int, datetime], opened: int, closed: int, short: timedelta) -> bool:
    """Whether less than ``short`` lies between two seqs.

    It is not if the clock was set back in between, or if a snapshot is no longer kept.
    """
    begun, ended = times.get(opened), times.get(closed)
    return begun is not None and ended is not None and timedelta(0) <= ended - begun < short


def _read_near(host: Host, first: Snapshot, second: Snapshot, short: timedelta) -> list[_Identity]:
    """The processes with a row that began shortly before the first moment, or ended shortly after the second."""
    table = ProcessInterval.objects.filter(host=host)
    since, until = seq_after(host, first.taken_at - short), seq_before(host, second.taken_at + short)
    went = table.filter(_beyond("closed", first.seq), opened__gte=since, opened__lte=first.seq)
    came = table.filter(_beyond("opened", first.seq), closed__gt=second.seq, closed__lte=until)
    return [_Identity(*row) for near in (went, came) for row in near.values_list(*_Identity._fields)]


def _name(rows: Collection[_Identity], alone: Collection[Key]) -> dict[_Identity, Key]:
    """The identities of the processes in ``alone``."""
    boots: Mapping[Any, Any] = shared_values.load({row.boot for row in rows if row.boot is not None})
    return {row: key for row in rows if (key := f"{boots[row.boot]}:{row.pid}:{row.start_ticks}") in alone}


def _read_lives(host: Host, named: Collection[_Identity]) -> list[_Life]:
    rows = ProcessInterval.objects.filter(host=host, pid__in={row.pid for row in named})
    lives = rows.values_list(*_Identity._fields).annotate(Min("opened"), Max("closed"), open=_OPEN)
    return [life for life in (_Life(*row) for row in lives) if life.process in named]


def _beyond(column: str, seq: int) -> GreaterThan:
    """That a column is greater than ``seq``, without the index of that column."""
    return GreaterThan(without_index(column), seq)
