"""Deleting shared values that no row refers to any more, while writers go on.

A reference to a value is written once, with its row, and row numbers only rise. So: note the highest row number of
each table, and read all rows up to there in small steps. Before a value is deleted, read the few rows that came
since. That last query and the deletion are one transaction in which no frame is being stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from django.db import OperationalError, connection
from django.db.models import Max

from inspector.history.rows import ALL, Translator
from inspector.history.sql import among, chunks
from inspector.history.throttle import Pace
from inspector.models import Host, Value

READ: Final = 5000  # rows of one query
WAIT: Final = "30ms"  # how long PostgreSQL may keep frames waiting behind us for those being stored
TRIES: Final = 100  # AGAIN_S seconds apart: PostgreSQL's vacuum holds a table for up to 5 s when it shortens it
AGAIN_S: Final = 0.1

Marks = dict[Translator[Any], int]


def sweep(pace: Pace) -> int:
    """Delete the values that nothing refers to; return how many.

    :raises inspector.history.throttle.Stopped: it was asked to end.
    """
    marks: Marks = {}
    _step(pace, lambda rows: _note(marks))
    unused = sorted(_unused(marks, pace))
    gone, place = 0, 0
    while place < len(unused):
        some = unused[place : place + pace.rows]
        gone += _step(pace, lambda rows, some=some: _delete(some, marks))  # type: ignore[misc]
        place += len(some)
    return gone


def _step(pace: Pace, work: Callable[[int], int]) -> int:
    """Do a step. While frames are being stored or the database runs its own clean-up, it is tried again later.

    :raises django.db.OperationalError: even the last try found the table in use.
    """
    for _ in range(TRIES - 1):
        try:
            return pace.step(work)
        except OperationalError as error:
            if "lock timeout" not in str(error):
                raise
        pace.stopping.wait(AGAIN_S)
    return pace.step(work)


def _note(marks: Marks) -> int:
    """Note the highest row numbers, at a moment when no frame is half stored."""
    keep_writers_out()
    marks.update({kind: kind.model._default_manager.aggregate(top=Max("pk"))["top"] or 0 for kind in ALL})
    return 0


def _unused(marks: Marks, pace: Pace) -> set[int]:
    newest = Value.objects.aggregate(top=Max("pk"))["top"] or 0
    unused = set(Value.objects.filter(pk__lte=newest).values_list("pk", flat=True).iterator())
    for kind, top in marks.items():
        for rows in _pages(kind, top):
            unused.difference_update(*rows)
            if pace.stopping.is_set():
                return set()
    return unused


def _pages(kind: Translator[Any], top: int) -> Iterator[Sequence[tuple[Any, ...]]]:
    """The references of all rows up to ``top``, some rows at a time."""
    last = 0
    table = kind.model._default_manager.filter(pk__lte=top).order_by("pk")
    while rows := list(table.filter(pk__gt=last).values_list("pk", *kind.shared)[:READ]):
        last = rows[-1][0]
        yield [row[1:] for row in rows]


def _delete(some: Sequence[int], marks: Marks) -> int:
    keep_writers_out()
    still = set(some)
    for kind, top in marks.items():
        since = kind.model._default_manager.filter(pk__gt=top)
        still.difference_update(*since.values_list(*kind.shared))
    for part in chunks(sorted(still)):
        among(Value.objects.all(), part).delete()
    return len(still)


def keep_writers_out() -> None:
    """Lock out frames until this transaction ends. On SQLite writing transactions exclude each other anyway.

    :raises django.db.OperationalError: frames are being stored; try again later.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{WAIT}'")
            cursor.execute(f"LOCK TABLE {connection.ops.quote_name(Host._meta.db_table)} IN EXCLUSIVE MODE")
