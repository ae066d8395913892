"""Thinning: snapshots are deleted by age and size, then the rows that only they needed.

The law: for every snapshot that is kept, ``state_at(seq)`` is exactly what it was. A deleted snapshot reads as the
kept one before it, as any seq between two stored frames does. Before the first kept one there is none.

There are two steps, and the process may be killed in each. :func:`drop` deletes snapshots and notes, in the same
transaction, a :class:`Cut`: between these two snapshots there are no others. :func:`sweep` completes the cuts. A row
that no snapshot shows any more is deleted. A row that began or ended inside a cut now begins or ends at the cut's
end, so that every row still begins and ends at a snapshot. Each row is handled by itself, and the law holds after
each.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final, NamedTuple

from django.db.models import Max, Min, Q
from django.utils import timezone

from inspector.history import hosts, hourly
from inspector.history.retention import disk_space
from inspector.history.retention.policy import Sorter
from inspector.history.rows import KEYED, PROCESSES, TABLES, Translator
from inspector.history.sql import among
from inspector.history.throttle import Pace
from inspector.models import Cut, Host, Keyframe, Mark, Snapshot, Watch

READ: Final = 2000  # snapshots of one query
GRACE: Final = timedelta(seconds=5)
"""Readers that found a snapshot before it was dropped read its rows meanwhile."""


class Seen(NamedTuple):
    """What sorting needs to know of a snapshot."""

    seq: int
    recorded_at: datetime
    taken_at: datetime


class Run(NamedTuple):
    """Consecutive snapshots to delete: from ``first`` to ``last``, between two that are kept."""

    first: int
    last: int
    snapshots: int


class Freed(NamedTuple):
    """What was freed, or would be."""

    snapshots: int = 0
    rows: int = 0

    def __add__(self, other: object) -> Freed:
        assert isinstance(other, Freed)
        return Freed(self.snapshots + other.snapshots, self.rows + other.rows)


def live_hosts() -> list[Host]:
    """The hosts that are thinned by age and size. Imported hosts stay as they are."""
    return list(Host.objects.filter(imported_at=None).order_by("pk"))


def plan(host: Host, sorter: Sorter) -> Iterator[Run]:
    """The snapshots that may be deleted, oldest first. The last of each stretch, the newest and pinned ones stay."""
    end = sorter.begins_keeping_all()
    if end is None:
        return
    pins = _pins(host)
    run: list[int] = []
    for this, following in pairwise(_snapshots(host)):
        if this.recorded_at >= end and not run and following.recorded_at >= end:
            continue
        stretch = sorter.stretch(this.recorded_at, this.taken_at)
        same = stretch is not None and stretch == sorter.stretch(following.recorded_at, following.taken_at)
        if same and not any(this.seq <= pin < following.seq for pin in pins):
            run.append(this.seq)
        elif run:
            yield Run(run[0], run[-1], len(run))
            run = []
    if run:
        yield Run(run[0], run[-1], len(run))


def drop(host: Host, run: Run, pace: Pace) -> int:
    """Delete the snapshots of a run that may still be deleted; return how many.

    :raises inspector.history.throttle.Stopped: it was asked to end.
    """
    return pace.repeat(lambda rows: _drop_some(host, run, rows))


def sweep(host: Host, pace: Pace, now: datetime | None = None, grace: timedelta = GRACE) -> int:
    """Complete the cuts that are older than ``grace``; return how many rows were deleted.

    :raises inspector.history.throttle.Stopped: it was asked to end.
    """
    gone = 0
    for cut in Cut.objects.filter(host=host, made_at__lte=(now or timezone.now()) - grace).order_by("until"):
        gone += _sweep_cut(cut, pace)
    return gone


def count(host: Host, sorter: Sorter) -> Freed:
    """What :func:`drop` and :func:`sweep` would free. Changes nothing."""
    freed = Freed()
    for run in plan(host, sorter):
        after, until = _neighbours(host, run.first, run.last)
        freed += Freed(run.snapshots, sum(_dying(model, host, after, until).count() for model in TABLES))
    return freed


def bytes_per_row() -> float:
    """The bytes of a row on disk, with its share of everything else."""
    return disk_space.used_bytes() / max(1, disk_space.count_rows())


def _snapshots(host: Host) -> Iterator[Seen]:
    last = -1
    table = Snapshot.objects.filter(host=host).order_by("seq").values_list("seq", "recorded_at", "taken_at")
    while rows := list(table.filter(seq__gt=last)[:READ]):
        yield from map(Seen._make, rows)
        last = rows[-1][0]


def _pins(host: Host) -> list[int]:
    pinned = Mark.objects.filter(host=host, pinned=True).exclude(seq=None)
    return sorted(seq for seq in pinned.values_list("seq", flat=True) if seq is not None)


def _drop_some(host: Host, run: Run, rows: int) -> int:
    """Delete at most ``rows`` snapshots of the run. What changed since it was planned is checked again."""
    hosts.lock(host.machine_id)  # so that no snapshot is pinned meanwhile
    left = Snapshot.objects.filter(host=host, seq__gte=run.first, seq__lte=run.last)
    seqs = list(left.order_by("seq").values_list("seq", flat=True)[:rows])
    if not seqs:
        return 0
    after, until = _neighbours(host, seqs[0], seqs[-1])
    if any(seqs[0] <= pin < until for pin in _pins(host)) or until == 0:
        return 0
    going = left.filter(seq__lte=seqs[-1])
    _hand_on(host, going, after, until)
    going.delete()
    Mark.objects.filter(host=host, seq__gte=seqs[0], seq__lt=until).delete()
    Cut.objects.filter(host=host, after__gte=after, until__lte=until).delete()
    Cut.objects.create(host=host, after=after, until=until, made_at=timezone.now())
    return len(seqs)


def _hand_on(host: Host, going: Any, after: int, until: int) -> None:
    """Move a boot's mark from inside the cut to its end. A history that begins there begins with a first scan."""
    kind = Snapshot.Kind.BOOT if going.filter(kind=Snapshot.Kind.BOOT).exists() else None
    if not after:
        kind = Snapshot.Kind.FIRST
    if kind is not None:
        Snapshot.objects.filter(host=host, seq=until).update(kind=kind)


