"""How the containers of a host are isolated now, for whoever asks it of a thousand hosts every few seconds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

from django.db import connection
from django.db.models import Count

from inspector.facts.namespaces import TYPES, NamespaceType
from inspector.facts.types import Container, Gap, HostInfo, HostState, Process, Why, make_state
from inspector.history import shared_values
from inspector.history.intervals import open_rows
from inspector.history.rows import CONTAINERS, GAPS, NAMESPACES, PROCESSES, STATES, WHYS, Translator
from inspector.history.sql import chunks, pair_table
from inspector.models import Host

WHOLE_HOST: Final = -1


class Isolation(NamedTuple):
    """What is so at the newest snapshot of a host."""

    state: HostState  # containers, their inits without command lines, the initial namespaces, gaps of the whole host
    namespaces: Mapping[NamespaceType, int]  # how many there are
    gaps: Mapping[tuple[str, Why], int]  # how many, by what could not be read and why


def read(host: Host) -> Isolation:
    """Read it, without a lock: what a frame changes meanwhile shows at the next reading.

    Cost: some eight statements; the rows of containers, of their inits, and of initial namespaces.
    """
    containers = list(CONTAINERS.read(open_rows(CONTAINERS, host.pk)).values())
    initial = NAMESPACES.read(open_rows(NAMESPACES, host.pk).filter(initial=1)).values()
    counts = _count_gaps(host)
    gaps: Collection[Gap] = GAPS.read(open_rows(GAPS, host.pk).filter(pid=WHOLE_HOST)).values() if counts else ()
    info = HostInfo(host.machine_id, host.boot_id, host.hostname, host.kernel)
    inits = _inits(host, containers)
    state = make_state(info, host.taken_at.isoformat(), 0.0, inits, initial, containers, gaps=gaps)
    return Isolation(state, _count_namespaces(host), counts)


def _inits(host: Host, containers: Collection[Container]) -> list[Process]:
    """The init of each container, where it was seen."""
    pids = sorted({container.init_pid for container in containers if container.init_pid is not None})
    rows: list[tuple[Any, ...]] = []
    for some in chunks(pids):
        found = open_rows(PROCESSES, host.pk).filter(pid__in=some).exclude(container=None)
        rows += found.values_list("pid", "start_ticks", "boot", "comm", "container", "spaces", "state")
    known = shared_values.load({number for row in rows for number in row[2:6]})
    return [
        Process(
            key=f"{known[boot]}:{pid}:{start}",
            pid=pid,
            ppid=0,
            start_ticks=start,
            comm=known[comm],
            cmdline=(),
            uid=None,
            nspid=(pid,),
            cgroup=None,
            container=known[container],
            role="init",
            namespaces=known[spaces],
            state=None if state is None else STATES[state],
        )
        for pid, start, boot, comm, container, spaces, state in rows
    ]


def _count_namespaces(host: Host) -> dict[NamespaceType, int]:
    rows = open_rows(NAMESPACES, host.pk).values_list("type").annotate(number=Count("id")).order_by()
    return {TYPES[kind]: number for kind, number in rows}


def _count_gaps(host: Host) -> dict[tuple[str, Why], int]:
    rows = list(open_rows(GAPS, host.pk).values_list("what", "why").annotate(number=Count("id")).order_by())
    known = shared_values.load({what for what, _, _ in rows}) if rows else {}
    return {(known[what], WHYS[why]): number for what, why, number in rows}


def touched(seqs: Mapping[int, int]) -> set[int]:
    """Of these hosts (primary key → snapshot) those of which :func:`read` may find something else after it.

    Cost: some microseconds a host, whatever else happened on it.
    """
    source, parameters = pair_table(seqs.items())
    moved = [_moved(kind, column) for kind in (CONTAINERS, NAMESPACES, GAPS) for column in ("opened", "closed")]
    moved += [_moved(PROCESSES, column, _IS_INIT) for column in ("opened", "closed")]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT host FROM {source} WHERE {' OR '.join(moved)}", parameters)  # noqa: S608
        return {number for (number,) in cursor.fetchall()}


_IS_INIT: Final = f"""AND container IS NOT NULL AND pid IN (
    SELECT init_pid FROM {CONTAINERS.model._meta.db_table} WHERE host_id = wanted.host AND closed IS NULL)"""  # noqa: S608


def _moved(kind: Translator[Any], column: str, further: str = "") -> str:
    """Whether rows of a host began or ended after a snapshot."""
    table = kind.model._meta.db_table
    return f"EXISTS (SELECT 1 FROM {table} WHERE host_id = wanted.host AND {column} > wanted.seq {further})"  # noqa: S608
