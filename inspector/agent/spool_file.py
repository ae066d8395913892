"""The file under the spool: made private, locked to one agent, checked when opened, replaced only when whole."""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
import stat
from pathlib import Path
from typing import Final

from inspector.errors import FolderInUse

log = logging.getLogger("isoscope.agent")

_FORMAT: Final = 1
_TABLES: Final = """
PRAGMA auto_vacuum = FULL;
BEGIN;
CREATE TABLE frames (seq INTEGER PRIMARY KEY, base INTEGER, packed BLOB NOT NULL);
CREATE TABLE mark (owner TEXT NOT NULL, last INTEGER NOT NULL, acked INTEGER NOT NULL, sent INTEGER NOT NULL);
INSERT INTO mark VALUES ('', 0, 0, 0);
PRAGMA user_version = 1;
COMMIT;
"""


def lock_folder(folder: Path, owner_ids: tuple[int, int] | None) -> int | None:
    """The folder's lock, which the kernel lets go when this process ends, however it does; see flock(2).

    :return: the descriptor that holds it; ``None`` where the folder cannot be written.
    :raises FolderInUse: another agent holds it.
    """
    path = folder / "agent.lock"
    try:
        if not folder.is_dir():
            folder.mkdir(mode=0o700, parents=True)
            os.chown(folder, *(owner_ids or (-1, -1)))
        descriptor = make_private(path, owner_ids)
    except OSError as error:
        log.error("%s cannot be written (%s); undelivered frames stay in memory", folder, error.strerror)
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise FolderInUse(f"another agent uses {folder}; stop it, or give this one a folder with --data") from error
    return descriptor


def open_file(path: Path | str, owner_ids: tuple[int, int] | None = None) -> sqlite3.Connection:
    """Open or make the file.

    :raises sqlite3.OperationalError: it cannot be opened or written.
    :raises sqlite3.DatabaseError: it is not a sound spool.
    """
    if isinstance(path, Path):
        try:
            os.close(make_private(path, owner_ids))
        except OSError as error:
            raise sqlite3.OperationalError(error.strerror) from error
    db = sqlite3.connect(path, timeout=5, check_same_thread=False)
    try:
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


def make_private(path: Path, owner_ids: tuple[int, int] | None) -> int:
    """Frames tell what runs here: the file is for its owner only. SQLite's side files take over its mode and owner.

    A file in a folder of another's may be a link to something of ours: such a one is neither followed nor given away.

    :raises OSError: it cannot be made or opened.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    found = os.fstat(descriptor)
    if owner_ids is not None and found.st_nlink == 1 and stat.S_ISREG(found.st_mode):
        os.fchown(descriptor, *owner_ids)
    return descriptor


def check_file(db: sqlite3.Connection) -> None:
    """Read it through. Cost: some 100 ms for a full spool.

    :raises sqlite3.DatabaseError: damaged, or not of this format.
    """
    if db.execute("PRAGMA user_version").fetchone()[0] != _FORMAT:
        raise sqlite3.DatabaseError("it has another format")
    (said,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if said != "ok" or db.execute("SELECT count(*) FROM mark").fetchone()[0] != 1:
        raise sqlite3.DatabaseError(said)


def move_to_file(memory: sqlite3.Connection, path: Path, owner_ids: tuple[int, int] | None) -> sqlite3.Connection:
    """Write the spool in memory to a new file, which replaces the old one only when it is whole."""
    fresh = path.with_suffix(".new")
    for stale in (fresh, Path(f"{fresh}-wal"), Path(f"{fresh}-shm")):
        stale.unlink(missing_ok=True)
    disk = open_file(fresh, owner_ids)
    try:
        memory.backup(disk)
        disk.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        disk.close()
    for side in ("-wal", "-shm"):
        Path(f"{path}{side}").unlink(missing_ok=True)
    fresh.replace(path)
    disk = open_file(path, owner_ids)
    memory.close()
    return disk


def set_aside(path: Path) -> None:
    """Keep a damaged file for whoever wants to examine it, out of the way of a new one."""
    for side in ("-wal", "-shm"):
        Path(f"{path}{side}").unlink(missing_ok=True)
    path.replace(path.with_suffix(".damaged"))
