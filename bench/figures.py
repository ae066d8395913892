"""How a bench measures and prints its figures, each beside its limit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter


def size(database: Path) -> int:
    """Bytes in use, with nothing left in the write-ahead log."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return database.stat().st_size


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that the work takes."""
    before = perf_counter()
    work()
    return (perf_counter() - before) * 1000


def best(work: Callable[[], object]) -> float:
    """Milliseconds of the quickest of fifteen: what it costs where nothing else runs."""
    return min(timed(work) for _ in range(15))


def show(what: str, work: Callable[[], object], limit: float) -> None:
    figure(what, timed(work), "ms", limit)


def figure(what: str, value: float, unit: str, limit: float) -> None:
    print(
        f"{what:<64}{value:>10.1f} {unit:<6} (at most {limit:g}) {'' if value <= limit else 'TOO MUCH'}", flush=True
    )
