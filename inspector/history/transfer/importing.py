"""Importing a stretch of history, as a host of its own that no agent can send frames for.

It is stored in small transactions, so that frames of other hosts go on being stored, and is shown once it is
complete. A malformed or truncated import is deleted again. The next round of retention deletes what a killed process
left.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from time import perf_counter
from typing import IO, Final

import msgspec
from django.utils import timezone

from inspector.errors import MalformedFrame, MalformedMoment, OutOfStep
from inspector.facts.moments import parse_instant
from inspector.facts.types import HostInfo
from inspector.history import hourly, record
from inspector.history.forget import forget_host
from inspector.history.throttle import Pace
from inspector.history.vitals.recording import fill
from inspector.models import Host, Mark, Snapshot, Vitals, Watch
from inspector.protocol import export_file
from inspector.protocol.export_file import (
    BookmarkLine,
    End,
    Header,
    Line,
    MalformedFile,
    SnapshotLine,
    VitalsLine,
    WatchLine,
)
from inspector.protocol.frames import Diff, Reset

BATCH_S: Final = 0.03  # how long one transaction stores lines
ABANDONED: Final = timedelta(minutes=10)  # since the last line; after it the import counts as abandoned
SIGN: Final = "+imported-"


def bring_in(file: IO[bytes], most_bytes: int = 0, pace: Pace | None = None) -> Host:
    """Import an export; return the new host.

    :param most_bytes: how much the file may hold when decompressed; 0: any amount.
    :raises MalformedFile: it is not an export, was cut short or contradicts itself; nothing of it was kept.
    :raises inspector.history.throttle.Stopped: it was asked to end; nothing was kept.
    """
    arrival = begin(file, most_bytes, pace)
    try:
        while not arrival.step():
            pass
    finally:
        if not arrival.whole:
            forget_host(arrival.host, Pace(pause_s=arrival.pace.pause_s))
    return arrival.host


def begin(file: IO[bytes], most_bytes: int = 0, pace: Pace | None = None) -> Arrival:
    """Begin an import. Whoever does not end it forgets its host.

    :raises MalformedFile: it is not an export; nothing was kept.
    """
    lines = export_file.unpack(file, most_bytes)
    header = next(lines, None)
    if not isinstance(header, Header):
        raise MalformedFile("the file is empty")
    try:
        return Arrival(header, lines, pace or Pace())
    except MalformedMoment as error:
        raise MalformedFile(f"the header: {error}") from error


def clear_abandoned(pace: Pace, now: datetime) -> int:
    """Delete the hosts whose import was killed; return how many."""
    left = list(Host.objects.filter(importing=True, imported_at__lt=now - ABANDONED))
    for host in left:
        forget_host(host, pace)
    return len(left)


def new_machine_id(machine_id: str, now: datetime) -> str:
    """An id that no live host has, and that shows that the host was imported."""
    return f"{machine_id.partition(SIGN)[0][:90]}{SIGN}{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


class Arrival:
    """One file being imported."""

    def __init__(self, header: Header, lines: Iterator[Line], pace: Pace) -> None:
        """:raises MalformedMoment: the header holds a malformed moment."""
        self.header, self.lines = header, lines
        self.pace = pace
        self.now = timezone.now()
        self.seq = 0  # the last snapshot stored
        self.counts = {SnapshotLine: 0, WatchLine: 0, BookmarkLine: 0, VitalsLine: 0}
        self.complete = False  # the last line is stored
        self.whole = False  # and its transaction has ended
        self.host = self.make_host()

    def make_host(self) -> Host:
        """Create the host, which no list shows yet."""
        return Host.objects.create(
            machine_id=new_machine_id(self.header.host.machine_id, self.now),
            first_seen_at=parse_instant(self.header.first_seen_at),
            seen_at=parse_instant(self.header.seen_at),
            taken_at=parse_instant(self.header.taken_at),
            interval_s=self.header.interval_s,
            imported_at=self.now,
            imported_from=self.header.host.machine_id,
            importing=True,
        )

    def step(self) -> bool:
        """Store some lines in one transaction; return whether they were the last ones.

        :raises MalformedFile: they contradict themselves or the lines before, or there are no more of them.
        """
        try:
            self.pace.step(lambda rows: self.take_some(self.lines))
        except (MalformedFrame, MalformedMoment, OutOfStep) as error:
            raise MalformedFile(f"snapshot {self.seq} and what follows: {error}") from error
        if self.complete:
            self.whole = True
            self.host.refresh_from_db()
        return self.whole

    def take_some(self, lines: Iterator[Line]) -> int:
        began = perf_counter()
        while perf_counter() - began < BATCH_S:
            line = next(lines, None)
            if line is None:
                raise MalformedFile("the file was cut short: its end is missing")
            self.store(line)
            if isinstance(line, End):
                if next(lines, None) is not None:
                    raise MalformedFile("the file goes on after its end")
                self.finish(line)
                break
        if not Host.objects.filter(pk=self.host.pk).update(imported_at=timezone.now()):
            raise MalformedFile("the import took too long and was stopped")
        return 1

    def store(self, line: Line) -> None:
        """:raises MalformedFile: the line does not follow on those before it."""
        if type(line) in self.counts:
            self.counts[type(line)] += 1
        match line:
            case SnapshotLine():
                self.store_snapshot(line)
            case WatchLine():
                self.store_watch(line)
            case BookmarkLine():
                self.store_mark(line)
            case VitalsLine():
                self.store_vitals(line)
            case Header():
                raise MalformedFile("the file has two headers")

    def store_snapshot(self, line: SnapshotLine) -> None:
        frame = line.frame
        if self.counts[WatchLine] or self.counts[BookmarkLine]:
            raise MalformedFile("snapshots come before watches and marks")
        if isinstance(frame, Reset) != (self.seq == 0):
            raise MalformedFile(f"snapshot {frame.seq}: the first is a whole state, the others are changes")
        if frame.seq <= self.seq or frame.host != self.header.host.machine_id:
            raise MalformedFile(f"snapshot {frame.seq} does not follow on snapshot {self.seq} of this host")
        record.record(self.renamed(frame), parse_instant(line.recorded_at))
        if self.seq:
            told = {"kind": line.kind, "added": line.added, "changed": line.changed, "removed": line.removed}
            Snapshot.objects.filter(host=self.host, seq=frame.seq).update(**told)
        self.seq = frame.seq

    def renamed(self, frame: Reset | Diff) -> Reset | Diff:
        """The frame as one of the imported host, without its checksum, which is of the original host."""
        machine_id = self.host.machine_id
        if isinstance(frame, Reset):
            state = msgspec.structs.replace(frame.state, host=self.known_as(frame.state.host))
            return msgspec.structs.replace(frame, host=machine_id, state=state, checksum=None)
        info = frame.host_info and self.known_as(frame.host_info)
        return msgspec.structs.replace(frame, host=machine_id, host_info=info, checksum=None)

    def known_as(self, info: HostInfo) -> HostInfo:
        if info.machine_id != self.header.host.machine_id:
            raise MalformedFile(f"a snapshot is of another host, {info.machine_id[:40]!r}")
        return msgspec.structs.replace(info, machine_id=self.host.machine_id)

    def store_watch(self, line: WatchLine) -> None:
        if self.counts[WatchLine] == 1:
            self.forget_watches()
        moments = {"from_at": parse_instant(line.from_at), "until_at": parse_instant(line.until_at)}
        Watch.objects.create(host=self.host, from_seq=line.from_seq, until_seq=line.until_seq, **moments)

    def forget_watches(self) -> None:
        """Delete the watches that storing the snapshots made: the file holds the real ones."""
        Host.objects.filter(pk=self.host.pk).update(watch=None)
        Watch.objects.filter(host=self.host).delete()

    def store_mark(self, line: BookmarkLine) -> None:
        if not self.header.first_seq <= line.seq <= self.seq:
            raise MalformedFile(f"a mark points at snapshot {line.seq}, which the file does not hold")
        Mark.objects.create(
            host=self.host,
            seq=line.seq,
            taken_at=None if line.taken_at is None else parse_instant(line.taken_at),  # type: ignore[misc]
            name=line.name.replace("\0", "\ufffd"),
            note=line.note.replace("\0", "\ufffd"),
            pinned=line.pinned,
            requested_by=line.requested_by.replace("\0", "\ufffd"),
            requested_at=parse_instant(line.requested_at),
        )

    def store_vitals(self, line: VitalsLine) -> None:
        at, until, recorded_at = map(parse_instant, (line.at, line.until_at, line.recorded_at))
        if until <= at or Vitals.objects.filter(host=self.host, at=at).exists():  # type: ignore[misc]
            raise MalformedFile(f"the means at {line.at} end before they begin, or are there twice")
        fill(Vitals(host=self.host, at=at, recorded_at=recorded_at), until, line.means).save()

    def finish(self, end: End) -> None:
        """Check that the file is complete, and show the host."""
        told = End(*(self.counts[kind] for kind in (SnapshotLine, WatchLine, BookmarkLine, VitalsLine)))
        first = Snapshot.objects.filter(host=self.host).order_by("seq").values_list("seq", flat=True).first()
        if end != told or (first, self.seq) != (self.header.first_seq, self.header.last_seq):
            raise MalformedFile("the file does not hold what its header and its end say")
        if not self.counts[WatchLine]:
            self.forget_watches()
        hourly.rebuild(self.host)
        header = self.header
        Host.objects.filter(pk=self.host.pk).update(
            seen_at=parse_instant(header.seen_at),
            taken_at=parse_instant(header.taken_at),
            interval_s=header.interval_s,
            importing=False,
        )
        self.complete = True
