"""Writing a stretch of history, some snapshots at a time, while frames are being stored."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

from django.db.models import Q

from inspector.errors import NoSuchSnapshot
from inspector.facts.diff import diff
from inspector.facts.moments import format_instant
from inspector.facts.types import Coverage, HostInfo, HostState
from inspector.history.rows import GAPS, KEYED, Translator, decode_info
from inspector.history.snapshots import holding
from inspector.history.states import info_at, state_at
from inspector.history.vitals.recording import means_of
from inspector.models import Host, HostInterval, Mark, Snapshot, Vitals, Watch
from inspector.protocol import export_file
from inspector.protocol.export_file import BookmarkLine, End, Header, Line, SnapshotLine, VitalsLine, WatchLine
from inspector.protocol.frames import Reset, as_diff

READ: Final = 200  # snapshots of one query

Sides = dict[int, tuple[list[Any], list[Any]]]  # seq → what ended there, what began there


def export(host: Host, first: int, last: int) -> Iterator[bytes]:
    """The file with the snapshots from ``first`` to ``last``, in pieces.

    The first one is the one that held at ``first``. Errors are raised before the first piece.

    :raises NoSuchSnapshot: history does not hold them; or, midway, it was thinned there meanwhile.
    """
    begin, end = holding(host, first), holding(host, last)
    if begin.seq > end.seq:
        raise NoSuchSnapshot(f"snapshot {first} comes after {last}")
    return export_file.pack(_lines(host, begin, end))


def _lines(host: Host, begin: Snapshot, end: Snapshot) -> Iterator[Line]:
    yield _header(host, info_at(host, begin.seq), begin, end)
    yield _first(host, begin)  # held by nobody while the next piece is waited for
    snapshots = 1
    for line in _changes(host, begin, end.seq):
        snapshots += 1
        yield line
    watches = list(_watches(host, begin, end))
    yield from watches
    marks = list(_marks(host, begin.seq, end))
    yield from marks
    vitals = 0
    for means in _vitals(host, begin, end):
        vitals += 1
        yield means
    yield End(snapshots, len(watches), len(marks), vitals)


def _first(host: Host, begin: Snapshot) -> SnapshotLine:
    state = state_at(host, begin.seq)
    return _snapshot_line(begin, Reset(state.host.machine_id, begin.seq, state.taken_at, state))


def _header(host: Host, info: HostInfo, begin: Snapshot, end: Snapshot) -> Header:
    newest = end.seq == host.last_seq
    return export_file.make_header(
        info,
        first_seq=begin.seq,
        last_seq=end.seq,
        interval_s=host.interval_s,
        first_seen_at=format_instant(host.first_seen_at),
        seen_at=format_instant(host.seen_at if newest else end.recorded_at),
        taken_at=format_instant(host.taken_at if newest else end.taken_at),
    )


def _snapshot_line(snapshot: Snapshot, frame: Any) -> SnapshotLine:
    recorded = format_instant(snapshot.recorded_at)
    return SnapshotLine(recorded, snapshot.kind, snapshot.added, snapshot.changed, snapshot.removed, frame)


def _changes(host: Host, begin: Snapshot, last: int) -> Iterator[SnapshotLine]:
    """The snapshots after ``begin``, each as what changed since the one before."""
    before = begin
    while before.seq < last:
        following = Snapshot.objects.filter(host=host, seq__gt=before.seq, seq__lte=last)
        some = list(following.order_by("seq")[:READ])
        found = list(_steps(host, [before, *some]))
        if not Snapshot.objects.filter(host=host, seq=before.seq).exists() or not some:
            raise NoSuchSnapshot(f"history of {host} was thinned while it was exported; export it again")
        yield from found
        before = some[-1]


def _steps(host: Host, snapshots: Sequence[Snapshot]) -> Iterator[SnapshotLine]:
    seqs = [snapshot.seq for snapshot in snapshots]
    parts = {kind.section: _read(kind, host, seqs) for kind in KEYED}
    gaps = _read(GAPS, host, seqs)
    infos = _infos(host, seqs)
    for before, after in pairwise(snapshots):
        sides = [
            HostState(
                taken_at=format_instant(snapshot.taken_at),
                duration_ms=snapshot.duration_ms,
                host=infos[snapshot.seq],
                coverage=Coverage(snapshot.processes, tuple(gaps[after.seq][side])),
                **_tuples(parts, after.seq, side),
            )
            for side, snapshot in enumerate((before, after))
        ]
        yield _snapshot_line(after, as_diff(host.machine_id, before.seq, after.seq, sides[1], diff(*sides)))


def _tuples(parts: dict[str, Sides], seq: int, side: int) -> dict[str, Any]:
    return {section: tuple(found[seq][side]) for section, found in parts.items()}


def _read(kind: Translator[Any], host: Host, seqs: Sequence[int]) -> Sides:
    """What ended and what began at each of these snapshots but the first."""
    first, last = seqs[0], seqs[-1]
    within = Q(opened__gt=first, opened__lte=last) | Q(closed__gt=first, closed__lte=last)
    rows = kind.model._default_manager.filter(within, host=host)
    lives = {pk: (opened, closed) for pk, opened, closed in rows.values_list("pk", "opened", "closed")}
    sides: Sides = defaultdict(lambda: ([], []))
    for pk, fact in kind.read(rows).items():
        opened, closed = (_seen_at(seq, seqs) for seq in lives.get(pk, (None, None)))
        if opened == closed:
            continue  # it came and went between two snapshots
        if closed is not None and closed > first:
            sides[closed][0].append(fact)
        if opened is not None and opened > first:
            sides[opened][1].append(fact)
    return sides


def _seen_at(seq: int | None, seqs: Sequence[int]) -> int | None:
    """The first of these snapshots at or after ``seq``; ``None``: later than all of them."""
    return None if seq is None or seq > seqs[-1] else seqs[bisect_left(seqs, seq)]


def _infos(host: Host, seqs: Sequence[int]) -> dict[int, HostInfo]:
    rows = HostInterval.objects.filter(host=host, opened__lte=seqs[-1]).order_by("opened")
    rows = rows.filter(Q(closed=None) | Q(closed__gt=seqs[0]))
    known = [(opened, decode_info(facts)) for opened, facts in rows.values_list("opened", "facts")]
    return {seq: [info for opened, info in known if opened <= seq][-1] for seq in seqs}


def _watches(host: Host, begin: Snapshot, end: Snapshot) -> Iterator[WatchLine]:
    """The stretches that reach into the exported one; the last is cut where that ends, unless it is now."""
    found = Watch.objects.filter(host=host, until_seq__gte=begin.seq, from_seq__lte=end.seq).order_by("pk")
    for watch in found:
        over = watch.until_seq > end.seq
        yield WatchLine(
            from_at=format_instant(begin.taken_at if watch.from_seq < begin.seq else watch.from_at),
            until_at=format_instant(end.taken_at if over else watch.until_at),
            from_seq=max(watch.from_seq, begin.seq),
            until_seq=min(watch.until_seq, end.seq),
        )


def _marks(host: Host, first: int, end: Snapshot) -> Iterator[BookmarkLine]:
    for mark in Mark.objects.filter(host=host, seq__gte=first, seq__lte=end.seq).order_by("pk"):
        yield BookmarkLine(
            seq=mark.seq or 0,
            taken_at=None if mark.taken_at is None else format_instant(mark.taken_at),
            name=mark.name,
            note=mark.note,
            pinned=mark.pinned,
            requested_by=mark.requested_by,
            requested_at=format_instant(mark.requested_at),
        )


def _vitals(host: Host, begin: Snapshot, end: Snapshot) -> Iterator[VitalsLine]:
    """The means of stretches that begin in the exported one, and of the one in which that begins; some at a time."""
    found = Vitals.objects.filter(host=host, until_at__gt=begin.taken_at)
    if end.seq != host.last_seq:
        found = found.filter(at__lt=end.taken_at)
    last = None
    while rows := list(found.filter(**({} if last is None else {"at__gt": last})).order_by("at")[:READ]):
        last = rows[-1].at
        for row in rows:
            at, until_at, recorded_at = map(format_instant, (row.at, row.until_at, row.recorded_at))
            yield VitalsLine(at, until_at, recorded_at, means_of(row))
