"""What another program does to a database: ``python -m tests.support.other_programs WHAT PATH``, where the file is.

``check`` prints what SQLite finds wrong. ``use-up`` and ``lock`` say when they are done, and last as long as their
standard input.
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from collections.abc import Iterator

import psycopg


def check(path: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as database:
        print(*(finding for (finding,) in database.execute("PRAGMA integrity_check")))


@contextlib.contextmanager
def use_up(path: str) -> Iterator[None]:
    """Leave SQLite's log no room: a reader keeps it from being begun anew, and a writer fills what it has."""
    reader, writer = (sqlite3.connect(path, isolation_level=None) for _ in range(2))
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM django_migrations").fetchone()
    writer.execute("PRAGMA wal_autocheckpoint=0")
    with contextlib.suppress(sqlite3.OperationalError):
        while True:
            writer.execute("UPDATE django_migrations SET applied = applied || 'x' WHERE id = 1")
    yield
    reader.close()
    writer.close()


@contextlib.contextmanager
def lock(path: str) -> Iterator[None]:
    """Hold the lock that every writer needs; of a PostgreSQL database the path is its URL."""
    if path.startswith("postgresql:"):
        with psycopg.connect(path) as connection:
            connection.execute("LOCK TABLE inspector_snapshot IN SHARE ROW EXCLUSIVE MODE")
            yield
        return
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        yield
        database.execute("ROLLBACK")


if __name__ == "__main__":
    what, where = sys.argv[1:]
    if what == "check":
        check(where)
    else:
        with {"use-up": use_up, "lock": lock}[what](where):
            print("done", flush=True)
            sys.stdin.read()
