"""Writing history: a frame is stored as intervals, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec
from django.db import transaction
from django.utils import timezone

from inspector.errors import Diverged, MalformedFrame, MalformedMoment, OutOfStep
from inspector.facts import checksum
from inspector.facts.diff import CoverageChange, Section, diff
from inspector.facts.moments import parse_instant
from inspector.facts.types import SCHEMA, Coverage, Gap, HostInfo, HostState, is_machine_id
from inspector.history import bookmarks, completion, hosts, hourly, intervals, keyframes, open_rows
from inspector.history.heartbeats import age_ms, heartbeat_of
from inspector.history.hosts import Observation
from inspector.history.intervals import Change, Stored
from inspector.history.rows import GAPS, KEYED, Translator, decode_info, encode_info
from inspector.history.states import state_at
from inspector.models import Host, HostInterval, Snapshot
from inspector.protocol.frames import Batch, Diff, Heartbeat, Reset, as_diff

NOTHING: Final = HostState("", 0.0, HostInfo("", "", "", ""), Coverage(0))
"""The state before the first scan."""

OLDEST: Final = timedelta(days=3650)
"""A state that claims to be older is taken for one of this age: a clock jumped."""


class Recorded(NamedTuple):
    """History holds everything up to ``seq``; ``diff`` is what the frame changed, ``None`` if it was held already.

    ``agrees`` is ``False`` where the frame's checksum is of another state than the one that history holds now.
    ``changes`` are the facts that ended and began, of every kind that changed.
    """

    seq: int
    diff: Diff | None
    agrees: bool = True
    changes: Mapping[Translator[Any], Change] = MappingProxyType({})
    age_ms: float = 0.0  # of the state, when it arrived
    host: int = 0  # its primary key


class Delivery(NamedTuple):
    """When the agent sent a frame (by its clock; ``None``: unknown), and how many it has still to deliver."""

    sent_at: str | None = None
    waiting: int = 0


Refused: TypeAlias = OutOfStep | Diverged | MalformedFrame | None


def record(frame: Reset | Diff, arrived: datetime | None = None, verify: bool = True) -> Recorded:
    """Store a frame in one transaction; a frame that is held already is not stored again.

    :param arrived: the server's clock; default: now.
    :param verify: refuse changes that lead to another checksum than the frame's.
    :raises OutOfStep: the changes do not fit on what history holds; nothing was stored.
    :raises Diverged: they fit, and lead to another state than the agent's; nothing was stored. Never for a reset.
    :raises MalformedFrame: the frame contradicts itself; nothing was stored.
    """
    stored, refused = _record([(frame, Delivery())], arrived or timezone.now(), verify)
    if refused is not None:
        raise refused
    return stored[0]


def record_batch(
    batch: Batch, arrived: datetime | None = None, verify: bool = True
) -> tuple[list[Recorded], Refused]:
    """Store the frames of a batch in one transaction, up to the first that is refused.

    :return: what was stored, and the error of the frame that was not.
    """
    after = range(len(batch.frames) - 1, -1, -1)
    deliveries = [Delivery(batch.sent_at, batch.waiting + number) for number in after]
    return _record(list(zip(batch.frames, deliveries, strict=True)), arrived or timezone.now(), verify)


def _record(
    frames: Sequence[tuple[Reset | Diff, Delivery]], arrived: datetime, verify: bool
) -> tuple[list[Recorded], Refused]:
    stored: list[Recorded] = []
    with transaction.atomic():
        recording: Recording | None = None
        for frame, delivery in frames:
            try:
                observed = _observation_of(frame, arrived, delivery)
                with transaction.atomic(savepoint=len(frames) > 1):
                    recording = recording or Recording(_host_of(frame, observed), verify)
                    stored.append(recording.store(frame, observed))
            except (OutOfStep, Diverged, MalformedFrame) as error:
                if recording is not None and stored:
                    recording.finish(failed=True)
                return stored, error
        if recording is not None:
            recording.finish()
    return stored, None


class Recording:
    """Frames of one host that are stored in one transaction. The host's row is locked, and saved once at the end."""

    def __init__(self, host: Host, verify: bool) -> None:
        self.host = host
        self.verify = verify
        self._rows = open_rows.take(host.pk, host.last_seq)
        self._observed: Observation | None = None  # of the last frame that was stored

    def store(self, frame: Reset | Diff, observed: Observation) -> Recorded:
        """Store the next frame.

        :raises OutOfStep, Diverged, MalformedFrame: see :func:`record`.
        """
        host = self.host
        if frame.seq <= host.last_seq:
            return Recorded(host.last_seq, None)
        fitted, total = _fit(frame, host)
        parts = {
            kind: intervals.store(kind, host.pk, frame.seq, section, self._rows)
            for kind, section in _sections_of(fitted).items()
        }
        completion.complete(host.pk, fitted.completed)
        before = self._rows.snapshot or next(iter(Snapshot.objects.filter(host=host, seq=host.last_seq)), None)
        told = _store_info(host, frame.seq, fitted.host_info)
        snapshot = _snapshot_of(host, before, fitted, observed, isinstance(frame, Reset))
        covered = checksum.difference([Coverage(before.processes)] if before else [], [Coverage(snapshot.processes)])
        summed = checksum.write(total + sum(part.growth for part in parts.values()) + told + covered)
        agrees = frame.checksum in (None, summed)
        if self.verify and not agrees and isinstance(frame, Diff):
            raise Diverged(f"the changes lead to {summed}, the agent is at {frame.checksum}")
        if fitted.host_info is not None:
            hosts.describe(host, fitted.host_info)
        self._advance(snapshot, summed, sum(part.rows for part in parts.values()), first=before is None)
        hosts.observe(host, snapshot.seq, observed)
        self._observed, self._rows.snapshot = observed, snapshot
        stored = msgspec.structs.replace(fitted, checksum=summed, schema=SCHEMA)
        age = age_ms(observed.seen, observed.arrived)
        return Recorded(frame.seq, stored, agrees, _changes_of(parts), age, host.pk)

    def _advance(self, snapshot: Snapshot, summed: str, rows: int, first: bool) -> None:
        """Make the snapshot the host's newest."""
        host = self.host
        snapshot.save(force_insert=True)
        hourly.count(snapshot)
        host.checksum, host.unkeyed = summed, host.unkeyed + rows
        host.last_seq, host.processes, host.containers = snapshot.seq, snapshot.processes, snapshot.containers
        if first or keyframes.is_due(host.unkeyed, snapshot.processes + snapshot.namespaces):
            keyframes.write(host)
            host.unkeyed = 0

    def finish(self, failed: bool = False) -> None:
        """Save what all frames did to the host.

        :param failed: a frame was refused and rolled back, so the known open rows may be wrong.
        """
        if self._observed is None:
            return
        hosts.save_watch(self.host)
        self.host.save()
        bookmarks.fulfil(self.host, self.host.last_seq, self._observed.taken, self._observed.seen)
        if not failed:
            transaction.on_commit(partial(open_rows.give, self.host.pk, self.host.last_seq, self._rows))


