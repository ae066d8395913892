"""Stays: which processes were in a namespace or a container, and when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

import msgspec
from django.db.models import Max, QuerySet
from django.db.models.lookups import In

from inspector.facts.container_events import is_runtime_name
from inspector.facts.health_check import is_health_check
from inspector.facts.moments import format_instant
from inspector.facts.types import Container, Fact, process_key
from inspector.history import shared_values, snapshots
from inspector.history.rows import CONTAINERS, ROLES
from inspector.history.sql import among, numbers, without_index
from inspector.models import ContainerInterval, ProcessInterval, Value

MOST: Final = 500
"""At most this many stays are given: the newest."""

ROWS: Final = 2000
"""At most this many rows of processes are read for those. A process whose facts change has several in one stay."""

SCANNED: Final = 50_000
"""At most this many rows are read, the newest, where nearly every process is a member."""

SETS: Final = 50_000
"""At most this many namespace sets are searched, the newest: a month with a new container each minute has as many."""

_EXEC: Final = ROLES.index("exec")

COLUMNS: Final = (
    "id", "opened", "closed", "boot", "pid", "start_ticks", "comm", "container", "spaces", "ppid", "role", "cmdline",
)  # fmt: skip


class Member(Fact, frozen=True):
    """One stay of a process: from one snapshot until another; ``None``: it is still there."""

    key: str
    pid: int
    comm: str
    container: str | None
    name: str | None  # of the container, where an engine reported it
    from_seq: int
    from_at: str
    until_seq: int | None
    until_at: str | None
    check: bool = False  # it belongs to the health check of its container, or is a runtime that starts one


class Members(NamedTuple):
    """The newest stays, the newest first, and whether there are more."""

    stays: list[Member]
    more: bool


class Place(NamedTuple):
    """A container, or namespace sets: the column of a process's row that names it, and the values to find there."""

    column: Literal["container", "spaces"]
    numbers: frozenset[int]


class Row(NamedTuple):
    """The needed columns of a process's row. Numbers of values: boot, comm, container, spaces and cmdline."""

    id: int
    opened: int
    closed: int | None
    boot: int
    pid: int
    start: int
    comm: int
    container: int | None
    spaces: int
    ppid: int
    role: int | None
    cmdline: int

    @property
    def process(self) -> tuple[int, int, int]:
        return self.boot, self.pid, self.start


@dataclass
class Stay:
    """Rows of one process that follow one another; ``newest`` says the facts."""

    newest: Row
    opened: int


def of_container(host: int, key: str) -> Members:
    """The processes that were in a container, by index. Cost: 1 µs for each row of a member, and some 50 ms."""
    found = shared_values.find([shared_values.text(key)]).values()
    return _members(host, *_newest_stays(host, Place("container", frozenset(found))))


def of_namespace(host: int, key: str, initial: bool) -> Members:
    """The processes that were in a namespace.

    Two steps: the namespace sets with this one in them, then the rows that name such a set, by index. Cost: 2 µs for
    each namespace set of history (:data:`SETS` at most), and 1 µs for each row of a member. Nearly every process is
    a member of the initial namespaces: for those the newest :data:`SCANNED` rows are read, some 100 ms.
    """
    sets, more = _sets_with(key)
    stays, cut = _newest_stays(host, Place("spaces", sets), in_order=initial)
    return _members(host, stays, cut or more)


def _sets_with(key: str) -> tuple[frozenset[int], bool]:
    """The numbers of the namespace sets that name this namespace, and whether some were not searched."""
    sets = Value.objects.filter(kind=Value.Kind.SPACES.value).order_by("-pk").values_list("pk", "body")[:SETS]
    needle = msgspec.json.encode(key)
    searched, found = 0, []
    for number, body in sets.iterator():
        searched += 1
        if needle in bytes(body):
            found.append(number)
    return frozenset(found), searched == SETS


def _newest_stays(host: int, place: Place, in_order: bool = False) -> tuple[list[Stay], bool]:
    start = _scan_from(host) if in_order else 0
    rows = _found_in_order(host, place, start) if in_order else _found(host, place)
    found = [Row(*row) for row in rows.values_list(*COLUMNS)[:ROWS]]
    stays = list(_join(found))
    cut = len(found) == ROWS or start > 0
    if cut:
        _reach_back(host, place, stays[:MOST])
    return stays[:MOST], cut or len(stays) > MOST