def _neighbours(host: Host, first: int, last: int) -> tuple[int, int]:
    """The snapshots before ``first`` and after ``last``; 0 where there is none."""
    table = Snapshot.objects.filter(host=host)
    after = table.filter(seq__lt=first).aggregate(seq=Max("seq"))["seq"]
    until = table.filter(seq__gt=last).aggregate(seq=Min("seq"))["seq"]
    return after or 0, until or 0


def _dying(model: Any, host: Host, after: int, until: int) -> Any:
    """The rows that only snapshots between these two show."""
    return model._default_manager.filter(host=host, opened__gt=after, opened__lt=until, closed__lte=until)


def _sweep_cut(cut: Cut, pace: Pace) -> int:
    gone: list[int] = []
    for model in TABLES:
        pace.repeat(lambda rows, model=model: _sweep_opened(model, cut, rows, gone))  # type: ignore[misc]
        pace.repeat(lambda rows, model=model: _sweep_closed(model, cut, rows))  # type: ignore[misc]
    counts = _counts(cut)
    pace.step(lambda rows: _finish(cut, counts))
    return len(gone)


def _sweep_opened(model: Any, cut: Cut, limit: int, gone: list[int]) -> int:
    """Rows that began inside the cut: delete those that ended in it; the others begin at its end."""
    table = model._default_manager.filter(host=cut.host_id, opened__gt=cut.after, opened__lt=cut.until)
    rows = list(table.order_by("opened").values_list("pk", "closed")[:limit])
    dead = {pk for pk, closed in rows if closed is not None and closed <= cut.until}
    if rows and _is_there(cut):
        among(model._default_manager.all(), dead).delete()
        among(model._default_manager.all(), {pk for pk, _ in rows} - dead).update(opened=cut.until)
        gone.extend(dead)
        return len(rows)
    return 0


def _sweep_closed(model: Any, cut: Cut, limit: int) -> int:
    """Rows that ended inside the cut end at its end."""
    table = model._default_manager.filter(host=cut.host_id, closed__gt=cut.after, closed__lt=cut.until)
    rows = list(table.order_by("closed").values_list("pk", flat=True)[:limit])
    if rows and _is_there(cut):
        among(model._default_manager.all(), rows).update(closed=cut.until)
        return len(rows)
    return 0


def _is_there(cut: Cut) -> bool:
    """Whether the cut was neither widened nor completed meanwhile."""
    return Cut.objects.filter(pk=cut.pk).exists()


def _finish(cut: Cut, counts: dict[str, int]) -> int:
    """Count what differs at the cut's end from the snapshot before. One keyframe in a cut is enough."""
    if not _is_there(cut):
        return 0
    Snapshot.objects.filter(host=cut.host_id, seq=cut.until).update(**counts)
    inside = Keyframe.objects.filter(host=cut.host_id, seq__gt=cut.after, seq__lt=cut.until)
    newest = inside.aggregate(seq=Max("seq"))["seq"]
    inside.exclude(seq=newest).delete()
    if not cut.after:
        Watch.objects.filter(~Q(pk=cut.host.watch_id), host=cut.host_id, until_seq__lt=cut.until).delete()
    _sum_up_hours(cut)
    cut.delete()
    return 1


def _sum_up_hours(cut: Cut) -> None:
    """Sum the hours of the timeline again from the snapshots that are left."""
    ends = Snapshot.objects.filter(host=cut.host_id, seq__in=(cut.after, cut.until))
    moments = sorted(ends.values_list("taken_at", flat=True))
    hourly.rebuild(cut.host, moments[0] if cut.after else None, moments[-1])


def _counts(cut: Cut) -> dict[str, int]:
    """How many things came, changed and went between the two ends of the cut."""
    added, changed, removed = 0, 0, 0
    for kind in KEYED:
        began, ended = (_contents(kind, cut, column) for column in ("opened", "closed"))
        added += len(began.keys() - ended.keys())
        removed += len(ended.keys() - began.keys())
        changed += sum(began[key] != ended[key] for key in began.keys() & ended.keys())
    return {"added": added, "changed": changed, "removed": removed}


def _contents(kind: Translator[Any], cut: Cut, column: str) -> dict[Any, tuple[Any, ...]]:
    """The rows that begin or end at the cut's end, by identity; equal facts are equal rows."""
    rows = kind.model._default_manager.filter(Q(**{column: cut.until}), host=cut.host_id)
    width = 3 if kind is PROCESSES else 1  # columns that are the identity
    return {row[:width]: row for row in rows.values_list(*kind.columns)}
