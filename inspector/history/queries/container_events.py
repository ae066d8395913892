"""Container events of the timeline, and boots. They are read from the intervals, and stored nowhere.

What happened is decided in :mod:`inspector.facts.container_events`, for the timeline and the feed alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

from django.db.models import Q, QuerySet

from inspector.facts.container_events import (
    RUNNING_STATES,
    ContainerEvent,
    Init,
    event_of_states,
    is_another_init,
)
from inspector.facts.moments import format_instant
from inspector.facts.types import Fact
from inspector.history import shared_values, snapshots
from inspector.history.rows import decode_info
from inspector.history.snapshots import first_kept
from inspector.models import ContainerInterval, Host, HostInterval

Kind = Literal["container-started", "container-stopped", "container-restarted", "container-removed", "boot"]

MOST: Final = 500
"""At most this many events are listed: the newest."""

LOOKED_AT: Final = 1500
"""At most this many rows of containers are read, the newest, however long the stretch is."""

_KINDS: Final[dict[ContainerEvent, Kind]] = {
    "started": "container-started",
    "stopped": "container-stopped",
    "restarted": "container-restarted",
    "removed": "container-removed",
}


class Event(Fact, frozen=True):
    """Something that happened at a snapshot: to the container, or the boot, with this id."""

    at: str
    seq: int
    kind: Kind
    id: str
    name: str


class Row(NamedTuple):
    """The columns of a container's row that decide events; ``key``, ``state`` and ``facts`` are numbers of values."""

    opened: int
    closed: int | None
    key: int
    state: int
    init_pid: int | None
    facts: int


class Found(NamedTuple):
    """An event whose texts are not read yet."""

    seq: int
    kind: Kind
    row: Row


class Happened(NamedTuple):
    """The newest events, oldest first, and how many more there are at most."""

    events: list[Event]
    left_out: int


def happened(host: Host, seqs: tuple[int, int], since: datetime, until: datetime) -> Happened:
    """What happened in a stretch of time, at snapshots between these two.

    Containers in the first kept snapshot did not start then.

    Cost: some 8 µs for each row of a container that began or ended in the stretch, at most :data:`LOOKED_AT` rows.
    """
    found, unseen = _containers(host, *seqs)
    moments = snapshots.taken(host.pk, (event.seq for event in found))
    within = [event for event in found if since <= moments[event.seq] <= until]
    boots = _boots(host, seqs, since, until)
    newest = _events_of(host, within[-MOST:], moments)
    events = sorted([*newest, *boots], key=lambda event: event.seq)
    return Happened(events[-MOST:], len(within) + len(boots) + unseen - len(events[-MOST:]))


def _containers(host: Host, first: int, last: int) -> tuple[list[Found], int]:
    """The events of containers, oldest first, and how many more there are at most."""
    of_host = ContainerInterval.objects.filter(host=host)
    began, began_more = _newest(of_host.filter(opened__gte=first, opened__lte=last), "opened")
    ended, ended_more = _newest(of_host.filter(closed__gte=first, closed__lte=last), "closed")
    whole_from = max(_cut(began_more, began, "opened"), _cut(ended_more, ended, "closed"))
    oldest = first_kept(host)
    states = shared_values.load({row.state for row in (*began, *ended)})
    found = [*_compare(began, ended, states), *_returned(host, began, ended, states)]
    after_first = (event for event in found if event.seq > oldest)
    found = sorted(after_first, key=lambda event: (event.seq, event.kind, event.row.key))
    complete = [event for event in found if event.seq > whole_from]
    return complete, len(found) - len(complete) + began_more + ended_more


def _newest(rows: QuerySet[ContainerInterval], order: str) -> tuple[list[Row], int]:
    newest = rows.order_by(f"-{order}").values_list(*Row._fields)[:LOOKED_AT]
    found = [Row(*row) for row in newest]
    return found, rows.count() - len(found) if len(found) == LOOKED_AT else 0


def _cut(more: int, rows: list[Row], order: str) -> int:
    """The snapshot up to which some rows were not read."""
    return getattr(rows[-1], order) if more else 0