def _sections_of(changes: Diff) -> dict[Translator[Any], Section[Any, Any]]:
    return {kind: getattr(changes, kind.section) for kind in KEYED} | {GAPS: _gap_section(changes.coverage)}


def _changes_of(parts: Mapping[Translator[Any], Stored]) -> dict[Translator[Any], Change]:
    return {kind: part.change for kind, part in parts.items() if part.rows}


def beat(machine_id: str, heartbeat: Heartbeat, arrived: datetime | None = None, verify: bool = True) -> Heartbeat:
    """Note that the state still held. No row is added.

    A heartbeat older than the newest state says nothing new. One that overtakes frames says only that the agent is
    alive, and how many frames wait.

    :param verify: refuse a heartbeat of another state than the one history holds.
    :return: the heartbeat for the pages, of the state that history holds.
    :raises OutOfStep: history lacks frames that came before it.
    :raises Diverged: the state that history holds under this number is not the agent's.
    """
    arrived = arrived or timezone.now()
    observed = _observation(heartbeat.taken_at, arrived, Delivery(heartbeat.sent_at, heartbeat.waiting))
    with transaction.atomic():
        host = hosts.lock(machine_id)
        if host is None and heartbeat.waiting:  # its first frame is to come
            return msgspec.structs.replace(heartbeat, seq=0, checksum=None, sent_at=None)
        if host is None or (heartbeat.seq > host.last_seq and not heartbeat.waiting):
            raise OutOfStep(f"history holds nothing of {machine_id} up to {heartbeat.seq}")
        if heartbeat.seq != host.last_seq:
            hosts.note_message(host, arrived, heartbeat.waiting)
        else:
            _confirm(host, heartbeat, observed, verify)
    return heartbeat_of(host, arrived, heartbeat.whole_at)


def _confirm(host: Host, heartbeat: Heartbeat, observed: Observation, verify: bool) -> None:
    """The newest state still holds."""
    host.checksum = host.checksum or checksum.checksum(state_at(host))
    if verify and heartbeat.checksum not in (None, host.checksum):
        raise Diverged(f"history holds {host.checksum} at {host.last_seq}, the agent {heartbeat.checksum}")
    hosts.observe(host, host.last_seq, observed)
    hosts.save_watch(host)
    host.save(update_fields=["seen_at", "taken_at", "heard_at", "waiting", "watch", "checksum"])
    bookmarks.fulfil(host, host.last_seq, observed.taken, observed.seen)


