"""At which snapshots of a stretch something happened that is worth telling: seen from the rows that began or ended.

Rows of processes are looked at as they stand in the database, without their texts: most processes come and go without
anything to tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from inspector.analysis.compare.noise import SHORT_S
from inspector.history import snapshots as instants
from inspector.history.rows import ROLES
from inspector.history.shared_values import CHUNK, chunks
from inspector.models import (
    ContainerInterval,
    GapInterval,
    Host,
    HostInterval,
    NamespaceInterval,
    ProcessInterval,
    Snapshot,
)

SHORT: Final = timedelta(seconds=SHORT_S)

_EXEC, _INIT = ROLES.index("exec"), ROLES.index("init")
_PASSING: Final = (None, ROLES.index("child"))  # roles of processes that may come and go without being told of

Passed = dict[tuple[int | None, int], int]
"""How many processes ended after a short time, by container and name; both are numbers of values."""


class Row(NamedTuple):
    """A row of a process, as far as it tells whether there is something to tell; texts are numbers of values."""

    opened: int
    closed: int | None
    boot: int
    pid: int
    start_ticks: int
    role: int | None
    comm: int
    container: int | None
    spaces: int

    @property
    def process(self) -> tuple[int, int, int]:
        """Which process it is."""
        return self[2:5]


class Notable(NamedTuple):
    """The snapshots at which two sides are to be compared, and those at which processes ended after a short time."""

    seqs: set[int]
    passed: dict[int, Passed]

    def after(self, seq: int) -> Notable:
        """Only what came after a snapshot."""
        passed = {place: counts for place, counts in self.passed.items() if place > seq}
        return Notable({place for place in self.seqs if place > seq}, passed)


def find(host: Host, first: int, last: int, first_kept: int, processes: bool = True) -> Notable:
    """What there is to tell of after snapshot ``first``, up to ``last``.

    :param first_kept: the first snapshot there is; since when a process that it shows was there is not known.
    :param processes: whether what processes did is of interest; containers and namespaces alone are quickly read.

    Cost: some 10 µs for each row of a process that began or ended.
    """
    others = set(_find_others(host, first, last))
    if not processes:
        return Notable(others, {})
    began, ended = _read_rows(host, first, last)
    seqs = others.union(_find_processes(host, first, began, ended))
    return Notable(seqs, _find_passed(host, first, began, ended, first_kept))


def _read_rows(host: Host, first: int, last: int) -> tuple[list[Row], list[Row]]:
    """The rows that began in the stretch, and those that ended in it or a short time before."""
    table = ProcessInterval.objects.filter(host=host)
    reach = min(first, instants.seq_before(host, _taken(host, first) - SHORT))
    began = table.filter(opened__gt=first, opened__lte=last).values_list(*Row._fields)
    ended = table.filter(closed__gt=reach, closed__lte=last).values_list(*Row._fields)
    return [Row(*row) for row in began], [Row(*row) for row in ended]


def _taken(host: Host, seq: int) -> datetime:
    rows = Snapshot.objects.filter(host=host, seq__lte=seq).order_by("-seq")
    return rows.values_list("taken_at", flat=True)[0]


def _find_others(host: Host, first: int, last: int) -> Iterator[int]:
    """Where a container, a namespace, the host itself, or what can be read of it, is another."""
    tables = (ContainerInterval.objects, NamespaceInterval.objects, HostInterval.objects)
    for rows in (*(table.all() for table in tables), GapInterval.objects.filter(pid=-1)):
        for column in ("opened", "closed"):
            within = rows.filter(**{"host": host, f"{column}__gt": first, f"{column}__lte": last})
            yield from within.values_list(column, flat=True).distinct()


def _find_processes(host: Host, first: int, began: list[Row], ended: list[Row]) -> Iterator[int]:
    """Where a process moved, was executed, or is not where its like are at home."""
    before = {(row.process, row.closed): row for row in ended}
    at_home, headed = _usual(host, [*began, *ended])
    for row in began:
        old = before.get((row.process, row.opened))
        moved = old is not None and old.spaces != row.spaces
        named = row.role == _EXEC and (old is None or old.role != _EXEC or old.comm != row.comm)
        strange = old is None and (row.container, row.spaces) not in at_home
        if moved or named or strange or row.role == _INIT or row.container not in headed:
            yield row.opened
    for row in ended:
        if row.closed is not None and row.closed > first and (row.role == _INIT or row.container not in headed):
            yield row.closed


def _usual(host: Host, rows: list[Row]) -> tuple[set[tuple[int | None, int]], set[int | None]]:
    """Where processes of each container, and of the host, are at home: in the namespaces of its init. Who has one."""
    table = ProcessInterval.objects.filter(host=host)
    containers = sorted({row.container for row in rows if row.container is not None})
    found: set[Any] = {(None, spaces) for spaces in table.filter(pid=1).values_list("spaces", flat=True)}
    for some in chunks(containers, CHUNK):
        found.update(table.filter(container__in=some, role=_INIT).values_list("container", "spaces"))
    return found, {None, *(container for container, _ in found)}


def _find_passed(host: Host, first: int, began: list[Row], ended: list[Row], first_kept: int) -> dict[int, Passed]:
    before = {(row.process, row.closed): row for row in ended}
    after = {(row.process, row.opened) for row in began}
    gone = [(row, _birth(row, before)) for row in ended if (row.closed or 0) > first and row.role in _PASSING]
    gone = [(row, birth) for row, birth in gone if birth > first_kept and (row.process, row.closed) not in after]
    times = instants.taken(host.pk, {seq for row, birth in gone for seq in (row.closed or 0, birth)})
    found: dict[int, Passed] = {}
    for row, birth in gone:
        assert row.closed is not None
        if timedelta(0) <= times[row.closed] - times[birth] < SHORT:
            counts = found.setdefault(row.closed, {})
            counts[row.container, row.comm] = counts.get((row.container, row.comm), 0) + 1
    return found


def _birth(row: Row, before: Mapping[tuple[tuple[int, int, int], int | None], Row]) -> int:
    """When the process was first seen, as far back as is of interest."""
    while older := before.get((row.process, row.opened)):
        row = older
    return row.opened
