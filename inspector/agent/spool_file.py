"""The file under the spool: private, locked by one agent, checked when opened, replaced only by a complete one."""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
from pathlib import Path
from typing import Final

from inspector.errors import FolderInUse
from inspector.owned_folder import OwnedFolder, Owner, make_folder

log = logging.getLogger("isoscope.agent")

_FORMAT: Final = 1
_SCHEMA: Final = [
    "CREATE TABLE frames (seq INTEGER PRIMARY KEY, base INTEGER, packed BLOB NOT NULL)",
    "CREATE TABLE mark (owner TEXT NOT NULL, last INTEGER NOT NULL, acked INTEGER NOT NULL, sent INTEGER NOT NULL)",
]
_TABLES: Final = f"""
PRAGMA auto_vacuum = FULL;
BEGIN;
{_SCHEMA[0]};
{_SCHEMA[1]};
INSERT INTO mark VALUES ('', 0, 0, 0);
PRAGMA user_version = 1;
COMMIT;
"""  # noqa: S608 - nothing in it comes from outside


def open_spool_folder(path: Path, owner: Owner | None) -> OwnedFolder | None:
    """The spool's folder, made where it is missing; ``None`` where it cannot be used, which is logged."""
    try:
        return make_folder(path, owner)
    except OSError as error:
        _say_unusable(path, error)
        return None


def lock_folder(folder: OwnedFolder) -> int | None:
    """The folder's lock, which the kernel releases when this process ends in any way; see flock(2).

    :return: the descriptor that holds it; ``None`` where the folder cannot be written.
    :raises FolderInUse: another agent holds it.
    """
    try:
        descriptor = folder.open_private("agent.lock")
    except OSError as error:
        _say_unusable(folder.path, error)
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        said = f"another agent uses {folder.path}; stop it, or give this one a folder with --data"
        raise FolderInUse(said) from error
    return descriptor


def _say_unusable(path: Path, error: OSError) -> None:
    at = error.filename or path
    log.error("%s cannot be used (%s: %s); undelivered frames stay in memory", path, at, error.strerror)


def open_memory() -> sqlite3.Connection:
    """A spool in memory only."""
    return _prepare(sqlite3.connect(":memory:", check_same_thread=False))


def open_file(folder: OwnedFolder, name: str) -> sqlite3.Connection:
    """Open or make the file. Frames show what runs here, so only its owner may read it and SQLite's files beside it.

    To be used with the rights of the folder's owner; see :meth:`OwnedFolder.acting`.

    :raises sqlite3.OperationalError: it cannot be opened or written.
    :raises sqlite3.DatabaseError: it is not a sound spool.
    """
    try:
        os.close(folder.open_private(name))
        path = folder.database(name)
    except OSError as error:
        raise sqlite3.OperationalError(error.strerror) from error
    with folder.acting():
        return _prepare(sqlite3.connect(path, timeout=5, check_same_thread=False))


def _prepare(db: sqlite3.Connection) -> sqlite3.Connection:
    try:
        db.execute("PRAGMA trusted_schema = OFF")
        if db.execute("PRAGMA user_version").fetchone()[0] == 0:
            db.executescript(_TABLES)
        check_file(db)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute(f"PRAGMA journal_size_limit = {4 * 2**20}")
    except sqlite3.Error:
        db.close()
        raise
    return db


def check_file(db: sqlite3.Connection) -> None:
    """Check the whole file. Cost: some 100 ms for a full spool.

    :raises sqlite3.DatabaseError: damaged, or not of this format.
    """
    schema = [sql for (sql,) in db.execute("SELECT sql FROM sqlite_schema")]
    if db.execute("PRAGMA user_version").fetchone()[0] != _FORMAT or schema != _SCHEMA:  # nor a trigger or a view
        raise sqlite3.DatabaseError("it has another format")
    (said,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if said != "ok" or db.execute("SELECT count(*) FROM mark").fetchone()[0] != 1:
        raise sqlite3.DatabaseError(said)


def move_to_file(memory: sqlite3.Connection, folder: OwnedFolder, name: str) -> sqlite3.Connection:
    """Write the spool in memory to a new file, which replaces the old one only when it is complete."""
    fresh = str(Path(name).with_suffix(".new"))
    folder.remove(fresh, *beside(fresh))
    disk = open_file(folder, fresh)
    try:
        memory.backup(disk)
        disk.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        disk.close()
    folder.remove(*beside(name))
    folder.rename(fresh, name)
    disk = open_file(folder, name)
    memory.close()
    return disk


def set_aside(folder: OwnedFolder, name: str) -> None:
    """Rename a damaged file, so that it can be examined and a new one can be made."""
    folder.remove(*beside(name))
    folder.rename(name, str(Path(name).with_suffix(".damaged")))


def beside(name: str) -> list[str]:
    """The files that SQLite keeps beside a database in WAL mode."""
    return [f"{name}-wal", f"{name}-shm"]
