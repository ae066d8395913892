"""What history gives a comparison: the two sides without reading two whole states, and what passed in between.

Read are the rows that began or ended between the two moments, all containers and namespaces of one side, and the one
process that stands for each running container. ``sides.py`` tells the same from whole states.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, TypeVar

from django.db.models import Count, Max, Min, Q
from django.db.models import F as Column
from django.db.models.lookups import GreaterThan, LessThanOrEqual

from inspector.analysis.compare.comparison import Comparison, compare
from inspector.analysis.compare.findings import HOST, Passed, PassedGroup
from inspector.analysis.compare.noise import Folding
from inspector.analysis.compare.sides import Side, find_home, is_up
from inspector.facts.moments import format_instant
from inspector.facts.types import Container, Fact, Key, Process
from inspector.history import hosts, intervals, keyframes
from inspector.history import shared_values as values
from inspector.history.rows import CHAINS, CONTAINERS, GAPS, NAMESPACES, PROCESSES, Translator
from inspector.history.shared_values import CHUNK, among, chunks
from inspector.history.snapshots import holding, seq_after, seq_before, times_of
from inspector.history.states import info_at
from inspector.models import Host, ProcessInterval, Snapshot

F = TypeVar("F", bound=Fact)

MOST_PASSED: Final = 20_000  # rows of processes that came and went; of longer stretches the newest are counted
MOST_GROUPS: Final = 100


class Own(NamedTuple):
    """Facts of one kind by identity: what each side has and the other has not, or has otherwise."""

    sides: tuple[dict[Any, Any], dict[Any, Any]]
    touched: frozenset[Any]  # with what changed in between and came back as it was


class Sight(NamedTuple):
    """A process that neither side shows: between which seqs it was seen."""

    key: Key
    comm: int  # numbers of values
    container: int | None
    opened: int
    closed: int


def compare_between(host: Host | str, before: int, after: int, folding: Folding | None = None) -> Comparison:
    """Compare the states at two seqs, in either order.

    :raises NoSuchSnapshot: history does not hold one of them.

    Cost at 10,000 processes: two moments a busy hour apart (7,200 changes) take some 100 ms, quiet ones 15 ms.
    """
    host, folding = hosts.get(host), folding or Folding()
    first, second = (holding(host, seq) for seq in sorted((before, after)))
    own = read_own(PROCESSES, host.pk, first.seq, second.seq)
    sides = read_sides(host, first, second, own)
    alone = own.sides[0].keys() ^ own.sides[1].keys()
    short = read_short(host, first, second, alone, folding.short) if not folding.all else set()
    passed = read_passed(host, sides, own.touched, folding.short)
    return compare(*(sides if before <= after else sides[::-1]), folding, short, passed)


def read_sides(host: Host, first: Snapshot, second: Snapshot, own: Own) -> tuple[Side, Side]:
    """The two sides, the earlier one first; ``own`` is what is told of processes."""
    span = host.pk, first.seq, second.seq
    chains, gaps = read_own(CHAINS, *span), read_own(GAPS, *span)
    containers, spaces = _both(CONTAINERS, *span), _both(NAMESPACES, *span)
    homes = read_homes(host, first.seq, containers[0], {})
    kept = {key: home for key, home in homes.items() if _stays(key, home, containers, own)}
    dwellings = homes, read_homes(host, second.seq, containers[1], kept)

    def side(place: int, snapshot: Snapshot) -> Side:
        return Side(
            seq=snapshot.seq,
            taken_at=format_instant(snapshot.taken_at),
            host=info_at(host, snapshot.seq),
            seen=snapshot.processes,
            containers=containers[place],
            spaces=spaces[place],
            homes=dwellings[place],
            own=own.sides[place],
            own_chains=chains.sides[place],
            own_gaps=frozenset(gaps.sides[place]),
        )

    return side(0, first), side(1, second)


def read_own(kind: Translator[Any], host: int, first: int, second: int) -> Own:
    """What began or ended in between; a fact that came back as it was differs in nothing."""
    ended, began = intervals.touched(kind, host, first, second)
    before, after = ({kind.identity(fact): fact for fact in facts} for facts in (ended, began))
    touched = frozenset(before.keys() | after.keys())
    for key in [key for key in before.keys() & after.keys() if before[key] == after[key]]:
        del before[key], after[key]
    return Own((before, after), touched)


def read_passed(host: Host, sides: tuple[Side, Side], touched: Collection[Key], short: timedelta) -> Passed:
    """How many processes came and went wholly between two sides, by name and container.

    :param touched: the processes that one of the sides shows.
    """
    sights, more = _read_sights(host, sides[0].seq, sides[1].seq, touched)
    times = times_of(host, [seq for sight in sights for seq in (sight.opened, sight.closed)])
    brief = sum(_is_short(times, sight.opened, sight.closed, short) for sight in sights)
    counts = Counter((sight.comm, sight.container) for sight in sights)
    numbers = {number for pair in counts for number in pair if number is not None}
    known: Mapping[Any, Any] = {None: None, **values.load(numbers)}
    groups = (
        PassedGroup(known.get(container), _title(sides, known.get(container)), known[comm], number)
        for (comm, container), number in counts.items()
    )
    largest = sorted(groups, key=lambda group: (-group.processes, group.where, group.name, group.container or ""))
    return Passed(len(sights), brief, more, tuple(largest[:MOST_GROUPS]))


def read_short(host: Host, first: Snapshot, second: Snapshot, alone: Collection[Key], short: timedelta) -> set[Key]:
    """Which of the processes that only one side has were seen for less than ``short``.

    Cost: reads what began shortly before the first moment or ended shortly after the second.
    """
    if first.seq == second.seq or not short:
        return set()
    table = ProcessInterval.objects.filter(host=host)
    since, until = seq_after(host, first.taken_at - short), seq_before(host, second.taken_at + short)
    went = table.filter(_beyond("closed", first.seq), opened__gte=since, opened__lte=first.seq)
    came = table.filter(_beyond("opened", first.seq), closed__gt=second.seq, closed__lte=until)
    rows = [row for near in (went, came) for row in near.values_list("boot", "pid", "start_ticks")]
    boots: Mapping[Any, Any] = values.load({row[0] for row in rows if row[0] is not None})
    named = {row: key for row in rows if (key := f"{boots[row[0]]}:{row[1]}:{row[2]}") in alone}
    lives = table.filter(pid__in={pid for _, pid, _ in named}).values_list("boot", "pid", "start_ticks")
    found = [life for life in lives.annotate(Min("opened"), Max("closed"), open=_OPEN) if life[:3] in named]
    times = times_of(host, [seq for life in found for seq in life[3:5] if seq is not None])
    return {named[life[:3]] for life in found if not life[5] and _is_short(times, life[3], life[4], short)}


_OPEN: Final = Count("id", filter=Q(closed=None))


def _read_sights(host: Host, first: int, second: int, touched: Collection[Key]) -> tuple[list[Sight], bool]:
    """The processes that came and went, and whether there were more than are read."""
    rows = ProcessInterval.objects.filter(host=host, opened__gt=first, opened__lte=second, closed__lte=second)
    columns = "boot", "pid", "start_ticks", "comm", "container", "opened", "closed"
    found = list(rows.order_by("-opened").values_list(*columns)[: MOST_PASSED + 1])
    boots = values.load({row[0] for row in found})
    sights: dict[Key, Sight] = {}
    for boot, pid, start, comm, container, opened, closed in found[:MOST_PASSED]:
        key = f"{boots[boot]}:{pid}:{start}"
        if key not in touched:
            until = sights[key].closed if key in sights else closed
            sights[key] = Sight(key, comm, container, opened, until)
    return list(sights.values()), len(found) > MOST_PASSED


def _title(sides: tuple[Side, Side], container: Key | None) -> str:
    return next((side.title(container) for side in sides if container in side.containers), None) or (
        HOST if container is None else container[:12]
    )


def _is_short(times: Mapping[int, datetime], opened: int, closed: int, short: timedelta) -> bool:
    """Whether so little lies between two seqs; not where a clock was set back, or a snapshot is not kept any more."""
    begun, ended = times.get(opened), times.get(closed)
    return begun is not None and ended is not None and timedelta(0) <= ended - begun < short


def _both(kind: Translator[Any], host: int, first: int, second: int) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """All facts of a kind on both sides: those of one, and what differs."""
    held = {kind.identity(fact): fact for fact in intervals.holding_at(kind, host, first)}
    gone, new = read_own(kind, host, first, second).sides
    return held, {key: fact for key, fact in held.items() if key not in gone} | new


def _stays(key: Key, home: Process, containers: tuple[dict[Key, Container], dict[Key, Container]], own: Own) -> bool:
    """Whether an init stands for its container on the second side too: neither of them was touched."""
    before, after = containers[0][key], containers[1].get(key)
    return before == after and home.pid == before.init_pid and home.key not in own.touched


def read_homes(
    host: Host, seq: int, containers: Mapping[Key, Container], known: Mapping[Key, Process]
) -> dict[Key, Process]:
    """The process that stands for each running container; ``known`` ones are not read again."""
    up = [container for container in containers.values() if is_up(container)]
    homes = {**known, **_read_inits(host, seq, [item for item in up if item.id not in known])}
    return homes | _read_oldest(host, seq, [item for item in up if item.id not in homes])


def _read_inits(host: Host, seq: int, containers: Collection[Container]) -> dict[Key, Process]:
    """Container → its init, where that process was seen inside it. Cost: one look-up in an index per container."""
    inits = {container.id: container.init_pid for container in containers if container.init_pid is not None}
    found: dict[Key, Process] = {}
    for pids in chunks(sorted(set(inits.values())), CHUNK):
        held = ProcessInterval.objects.filter(_held_until(seq), _begun_by(seq), host=host, pid__in=pids)
        for process in PROCESSES.read(held).values():
            if process.container is not None and inits.get(process.container) == process.pid:
                found[process.container] = process
    return found


def _read_oldest(host: Host, seq: int, containers: Collection[Container]) -> dict[Key, Process]:
    """For containers whose init was not seen. Cost: one pass over the processes of that moment, in the database."""
    if not containers:
        return {}
    numbers = list(values.find(values.text(container.id) for container in containers).values())
    base, named = keyframes.newest(PROCESSES, host.pk, seq)
    table = ProcessInterval.objects.filter(_held_until(seq), container__in=numbers)
    found = PROCESSES.read(among(table, named)) if named else {}
    found |= PROCESSES.read(table.filter(host=host, opened__gt=base, opened__lte=seq))
    members: dict[Key | None, list[Process]] = {}
    for process in found.values():
        members.setdefault(process.container, []).append(process)
    homes = {item.id: find_home(item, members.get(item.id, ())) for item in containers}
    return {key: home for key, home in homes.items() if home is not None}


def _held_until(seq: int) -> Q:
    return Q(closed=None) | Q(closed__gt=seq)


def _begun_by(seq: int) -> LessThanOrEqual:
    """``opened <= seq``, kept away from the index of that column: another one finds fewer rows."""
    return LessThanOrEqual(Column("opened") + 0, seq)


def _beyond(column: str, seq: int) -> GreaterThan:
    """That a column is greater than ``seq``, in the same way."""
    return GreaterThan(Column(column) + 0, seq)
