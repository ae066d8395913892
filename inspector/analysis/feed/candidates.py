"""Candidates: the snapshots of a stretch at which the feed may have an entry, found by the rows that began or ended.

Rows of processes are read as they are in the database, without their texts. Most processes come and go without an
entry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from inspector.analysis.compare.noise import SHORT_S
from inspector.analysis.feed.inhabitants import Inhabitants
from inspector.facts.types import Key
from inspector.history import shared_values, snapshots
from inspector.history.queries.inhabited import count_inhabited
from inspector.history.rows import ROLES
from inspector.history.sql import chunks, open_at
from inspector.models import (
    ContainerInterval,
    GapInterval,
    Host,
    HostInterval,
    NamespaceInterval,
    ProcessInterval,
)

SHORT: Final = timedelta(seconds=SHORT_S)

_EXEC, _INIT = ROLES.index("exec"), ROLES.index("init")
_PASSING: Final = (None, ROLES.index("child"))  # roles of processes that may come and go without an entry


class Identity(NamedTuple):
    """Which process a row is about; ``boot`` is the number of a value."""

    boot: int
    pid: int
    start_ticks: int


class Name(NamedTuple):
    """The container and the name of processes that are counted together."""

    container: Key | None
    comm: str


class Row(NamedTuple):
    """The columns of a process's row that say whether there may be an entry; texts are numbers of values."""

    opened: int
    closed: int | None
    boot: int
    pid: int
    start_ticks: int
    role: int | None
    comm: int
    container: int | None
    spaces: int
    confinement: int | None

    @property
    def process(self) -> Identity:
        """Which process it is."""
        return Identity(self.boot, self.pid, self.start_ticks)


@dataclass(frozen=True, slots=True)
class Candidates:
    """The snapshots at which the feed may have an entry."""

    compared: Set[int]  # seqs at which two sides must be compared
    short_lived: Mapping[int, Counter[Name]] = field(default_factory=dict)  # seq → processes that ended there
    deserted: Mapping[int, frozenset[Key]] = field(default_factory=dict)  # seq → namespaces whose last process left

    @property
    def seqs(self) -> list[int]:
        """All of them, oldest first."""
        return sorted(self.compared | self.short_lived.keys())

    def after(self, seq: int) -> Candidates:
        """Those after a snapshot."""
        short_lived = {place: counts for place, counts in self.short_lived.items() if place > seq}
        deserted = {place: keys for place, keys in self.deserted.items() if place > seq}
        return Candidates({place for place in self.compared if place > seq}, short_lived, deserted)


def find(host: Host, first: int, last: int, first_kept: int, processes: bool = True) -> Candidates:
    """The candidates after snapshot ``first``, up to ``last``.

    :param first_kept: the first snapshot there is. It is not known when the processes that it shows began.
    :param processes: whether processes are of interest. Containers and namespaces alone are read quickly.

    Cost: some 10 µs for each row of a process that began or ended.
    """
    others = set(_find_others(host, first, last))
    if not processes:
        return Candidates(others)
    began, ended = _read_rows(host, first, last)
    deserted = _find_deserted(host, first, last, began, ended)
    seqs = others.union(_find_processes(host, first, began, ended), deserted)
    return Candidates(seqs, _find_short_lived(host, first, began, ended, first_kept), deserted)


def _read_rows(host: Host, first: int, last: int) -> tuple[list[Row], list[Row]]:
    """The rows that began in the stretch, and those that ended in it or a short time before."""
    table = ProcessInterval.objects.filter(host=host)
    reach = min(first, snapshots.seq_before(host, snapshots.holding(host, first).taken_at - SHORT))
    began = table.filter(opened__gt=first, opened__lte=last).values_list(*Row._fields)
    ended = table.filter(closed__gt=reach, closed__lte=last).values_list(*Row._fields)
    return [Row(*row) for row in began], [Row(*row) for row in ended]


def _find_others(host: Host, first: int, last: int) -> Iterator[int]:
    """The snapshots at which a container, a namespace, the host itself, or a gap of the host changed."""
    tables = (ContainerInterval.objects, NamespaceInterval.objects, HostInterval.objects)
    for rows in (*(table.all() for table in tables), GapInterval.objects.filter(pid=-1)):
        for column in ("opened", "closed"):
            within = rows.filter(**{"host": host, f"{column}__gt": first, f"{column}__lte": last})
            yield from within.values_list(column, flat=True).distinct()


