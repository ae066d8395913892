"""The disk space that history takes, and returning free pages to the file system."""

from __future__ import annotations

from typing import Any, Final

from django.db import connection

from inspector.history.rows import TABLES
from inspector.models import Keyframe, Snapshot, Value, Vitals

ROW_BYTES: Final = 200
"""About the bytes of a row on PostgreSQL, with its share of the indexes. The size of the files says nothing there,
because they do not shrink."""

INCREMENTAL: Final = 2  # SQLite's auto_vacuum; see sqlite.org/pragma.html

MODELS: Final[tuple[type[Any], ...]] = (*TABLES, Snapshot, Keyframe, Value, Vitals)


def used_bytes() -> int:
    """The bytes in use: the pages that are not free (SQLite), or an estimate from the number of rows (PostgreSQL)."""
    if connection.vendor == "sqlite":
        return (_pragma("page_count") - _pragma("freelist_count")) * _pragma("page_size")
    return count_rows() * ROW_BYTES


def count_rows() -> int:
    """How many rows history has. Counted, since PostgreSQL's own statistics lag behind by minutes."""
    return sum(model._default_manager.count() for model in MODELS)


def give_back(pages: int) -> int:
    """Give up to ``pages`` free pages at the end of SQLite's file back to the file system; return how many.

    On PostgreSQL nothing needs to be done: autovacuum frees the space of deleted rows for new ones, within the files.
    """
    if connection.vendor != "sqlite" or _pragma("auto_vacuum") != INCREMENTAL:
        return 0
    before = _pragma("freelist_count")
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA incremental_vacuum({int(pages)})")
        cursor.fetchall()  # SQLite frees a page for each row that is fetched
    return before - _pragma("freelist_count")


def checkpoint() -> None:
    """Copy SQLite's write-ahead log into the file, as far as that blocks no one.

    Without it the next writer's commit would do it for all that was deleted.
    """
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        _pragma("wal_checkpoint(PASSIVE)")


def _pragma(name: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {name}")
        return int(cursor.fetchone()[0])
