"""Containers that started, stopped, restarted and went, and boots: read from the intervals, stored nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

import msgspec
from django.db.models import QuerySet

from inspector.facts.moments import format_instant
from inspector.facts.types import Fact, HostInfo
from inspector.history import shared_values as values
from inspector.history import snapshots as instants
from inspector.models import ContainerInterval, Host, HostInterval, Snapshot

Kind = Literal["container-started", "container-stopped", "container-restarted", "container-removed", "boot"]

MOST: Final = 500
"""So many events are told, the newest."""

LOOKED_AT: Final = 1500
"""So many rows of containers are looked at, the newest, however long the stretch."""

UP: Final = ("running", "paused")
DOWN: Final = ("created", "exited", "dead", "removing")  # the engine's words; "restarting" is neither


class Event(Fact, frozen=True):
    """Something that happened at a snapshot: to the container, or the boot, with this id."""

    at: str
    seq: int
    kind: Kind
    id: str
    name: str


class Row(NamedTuple):
    """A row of a container, as far as it tells events apart; ``key``, ``state`` and ``facts`` are values."""

    opened: int
    closed: int | None
    key: int
    state: int
    init_pid: int | None
    facts: int


class Found(NamedTuple):
    """An event whose texts are not looked up yet."""

    seq: int
    kind: Kind
    row: Row


class Happened(NamedTuple):
    """The newest events, oldest first, and how many more there are at most."""

    events: list[Event]
    left_out: int


def happened(host: Host, seqs: tuple[int, int], since: datetime, until: datetime) -> Happened:
    """What happened in a stretch of time, at snapshots with these numbers at most.

    What was there at the first snapshot kept has not started then. Cost: some 8 µs for each row of a container that
    began or ended in the stretch, for :data:`LOOKED_AT` of them at most.
    """
    found, unseen = _containers(host, *seqs)
    moments = instants.taken(host.pk, (event.seq for event in found))
    within = [event for event in found if since <= moments[event.seq] <= until]
    boots = _boots(host, seqs, since, until)
    told = _tell(within[-MOST:], moments)
    events = sorted([*told, *boots], key=lambda event: event.seq)
    return Happened(events[-MOST:], len(within) + len(boots) + unseen - len(events[-MOST:]))


def what_happened(before: str | None, after: str | None, same_init: bool) -> Kind | None:
    """The event between two states of a container's life, each ``None`` where it was not there."""
    if after is None:
        return "container-removed"
    if after in UP:
        if before == "restarting":
            return "container-restarted"
        if before is None or before in DOWN:
            return "container-started"
        return None if same_init else "container-restarted"
    return "container-stopped" if after in DOWN and before is not None and before not in DOWN else None


def _containers(host: Host, first: int, last: int) -> tuple[list[Found], int]:
    """The events of containers, oldest first, and how many more there are at most."""
    of_host = ContainerInterval.objects.filter(host=host)
    began, began_more = _newest(of_host.filter(opened__gte=first, opened__lte=last), "opened")
    ended, ended_more = _newest(of_host.filter(closed__gte=first, closed__lte=last), "closed")
    whole_from = max(_cut(began_more, began, "opened"), _cut(ended_more, ended, "closed"))
    first_kept = _first_kept(host)
    states = values.load({row.state for row in (*began, *ended)})
    after_first = (event for event in _compare(began, ended, states) if event.seq > first_kept)
    found = sorted(after_first, key=lambda event: (event.seq, event.kind, event.row.key))
    told = [event for event in found if event.seq > whole_from]
    return told, len(found) - len(told) + began_more + ended_more


def _newest(rows: QuerySet[ContainerInterval], order: str) -> tuple[list[Row], int]:
    newest = rows.order_by(f"-{order}").values_list(*Row._fields)[:LOOKED_AT]
    found = [Row(*row) for row in newest]
    return found, rows.count() - len(found) if len(found) == LOOKED_AT else 0


def _cut(more: int, rows: list[Row], order: str) -> int:
    """Up to where not all rows were looked at."""
    return getattr(rows[-1], order) if more else 0


def _first_kept(host: Host) -> int:
    return Snapshot.objects.filter(host=host).order_by("seq").values_list("seq", flat=True).first() or 0


def _compare(began: list[Row], ended: list[Row], states: Mapping[int, str]) -> Iterator[Found]:
    before = {(row.key, row.closed): row for row in ended}
    for row in began:
        old = before.pop((row.key, row.opened), None)
        same = old is None or None in (old.init_pid, row.init_pid) or old.init_pid == row.init_pid
        if kind := what_happened(old and states[old.state], states[row.state], same):
            yield Found(row.opened, kind, row)
    for (_, closed), row in before.items():
        assert closed is not None
        yield Found(closed, "container-removed", row)


def _tell(found: list[Found], moments: Mapping[int, datetime]) -> list[Event]:
    known: dict[int, Any] = values.load({number for event in found for number in (event.row.key, event.row.facts)})
    return [
        Event(format_instant(moments[seq]), seq, kind, known[row.key], known[row.facts].name)
        for seq, kind, row in found
    ]


def _boots(host: Host, seqs: tuple[int, int], since: datetime, until: datetime) -> list[Event]:
    of_host = HostInterval.objects.filter(host=host)
    rows = of_host.filter(opened__gt=_first_kept(host), opened__gte=seqs[0], opened__lte=seqs[1]).order_by("-opened")
    began = {opened: _info(facts) for opened, facts in rows.values_list("opened", "facts")[:MOST]}
    ended = of_host.filter(closed__in=list(began)).values_list("closed", "facts")
    before = {closed: _info(facts).boot_id for closed, facts in ended}
    moments = instants.taken(host.pk, began)
    return [
        Event(format_instant(moments[seq]), seq, "boot", info.boot_id, info.hostname)
        for seq, info in began.items()
        if before.get(seq, info.boot_id) != info.boot_id and since <= moments[seq] <= until
    ]


def _info(facts: Any) -> HostInfo:
    return msgspec.json.decode(bytes(facts), type=HostInfo)