def _find_processes(host: Host, first: int, began: list[Row], ended: list[Row]) -> Iterator[int]:
    """The snapshots at which a process moved, got other rights, was executed, or began outside its home."""
    before = {(row.process, row.closed): row for row in ended}
    at_home, headed = _usual(host, [*began, *ended])
    for row in began:
        old = before.get((row.process, row.opened))
        moved = old is not None and old.spaces != row.spaces
        named = row.role == _EXEC and (old is None or old.role != _EXEC or old.comm != row.comm)
        strange = old is None and (row.container, row.spaces) not in at_home
        confined = old is not None and old.confinement != row.confinement
        if moved or named or strange or confined or row.role == _INIT or row.container not in headed:
            yield row.opened
    for row in ended:
        if row.closed is not None and row.closed > first and (row.role == _INIT or row.container not in headed):
            yield row.closed


def _find_deserted(
    host: Host, first: int, last: int, began: list[Row], ended: list[Row]
) -> dict[int, frozenset[Key]]:
    """Seq → the namespaces whose last process left them there. Nobody asks where nothing holds a namespace."""
    held = NamespaceInterval.objects.filter(open_at(first), host=host, opened__lte=last, holders__isnull=False)
    gone = [row for row in ended if (row.closed or 0) > first]
    if not gone or not held.exists():
        return {}
    sets = shared_values.load({row.spaces for row in (*gone, *began)})
    changes: dict[int, tuple[list[Any], list[Any]]] = {}
    for row in gone:
        changes.setdefault(row.closed or 0, ([], []))[0].append(sets[row.spaces])
    for row in began:
        changes.setdefault(row.opened, ([], []))[1].append(sets[row.spaces])
    inhabitants = Inhabitants(count_inhabited(host, first))
    found = {seq: inhabitants.move(*changes[seq]) for seq in sorted(changes)}
    return {seq: keys for seq, keys in found.items() if keys}


def _usual(host: Host, rows: list[Row]) -> tuple[set[tuple[int | None, int]], set[int | None]]:
    """The home namespaces of each container and of the host (those of its init), and which containers have one."""
    table = ProcessInterval.objects.filter(host=host)
    containers = sorted({row.container for row in rows if row.container is not None})
    found: set[Any] = {(None, spaces) for spaces in table.filter(pid=1).values_list("spaces", flat=True)}
    for some in chunks(containers):
        found.update(table.filter(container__in=some, role=_INIT).values_list("container", "spaces"))
    return found, {None, *(container for container, _ in found)}


def _find_short_lived(
    host: Host, first: int, began: list[Row], ended: list[Row], first_kept: int
) -> dict[int, Counter[Name]]:
    """Seq → how many processes ended there after a short time."""
    before = {(row.process, row.closed): row for row in ended}
    after = {(row.process, row.opened) for row in began}
    gone = [(row, _birth(row, before)) for row in ended if (row.closed or 0) > first and row.role in _PASSING]
    gone = [(row, birth) for row, birth in gone if birth > first_kept and (row.process, row.closed) not in after]
    times = snapshots.taken(host.pk, {seq for row, birth in gone for seq in (row.closed or 0, birth)})
    gone = [(row, birth) for row, birth in gone if is_short(times[birth], times[row.closed or 0])]
    texts: dict[Any, Any] = {None: None}
    texts |= shared_values.load(
        {number for row, _ in gone for number in (row.container, row.comm) if number is not None}
    )
    found: dict[int, Counter[Name]] = {}
    for row, _ in gone:
        found.setdefault(row.closed or 0, Counter())[Name(texts[row.container], texts[row.comm])] += 1
    return found


def is_short(began: datetime, ended: datetime) -> bool:
    """Whether a process that was first seen and gone at these moments was short-lived."""
    return timedelta(0) <= ended - began < SHORT


def read_births(host: Host, seq: int, first_kept: int) -> dict[Key, datetime]:
    """The processes at a snapshot that may still turn out to be short-lived, and when each was first seen."""
    since = snapshots.seq_before(host, snapshots.holding(host, seq).taken_at - SHORT)
    began, ended = _read_rows(host, max(since, first_kept), seq)
    before = {(row.process, row.closed): row for row in ended}
    held = [(row, _birth(row, before)) for row in began if row.closed is None or row.closed > seq]
    times = snapshots.taken(host.pk, {birth for _, birth in held})
    boots = shared_values.load({row.boot for row, _ in held})
    return {
        f"{boots[row.boot]}:{row.pid}:{row.start_ticks}": times[birth] for row, birth in held if birth > first_kept
    }


def _birth(row: Row, before: Mapping[tuple[Identity, int | None], Row]) -> int:
    """The seq at which the process was first seen, as far back as the rows were read."""
    while older := before.get((row.process, row.opened)):
        row = older
    return row.opened