def _found(host: int, place: Place) -> QuerySet[ProcessInterval]:
    """The rows in this place, newest first, by the index of its column."""
    rows = ProcessInterval.objects.filter(host=host, **{f"{place.column}__in": numbers(place.numbers)})
    return rows.order_by("-pk")


def _found_in_order(host: int, place: Place, start: int) -> QuerySet[ProcessInterval]:
    """The same, read from the newest row back to those opened at ``start``."""
    rows = ProcessInterval.objects.filter(In(without_index(place.column), numbers(place.numbers)), host=host)
    return rows.filter(opened__gte=start).order_by("-opened", "-pk")


def _scan_from(host: int) -> int:
    """The first snapshot whose rows are read in order; 0: all are."""
    rows = ProcessInterval.objects.filter(host=host).order_by("-opened")
    return next(iter(rows.values_list("opened", flat=True)[SCANNED : SCANNED + 1]), 0)


def _join(rows: Iterable[Row]) -> Iterator[Stay]:
    """The stays that these rows make; both are newest first."""
    begun: dict[tuple[int, int, int], Stay] = {}
    for row in rows:
        stay = begun.get(row.process)
        if stay is not None and stay.opened == row.closed:
            stay.opened = row.opened
        else:
            begun[row.process] = stay = Stay(row, row.opened)
            yield stay


def _reach_back(host: int, place: Place, stays: Iterable[Stay]) -> None:
    """Find the beginnings of stays whose first rows were not read, by the index of each pid."""
    oldest = {stay.newest.process: stay for stay in stays}  # of several stays of a process the last is the oldest
    pids = sorted({pid for _, pid, _ in oldest})
    rows = ProcessInterval.objects.filter(host=host, pid__in=pids).values_list(*COLUMNS)
    for row in sorted(map(Row._make, rows), key=lambda row: row.opened, reverse=True):
        stay = oldest.get(row.process)
        if stay and stay.opened == row.closed and getattr(row, place.column) in place.numbers:
            stay.opened = row.opened


def _members(host: int, stays: list[Stay], more: bool) -> Members:
    newest = [stay.newest for stay in stays]
    known: Mapping[Any, Any] = {None: None} | shared_values.load(
        {
            number
            for row in newest
            for number in (row.boot, row.comm, row.container, row.cmdline)
            if number is not None
        }
    )
    containers = _containers(host, {row.container for row in newest} - {None})
    checks = set(_checks(newest, known, containers))
    moments = snapshots.taken(host, {seq for stay in stays for seq in (stay.opened, stay.newest.closed) if seq})
    told = [_member(stay, known, containers, moments, checks) for stay in stays]
    return Members(sorted(told, key=lambda member: member.from_seq, reverse=True), more)


def _member(
    stay: Stay,
    known: Mapping[Any, Any],
    containers: Mapping[int, Container],
    moments: Mapping[int, datetime],
    checks: Set[int],
) -> Member:
    row = stay.newest
    container = containers.get(row.container or 0)
    return Member(
        key=process_key(known[row.boot], row.pid, row.start),
        pid=row.pid,
        comm=known[row.comm],
        container=known[row.container],
        name=None if container is None else container.name,
        from_seq=stay.opened,
        from_at=format_instant(moments[stay.opened]),
        until_seq=row.closed,
        until_at=None if row.closed is None else format_instant(moments[row.closed]),
        check=row.id in checks,
    )


def _checks(rows: list[Row], known: Mapping[Any, Any], containers: Mapping[int, Container]) -> Iterator[int]:
    """The rows of processes that a health check started, and of the runtimes and children of such processes."""
    checked = {number for number, container in containers.items() if container.health_check}
    mine = [row for row in rows if row.container in checked]
    started = {
        row.pid
        for row in mine
        if row.role == _EXEC and is_health_check(containers[row.container or 0], known[row.cmdline])
    }
    for row in mine:
        if row.pid in started or row.ppid in started or is_runtime_name(known[row.comm]):
            yield row.id


def _containers(host: int, containers: Iterable[Any]) -> dict[int, Container]:
    """The containers as they were last, by the number of their id."""
    rows = ContainerInterval.objects.filter(host=host, key__in=numbers(containers))
    last = [row["last"] for row in rows.values("key").annotate(last=Max("pk"))]
    keys = dict(among(ContainerInterval.objects.all(), last).values_list("pk", "key"))
    facts = CONTAINERS.read(among(ContainerInterval.objects.all(), list(keys)))
    return {keys[row]: fact for row, fact in facts.items()}
