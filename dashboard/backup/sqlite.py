"""A copy of SQLite's database while it is written to, and replacing the database by a copy.

See sqlite.org/backup.html and sqlite.org/wal.html.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from dashboard.backup.archive import Advance, MalformedBackup, Migration
from inspector.errors import IsoscopeError
from inspector.owned_folder import open_folder

STEP: Final = 1024  # pages copied at a time
PATIENCE_S: Final = 2.0  # how long other programs get to close the database


class DatabaseInUse(IsoscopeError):
    """Another program has the database open."""


def copy_database(source: Path, target: Path, advance: Advance) -> None:
    """Copy the database as it is now; what is written meanwhile is not in the copy, and writers do not wait.

    The read transaction that stays open lets every step see the same state. Without it each write by another program
    would make the copy begin again.

    :raises MalformedBackup: the database is damaged.
    """
    with opened(source) as origin, contextlib.closing(sqlite3.connect(target)) as copy:
        page = int(origin.execute("PRAGMA page_size").fetchone()[0])
        copy.execute("PRAGMA synchronous=OFF")
        origin.execute("BEGIN")
        origin.execute("SELECT count(*) FROM sqlite_master").fetchone()
        left = int(origin.execute("PRAGMA page_count").fetchone()[0])

        def progress(status: int, remaining: int, total: int) -> None:
            nonlocal left
            advance((left - remaining) * page)
            left = remaining

        origin.backup(copy, pages=STEP, progress=progress)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    check(target)


def size_of(source: Path) -> int:
    """The bytes that a copy takes."""
    with opened(source) as database:
        pages, page = (database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    return int(pages) * int(page)


def check(path: Path) -> None:
    """:raises MalformedBackup: the database is damaged, or is none."""
    try:
        with opened(path) as database:
            found = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise MalformedBackup(f"the database is damaged: {error}") from error
    if found != "ok":
        raise MalformedBackup(f"the database is damaged: {found}")


def migrations_of(path: Path) -> list[Migration]:
    """The migrations that were applied, in their order; none where the tables were not made yet."""
    with opened(path) as database:
        try:
            return [
                (app, name) for app, name in database.execute("SELECT app, name FROM django_migrations ORDER BY id")
            ]
        except sqlite3.OperationalError:
            return []


def replace(target: Path, copy: Path) -> None:
    """Replace the database by the copy, in one step.

    :raises DatabaseInUse: another program has the database open; nothing was done.
    """
    with alone_with(target):
        for name in (f"{target.name}-wal", f"{target.name}-shm"):
            target.with_name(name).unlink(missing_ok=True)
        copy.replace(target)


@contextlib.contextmanager
def alone_with(path: Path) -> Iterator[None]:
    """Lock the database so that no other program has it open. A damaged one cannot be locked, and need not be.
    SQLite leaves the write-ahead log only if no other connection is open, not even one that rests.
    """
    if not path.exists():
        yield
        return
    with contextlib.closing(sqlite3.connect(path, timeout=PATIENCE_S, isolation_level=None)) as database:
        try:
            database.execute("PRAGMA journal_mode=DELETE")
            database.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise DatabaseInUse(f"Another program has {path} open. Stop the server first.") from error
        yield


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a database that exists, opened and closed with the rights of its folder's owner.

    SQLite has opened its files by name once something was read; the block itself keeps the rights it had before.
    """
    with open_folder(path.absolute().parent) as folder:
        with folder.acting():
            uri = f"{Path(folder.database(path.name)).as_uri()}?mode=rw"
            database = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=PATIENCE_S)
        try:
            with folder.acting():
                database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            yield database
        finally:
            with folder.acting():
                database.close()
