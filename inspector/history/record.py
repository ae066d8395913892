"""Writing history: a frame is stored as intervals, whole or not at all."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec
from django.db import transaction
from django.utils import timezone

from inspector.errors import Diverged, MalformedFrame, MalformedMoment, OutOfStep
from inspector.facts import checksum
from inspector.facts.diff import CoverageChange, Section, diff
from inspector.facts.moments import parse_instant
from inspector.facts.types import SCHEMA, Coverage, Gap, HostInfo, HostState
from inspector.history import bookmarks, completion, hosts, hourly, intervals, keyframes
from inspector.history.rows import GAPS, KEYED, decode_info, encode_info
from inspector.history.states import state_at
from inspector.models import Host, HostInterval, Snapshot
from inspector.protocol.frames import Diff, Heartbeat, Reset, as_diff

NOTHING: Final = HostState("", 0.0, HostInfo("", "", "", ""), Coverage(0))
"""The state before the first look."""


class Recorded(NamedTuple):
    """History holds everything up to ``seq``; ``diff`` is what the frame changed, ``None`` if it was held already.

    ``agrees`` is ``False`` where the frame's checksum is of another state than the one that history holds now.
    """

    seq: int
    diff: Diff | None
    agrees: bool = True


class Look(NamedTuple):
    """When a frame was taken (the agent's clock) and when it arrived (the server's)."""

    taken: datetime
    arrived: datetime
    duration_ms: float


def record(frame: Reset | Diff, arrived: datetime | None = None, verify: bool = True) -> Recorded:
    """Store a frame in one transaction; a frame that is held already is not stored again.

    :param arrived: the server's clock; now, unless told otherwise.
    :param verify: refuse changes whose checksum does not come out.
    :raises OutOfStep: the changes do not fit on what history holds; nothing was stored.
    :raises Diverged: they fit, and lead to another state than the agent's; nothing was stored. Never for a reset.
    :raises MalformedFrame: the frame contradicts itself; nothing was stored.
    """
    look = _look(frame, arrived or timezone.now())
    with transaction.atomic():
        host = _host_of(frame, look)
        if frame.seq <= host.last_seq:
            return Recorded(host.last_seq, None)
        fitted, total = _fit(frame, host)
        _store(host, fitted, look, total, whole=isinstance(frame, Reset))
        agrees = frame.checksum in (None, host.checksum)
        if verify and not agrees and isinstance(frame, Diff):
            raise Diverged(f"the changes lead to {host.checksum}, the agent is at {frame.checksum}")
    return Recorded(frame.seq, msgspec.structs.replace(fitted, checksum=host.checksum, schema=SCHEMA), agrees)


def beat(machine_id: str, heartbeat: Heartbeat, arrived: datetime | None = None, verify: bool = True) -> Heartbeat:
    """Note that the host was looked at and nothing had changed. Adds no row while looks follow each other.

    A heartbeat older than what history holds says nothing new and is passed over.

    :param verify: refuse a heartbeat of another state than the one history holds.
    :return: the heartbeat with the checksum of what history holds at its ``seq``.
    :raises OutOfStep: history lacks frames that came before it.
    :raises Diverged: the state that history holds under this number is not the agent's.
    """
    taken, arrived = _instant(heartbeat.taken_at), arrived or timezone.now()
    with transaction.atomic():
        host = hosts.lock(machine_id)
        if host is None or heartbeat.seq > host.last_seq:
            raise OutOfStep(f"history holds nothing of {machine_id} up to {heartbeat.seq}")
        if heartbeat.seq < host.last_seq:
            return heartbeat
        host.checksum = host.checksum or checksum.checksum(state_at(host))
        if verify and heartbeat.checksum not in (None, host.checksum):
            raise Diverged(f"history holds {host.checksum} at {host.last_seq}, the agent {heartbeat.checksum}")
        hosts.look(host, host.last_seq, taken, arrived)
        host.save(update_fields=["seen_at", "taken_at", "watch", "checksum"])
        bookmarks.fulfil(host, host.last_seq, taken, arrived)
    return msgspec.structs.replace(heartbeat, checksum=host.checksum, schema=SCHEMA)


def _look(frame: Reset | Diff, arrived: datetime) -> Look:
    if isinstance(frame, Diff):
        return Look(_instant(frame.taken_at), arrived, frame.duration_ms)
    if frame.state.host.machine_id != frame.host:
        raise MalformedFrame(f"the frame is of host {frame.host!r}, its state of {frame.state.host.machine_id!r}")
    return Look(_instant(frame.state.taken_at), arrived, frame.state.duration_ms)


def _instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except MalformedMoment as error:
        raise MalformedFrame(str(error)) from error


def _host_of(frame: Reset | Diff, look: Look) -> Host:
    if "\0" in frame.host or frame.seq < 1:
        raise MalformedFrame("a machine id holds no NUL, and frames are counted from 1")
    if host := hosts.lock(frame.host):
        return host
    if isinstance(frame, Diff):
        raise OutOfStep(f"history knows of no host {frame.host!r}")
    return hosts.create(frame.state.host, look.taken, look.arrived)


def _fit(frame: Reset | Diff, host: Host) -> tuple[Diff, int]:
    """The frame as changes of what history holds, and the sum of the hashes before them; a reset has it read anew."""
    if isinstance(frame, Reset):
        before = state_at(host) if host.last_seq else NOTHING
        changes = as_diff(frame.host, host.last_seq, frame.seq, frame.state, diff(before, frame.state))
        return changes, checksum.total_of(before) if host.last_seq else 0
    if frame.base != host.last_seq:
        raise OutOfStep(f"the changes are from {frame.base}, history is at {host.last_seq}")
    if frame.host_info is not None and frame.host_info.machine_id != frame.host:
        raise MalformedFrame(f"changes of host {frame.host!r} cannot make it {frame.host_info.machine_id!r}")
    return frame, checksum.read(host.checksum) if host.checksum else checksum.total_of(state_at(host))


def _store(host: Host, changes: Diff, look: Look, total: int, whole: bool) -> None:
    before = Snapshot.objects.filter(host=host, seq=host.last_seq).first()
    stored = [intervals.store(kind, host.pk, changes.seq, getattr(changes, kind.section)) for kind in KEYED]
    stored.append(intervals.store(GAPS, host.pk, changes.seq, _gap_section(changes.coverage)))
    completion.complete(host.pk, changes.completed)
    told = _store_info(host, changes.seq, changes.host_info)
    snapshot = _snapshot_of(host, before, changes, look, whole)
    snapshot.save(force_insert=True)
    hourly.count(snapshot)
    covered = checksum.difference([Coverage(before.processes)] if before else [], [Coverage(snapshot.processes)])
    host.checksum = checksum.write(total + sum(part.growth for part in stored) + told + covered)
    host.last_seq, host.processes, host.containers = snapshot.seq, snapshot.processes, snapshot.containers
    host.unkeyed += sum(part.rows for part in stored)
    hosts.look(host, snapshot.seq, look.taken, look.arrived)
    bookmarks.fulfil(host, snapshot.seq, look.taken, look.arrived)
    if before is None or keyframes.is_due(host.unkeyed, snapshot.processes + snapshot.namespaces):
        keyframes.write(host)
        host.unkeyed = 0
    host.save()


def _snapshot_of(host: Host, before: Snapshot | None, changes: Diff, look: Look, whole: bool) -> Snapshot:
    sections = [getattr(changes, kind.section) for kind in KEYED]
    coverage = changes.coverage
    return Snapshot(
        host=host,
        seq=changes.seq,
        taken_at=look.taken,
        recorded_at=look.arrived,
        duration_ms=look.duration_ms,
        kind=_kind(before, host, changes, whole),
        processes=coverage.processes if coverage else before.processes if before else 0,
        namespaces=(before.namespaces if before else 0) + _growth(changes.namespaces),
        containers=(before.containers if before else 0) + _growth(changes.containers),
        added=sum(len(section.add) for section in sections),
        changed=sum(len(section.change) for section in sections),
        removed=sum(len(section.remove) for section in sections),
    )


def _kind(before: Snapshot | None, host: Host, changes: Diff, whole: bool) -> int:
    if before is None:
        return Snapshot.Kind.FIRST
    booted = HostInterval.objects.filter(host=host, closed=changes.seq).first()
    info = changes.host_info
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
    """Take over what the host says of itself, where it says anything new; what the sum of hashes grew by."""
    if info is None:
        return 0
    held = [decode_info(row.facts) for row in HostInterval.objects.filter(host=host, closed=None)]
    HostInterval.objects.filter(host=host, closed=None).update(closed=seq)
    HostInterval.objects.create(host=host, opened=seq, facts=encode_info(info))
    hosts.describe(host, info)
    return checksum.difference(held, [info])