def _compare(began: list[Row], ended: list[Row], states: Mapping[int, str]) -> Iterator[Found]:
    before = {(row.key, row.closed): row for row in ended}
    for row in began:
        event = _event_between(before.pop((row.key, row.opened), None), row, states)
        if event is not None and event in _KINDS:
            yield Found(row.opened, _KINDS[event], row)
    for (_, closed), row in before.items():
        assert closed is not None
        yield Found(closed, _KINDS["removed"], row)


def _returned(host: Host, began: list[Row], ended: list[Row], states: Mapping[int, str]) -> Iterator[Found]:
    """Running containers that had no visible init for a while and have another one now: they were restarted."""
    before = {(row.key, row.closed): row for row in ended}
    running = {number for number, state in states.items() if state in RUNNING_STATES}
    for row in began:
        old = before.get((row.key, row.opened))
        if old is None or old.init_pid is not None or row.init_pid is None:
            continue
        if {old.state, row.state} <= running and is_another_init(_last_init(host, row, running), _init_of(row)):
            yield Found(row.opened, _KINDS["restarted"], row)


def _last_init(host: Host, row: Row, running: set[int]) -> Init | None:
    """The init that a container had before this row; ``None`` if it did not run since, or none was seen.

    :param running: the numbers of the states of a container that runs.
    """
    rows = ContainerInterval.objects.filter(host=host, key=row.key, opened__lt=row.opened)
    told = rows.filter(Q(init_pid__isnull=False) | ~Q(state__in=running)).order_by("-opened")
    pid, state = told.values_list("init_pid", "state").first() or (None, None)
    return Init(pid) if pid is not None and state in running else None


def _event_between(old: Row | None, new: Row, states: Mapping[int, str]) -> ContainerEvent | None:
    if old is None:
        return event_of_states(None, states[new.state], another_init=False)
    another = is_another_init(_init_of(old), _init_of(new))
    return event_of_states(states[old.state], states[new.state], another)


def _init_of(row: Row) -> Init | None:
    """The init by its pid alone: rows do not say which process it is."""
    return Init(row.init_pid) if row.init_pid is not None else None


def _events_of(host: Host, found: list[Found], moments: Mapping[int, datetime]) -> list[Event]:
    known: dict[int, Any] = shared_values.load(
        {number for event in found for number in (event.row.key, event.row.facts)}
    )
    late = _late_names(host, (event.row for event in found if not known[event.row.facts].name))
    return [
        Event(format_instant(moments[seq]), seq, kind, known[row.key], known[row.facts].name or late.get(row.key, ""))
        for seq, kind, row in found
    ]


def _late_names(host: Host, rows: Iterable[Row]) -> dict[int, str]:
    """What containers are called whose engine had not told their name yet, by the number of the key."""
    keys = {row.key for row in rows}
    if not keys:
        return {}
    later = ContainerInterval.objects.filter(host=host, key__in=keys).order_by("opened")
    facts: dict[int, int] = dict(later.values_list("key", "facts"))  # type: ignore[arg-type]  # the newest of each
    known: dict[int, Any] = shared_values.load(set(facts.values()))
    return {key: known[number].name for key, number in facts.items()}


def _boots(host: Host, seqs: tuple[int, int], since: datetime, until: datetime) -> list[Event]:
    of_host = HostInterval.objects.filter(host=host)
    rows = of_host.filter(opened__gt=first_kept(host), opened__gte=seqs[0], opened__lte=seqs[1]).order_by("-opened")
    began = {opened: decode_info(facts) for opened, facts in rows.values_list("opened", "facts")[:MOST]}
    ended = of_host.filter(closed__in=list(began)).values_list("closed", "facts")
    before = {closed: decode_info(facts).boot_id for closed, facts in ended}
    moments = snapshots.taken(host.pk, began)
    return [
        Event(format_instant(moments[seq]), seq, "boot", info.boot_id, info.hostname)
        for seq, info in began.items()
        if before.get(seq, info.boot_id) != info.boot_id and since <= moments[seq] <= until
    ]
