"""Processes that passed: they began and ended between the two moments, so that neither side shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any, Final, NamedTuple

from inspector.analysis.compare.findings import HOST, Passed, PassedGroup
from inspector.analysis.compare.search import Searcher
from inspector.analysis.compare.short_lived import is_short
from inspector.analysis.compare.sides import Side
from inspector.facts.types import Key, short_id
from inspector.history import shared_values
from inspector.history.snapshots import times_of
from inspector.models import Host, ProcessInterval

MOST_PASSED: Final = 20_000  # rows of processes that began and ended; of more rows the newest are counted
MOST_GROUPS: Final = 100


class PassedProcess(NamedTuple):
    """A process that neither side shows, and the seqs between which it was seen."""

    key: Key
    comm: int  # numbers of values
    container: int | None
    opened: int
    closed: int


def read_passed(
    host: Host, sides: tuple[Side, Side], touched: Collection[Key], short: timedelta, searcher: Searcher | None = None
) -> Passed:
    """How many processes began and ended between the two sides, by name and container.

    :param touched: the processes that one of the sides shows.
    :param searcher: says which are asked for; all of them without one.
    """
    read, more = _read_rows(host, sides[0].seq, sides[1].seq, touched)
    numbers = {number for process in read for number in (process.comm, process.container) if number is not None}
    known: Mapping[Any, Any] = {None: None, **shared_values.load(numbers)}
    passed = [
        process
        for process in read
        if searcher is None or searcher.finds_process(known[process.comm], known[process.container])
    ]
    times = times_of(host, [seq for process in passed for seq in (process.opened, process.closed)])
    brief = sum(is_short(times, process.opened, process.closed, short) for process in passed)
    counts = Counter((process.comm, process.container) for process in passed)
    groups = (
        PassedGroup(known.get(container), _title(sides, known.get(container)), known[comm], number)
        for (comm, container), number in counts.items()
    )
    largest = sorted(groups, key=lambda group: (-group.processes, group.where, group.name, group.container or ""))
    return Passed(len(passed), brief, more, tuple(largest[:MOST_GROUPS]))


def _read_rows(host: Host, first: int, second: int, touched: Collection[Key]) -> tuple[list[PassedProcess], bool]:
    """The processes that began and ended in between, and whether there are more than were read."""
    rows = ProcessInterval.objects.filter(host=host, opened__gt=first, opened__lte=second, closed__lte=second)
    columns = "boot", "pid", "start_ticks", "comm", "container", "opened", "closed"
    found = list(rows.order_by("-opened").values_list(*columns)[: MOST_PASSED + 1])
    boots = shared_values.load({boot for boot, *_ in found})
    passed: dict[Key, PassedProcess] = {}
    for boot, pid, start, comm, container, opened, closed in found[:MOST_PASSED]:
        key = f"{boots[boot]}:{pid}:{start}"
        if key not in touched:
            until = passed[key].closed if key in passed else closed
            passed[key] = PassedProcess(key, comm, container, opened, until)
    return list(passed.values()), len(found) > MOST_PASSED


def _title(sides: tuple[Side, Side], container: Key | None) -> str:
    return next((side.title(container) for side in sides if container in side.containers), None) or (
        HOST if container is None else short_id(container)
    )