def _observation_of(frame: Reset | Diff, arrived: datetime, delivery: Delivery) -> Observation:
    if isinstance(frame, Diff):
        return _observation(frame.taken_at, arrived, delivery, frame.duration_ms)
    if frame.state.host.machine_id != frame.host:
        raise MalformedFrame(f"the frame is of host {frame.host!r}, its state of {frame.state.host.machine_id!r}")
    return _observation(frame.state.taken_at, arrived, delivery, frame.state.duration_ms)


def _observation(taken_at: str, arrived: datetime, delivery: Delivery, duration_ms: float = 0.0) -> Observation:
    """The age of the state is the difference of two moments of the agent's clock, so a wrong clock does no harm."""
    taken = _instant(taken_at)
    age = timedelta() if delivery.sent_at is None else _instant(delivery.sent_at) - taken
    return Observation(taken, arrived - min(max(timedelta(), age), OLDEST), arrived, delivery.waiting, duration_ms)


def _instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except MalformedMoment as error:
        raise MalformedFrame(str(error)) from error


def _host_of(frame: Reset | Diff, observed: Observation) -> Host:
    if not is_machine_id(frame.host) or frame.seq < 1:
        raise MalformedFrame(f"{frame.host!r} is no machine id, or {frame.seq} is none of a frame")
    if host := hosts.lock(frame.host):
        return host
    if isinstance(frame, Diff):
        raise OutOfStep(f"history knows of no host {frame.host!r}")
    return hosts.create(frame.state.host, observed.taken, observed.arrived)


def _fit(frame: Reset | Diff, host: Host) -> tuple[Diff, int]:
    """The frame as changes of what history holds, and the sum of hashes before them: for a reset a new one."""
    if isinstance(frame, Reset):
        before = state_at(host) if host.last_seq else NOTHING
        changes = as_diff(frame.host, host.last_seq, frame.seq, frame.state, diff(before, frame.state))
        return changes, checksum.total_of(before) if host.last_seq else 0
    if frame.base != host.last_seq:
        raise OutOfStep(f"the changes are from {frame.base}, history is at {host.last_seq}")
    if frame.host_info is not None and frame.host_info.machine_id != frame.host:
        raise MalformedFrame(f"changes of host {frame.host!r} cannot make it {frame.host_info.machine_id!r}")
    return frame, checksum.read(host.checksum) if host.checksum else checksum.total_of(state_at(host))


def _snapshot_of(host: Host, before: Snapshot | None, changes: Diff, observed: Observation, whole: bool) -> Snapshot:
    sections = [getattr(changes, kind.section) for kind in KEYED]
    coverage = changes.coverage
    return Snapshot(
        host=host,
        seq=changes.seq,
        taken_at=observed.taken,
        recorded_at=observed.arrived,
        duration_ms=observed.duration_ms,
        kind=_kind(before, host, changes, whole),
        processes=coverage.processes if coverage else before.processes if before else 0,
        namespaces=(before.namespaces if before else 0) + _growth(changes.namespaces),
        containers=(before.containers if before else 0) + _growth(changes.containers),
        added=sum(len(section.add) for section in sections),
        changed=sum(len(section.change) for section in sections),
        removed=sum(len(section.remove) for section in sections),
        thinned=changes.thinned,
    )


def _kind(before: Snapshot | None, host: Host, changes: Diff, whole: bool) -> int:
    if before is None:
        return Snapshot.Kind.FIRST
    info = changes.host_info
    booted = HostInterval.objects.filter(host=host, closed=changes.seq).first() if info else None
    if booted and info and decode_info(booted.facts).boot_id != info.boot_id:
        return Snapshot.Kind.BOOT
    return Snapshot.Kind.RESET if whole else Snapshot.Kind.CHANGE


def _growth(section: Section[Any, Any]) -> int:
    return len(section.add) - len(section.remove)


def _gap_section(coverage: CoverageChange | None) -> Section[Gap, Any]:
    """The gaps' changes in the shape of the others: a gap is its own key."""
    if coverage is None:
        return Section()
    return Section(add=coverage.add, remove=coverage.remove)  # type: ignore[arg-type]


def _store_info(host: Host, seq: int, info: HostInfo | None) -> int:
    """Store the host's description of itself, if it is a new one; return what the sum of hashes grew by."""
    if info is None:
        return 0
    held = [decode_info(row.facts) for row in HostInterval.objects.filter(host=host, closed=None)]
    HostInterval.objects.filter(host=host, closed=None).update(closed=seq)
    HostInterval.objects.create(host=host, opened=seq, facts=encode_info(info))
    return checksum.difference(held, [info])
