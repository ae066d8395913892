"""Processes that passed: they began and ended between the two moments, so that neither side shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any, Final, NamedTuple

from inspector.analysis.compare.findings import HOST, Passed, PassedGroup
from inspector.analysis.compare.short_lived import is_short
from inspector.analysis.compare.sides import Side
from inspector.facts.types import Key
from inspector.history import shared_values
from inspector.history.snapshots import times_of
from inspector.models import Host, ProcessInterval

MOST_PASSED: Final = 20_000  # rows of processes that began and ended; of more rows the newest are counted
MOST_GROUPS: Final = 100


class Sight(NamedTuple):
    """A process that neither side shows, and the seqs between which it was seen."""

    key: Key
    comm: int  # numbers of values
    container: int | None
    opened: int
    closed: int


def read_passed(host: Host, sides: tuple[Side, Side], touched: Collection[Key], short: timedelta) -> Passed:
    """How many processes began and ended between the two sides, by name and container.

    :param touched: the processes that one of the sides shows.
    """
    sights, more = _read_sights(host, sides[0].seq, sides[1].seq, touched)
    times = times_of(host, [seq for sight in sights for seq in (sight.opened, sight.closed)])
    brief = sum(is_short(times, sight.opened, sight.closed, short) for sight in sights)
    counts = Counter((sight.comm, sight.container) for sight in sights)
    numbers = {number for pair in counts for number in pair if number is not None}
    known: Mapping[Any, Any] = {None: None, **shared_values.load(numbers)}
    groups = (
        PassedGroup(known.get(container), _title(sides, known.get(container)), known[comm], number)
        for (comm, container), number in counts.items()
    )
    largest = sorted(groups, key=lambda group: (-group.processes, group.where, group.name, group.container or ""))
    return Passed(len(sights), brief, more, tuple(largest[:MOST_GROUPS]))


def _read_sights(host: Host, first: int, second: int, touched: Collection[Key]) -> tuple[list[Sight], bool]:
    """The processes that began and ended in between, and whether there are more than were read."""
    rows = ProcessInterval.objects.filter(host=host, opened__gt=first, opened__lte=second, closed__lte=second)
    columns = "boot", "pid", "start_ticks", "comm", "container", "opened", "closed"
    found = list(rows.order_by("-opened").values_list(*columns)[: MOST_PASSED + 1])
    boots = shared_values.load({boot for boot, *_ in found})
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
