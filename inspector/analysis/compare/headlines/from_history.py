"""Runs of containers from history: how often those that differ restarted between two moments."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from inspector.analysis.compare.headlines.runs import Runs
from inspector.analysis.compare.sides import Side
from inspector.facts.types import Key, Pid
from inspector.history import shared_values
from inspector.models import ContainerInterval, Host

MOST_ROWS: Final = 20_000  # of containers that differ; of more the newest are read


def read_runs(host: Host, old: Side, new: Side) -> dict[Key, Runs]:
    """Container → its runs between two sides, the earlier one first: of those that the old side has and that differ.

    Cost: one query for the rows of these containers that began in between, some 5 µs a row.
    """
    changed = [key for key in old.containers if _differs(old, new, key)]
    if not changed:
        return {}
    numbers = shared_values.find(map(shared_values.text, changed))
    rows = ContainerInterval.objects.filter(
        host=host, key__in=list(numbers.values()), opened__gt=old.seq, opened__lte=new.seq
    )
    newest = list(rows.order_by("-opened").values_list("key", "init_pid", "status")[:MOST_ROWS])
    known = shared_values.load(
        {number for key, _, status in newest for number in (key, status) if number is not None}
    )
    return _count({key: old.containers[key].init_pid for key in changed}, newest[::-1], known)


def _differs(old: Side, new: Side, key: Key) -> bool:
    """Whether a container, or the process that stands for it, is another one."""
    return old.containers[key] != new.containers.get(key) or old.homes.get(key) != new.homes.get(key)


def _count(
    inits: dict[Key, Pid | None],
    rows: Collection[tuple[int | None, Pid | None, int | None]],
    known: dict[int, object],
) -> dict[Key, Runs]:
    found: dict[Key, Runs] = {}
    for number, init, status in rows:
        key = str(known.get(number or 0))
        runs = found.get(key, Runs())
        if init is not None:
            restarted = inits.get(key) not in (None, init)
            inits[key] = init
            runs = runs._replace(restarts=runs.restarts + restarted)
        told = known.get(status) if status is not None else None
        code, killed = getattr(told, "exit_code", None), getattr(told, "oom_killed", None)
        found[key] = runs._replace(
            exit_code=runs.exit_code if code is None else code, oom_killed=runs.oom_killed or killed
        )
    return found
