"""What the agent has not delivered yet, kept on disk so that a killed agent loses nothing.

A small SQLite file holds the packed frames and how far the server is known to be. Where the file cannot be kept
(folder not writable, disk full) the spool goes on in memory and says so; nothing here ever stops the agent.
Thread-safe: one thread puts, another takes.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from inspector.errors import FolderInUse

log = logging.getLogger("isoscope.agent")

LIMIT_BYTES: Final = 64 * 2**20
"""How much undelivered history is kept; some 100,000 changes of a usual host."""

DISK_RETRY_S: Final = 60.0
"""How long a spool that fell back to memory waits before it tries the disk again."""

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

R = TypeVar("R")


class Entry(NamedTuple):
    """One undelivered frame; ``base`` is ``None`` for a reset."""

    seq: int
    base: int | None
    packed: bytes


class Spool:
    """The undelivered frames in order, the last ``seq`` given out, and what the server is known to hold.

    :param folder: holds ``agent-spool.sqlite3`` and its lock; made where missing.
    :param limit: bytes of packed frames; a single frame is always taken.
    :param owner_ids: uid and gid that what is made here shall belong to, where we are root for somebody.
    :raises FolderInUse: another agent's spool is open in this folder.
    """

    def __init__(
        self,
        folder: Path,
        limit: int = LIMIT_BYTES,
        disk_retry_s: float = DISK_RETRY_S,
        owner_ids: tuple[int, int] | None = None,
    ) -> None:
        self._path = folder / "agent-spool.sqlite3"
        self._limit = limit
        self._disk_retry_s = disk_retry_s
        self._guard = threading.RLock()
        self._owner_ids = owner_ids
        self._lock_file = _lock(folder, owner_ids)
        self.durable = self._lock_file is not None
        self.owner, self.last, self.acked, self.sent, self._held = "", 0, 0, 0, 0
        self._db = self._open_disk() if self.durable else _open(":memory:")
        self._leave_disk_at = time.monotonic()
        self._load()

    def claim(self, owner: str) -> None:
        """Say for which server and host the frames are; frames kept for another are dropped, ``last`` goes on."""
        with self._guard:
            if self.owner not in ("", owner):
                log.warning("undelivered frames for %s were dropped: this agent serves %s", self.owner, owner)
                self._set(owner=owner, acked=-1, sent=-1)
                self.clear()
            elif self.owner != owner:
                self._set(owner=owner)

    def put(self, seq: int, base: int | None, packed: bytes) -> bool:
        """Keep a frame. ``False``: the bound is hit, everything undelivered was dropped and this was not kept."""
        with self._guard:
            self._return_to_disk()
            if self._held and self._held + len(packed) > self._limit:
                self.clear()
                return False
            self._held += len(packed)
            self.last = seq
            self._run(lambda db: self._insert(db, Entry(seq, base, packed)))
            return True

    def first(self) -> Entry | None:
        """The oldest undelivered frame."""
        with self._guard:
            row = self._run(lambda db: db.execute("SELECT * FROM frames ORDER BY seq LIMIT 1").fetchone())
            return Entry(*row) if row else None

    def mark_sent(self, seq: int) -> None:
        """Note, before it leaves, that the server may come to hold this frame."""
        if self.sent != seq:
            self._set(sent=seq)

    def confirm(self, seq: int) -> bool:
        """Drop what the server holds. ``False``: ``seq`` is no place this spool has brought the server to."""
        with self._guard:
            if seq not in (self.acked, self.sent):
                return False
            news = (self.acked, self.sent) != (seq, seq)
            self.acked = self.sent = seq
            if self._drop("seq <= ?", seq) == 0 and news:
                self._set()
            return True

    def skip_to_reset(self, seq: int) -> bool:
        """Drop what comes before the first reset newer than ``seq``. ``False``: there is none, nothing is left."""
        with self._guard:
            query = "SELECT min(seq) FROM frames WHERE base IS NULL AND seq > ?"
            (found,) = self._run(lambda db: db.execute(query, (seq,)).fetchone())
            self._drop("seq < ?", self.last + 1 if found is None else found)
            return found is not None

    def continues(self, seq: int) -> bool:
        """Whether what is kept fits on a history that ends at ``seq``."""
        entry = self.first()
        if entry is None:
            return seq == self.last
        return entry.base == seq or (entry.base is None and entry.seq > seq)

    def clear(self) -> None:
        """Drop every frame; ``last`` goes on."""
        self._drop("seq <= ?", self.last)

    def count(self) -> int:
        """How many frames are undelivered."""
        with self._guard:
            return int(self._run(lambda db: db.execute("SELECT count(*) FROM frames").fetchone())[0])

    def close(self) -> None:
        """Let go of the file and the folder."""
        with self._guard:
            self._db.close()
            if self._lock_file is not None:
                os.close(self._lock_file)
                self._lock_file = None

    def _drop(self, where: str, seq: int) -> int:
        """Drop frames and save the mark with it, in one transaction; the bytes that were freed."""
        with self._guard:
            size = f"SELECT coalesce(sum(length(packed)), 0) FROM frames WHERE {where}"  # noqa: S608
            freed = int(self._run(lambda db: db.execute(size, (seq,)).fetchone())[0])
            if freed:
                self._run(lambda db: self._delete(db, where, seq))
                self._held = max(0, self._held - freed)
            return freed

    def _delete(self, db: sqlite3.Connection, where: str, seq: int) -> None:
        _save(db, self)
        db.execute(f"DELETE FROM frames WHERE {where}", (seq,))  # noqa: S608

    def _insert(self, db: sqlite3.Connection, entry: Entry) -> None:
        _save(db, self)
        db.execute("INSERT OR REPLACE INTO frames VALUES (?, ?, ?)", entry)

    def _set(self, **values: int | str) -> None:
        with self._guard:
            for name, value in values.items():
                setattr(self, name, value)
            self._run(lambda db: _save(db, self))

    def _load(self) -> None:
        read = "SELECT owner, last, acked, sent, (SELECT total(length(packed)) FROM frames) FROM mark"
        *mark, held = self._run(lambda db: db.execute(read).fetchone())
        self.owner, self.last, self.acked, self.sent = mark
        self._held = int(held)

    def _run(self, work: Callable[[sqlite3.Connection], R]) -> R:
        """Do the work in one transaction; where the disk fails, do it again in memory."""
        with self._guard:
            try:
                with self._db:
                    return work(self._db)
            except sqlite3.Error as error:
                if not self.durable:
                    raise
                self._leave_disk(error)
                with self._db:
                    return work(self._db)

    def _open_disk(self) -> sqlite3.Connection:
        try:
            return _open(self._path, self._owner_ids)
        except sqlite3.OperationalError as error:
            self._say_in_memory(error)
        except sqlite3.DatabaseError as error:
            log.error("%s is damaged (%s); it is set aside, what it held is lost", self._path, error)
            with contextlib.suppress(OSError, sqlite3.Error):
                _set_aside(self._path)
                return _open(self._path, self._owner_ids)
            self._say_in_memory(error)
        return _open(":memory:")

    def _leave_disk(self, error: sqlite3.Error) -> None:
        """Go on in memory with what the file still gives; what it does not give heals by a reset."""
        self._say_in_memory(error)
        disk, self._db = self._db, _open(":memory:")
        try:
            disk.backup(self._db)
            _check(self._db)
        except sqlite3.Error:
            self._db = _open(":memory:")
        with contextlib.suppress(sqlite3.Error):
            disk.close()
        with self._db:
            _save(self._db, self)

    def _return_to_disk(self) -> None:
        """Where the file had to be left, try once in a while to keep one again."""
        if self.durable or self._lock_file is None:
            return
        if time.monotonic() - self._leave_disk_at < self._disk_retry_s:
            return
        self._leave_disk_at = time.monotonic()
        with contextlib.suppress(OSError, sqlite3.Error):
            self._db = _move(self._db, self._path, self._owner_ids)
            self.durable = True
            log.info("undelivered frames are kept in %s again", self._path)

    def _say_in_memory(self, error: Exception) -> None:
        self.durable = False
        self._leave_disk_at = time.monotonic()
        log.error("%s cannot be kept (%s); undelivered frames stay in memory", self._path, error)


def _save(db: sqlite3.Connection, spool: Spool) -> None:
    mark = (spool.owner, spool.last, spool.acked, spool.sent)
    db.execute("UPDATE mark SET owner = ?, last = ?, acked = ?, sent = ?", mark)


def _lock(folder: Path, owner_ids: tuple[int, int] | None) -> int | None:
    """The folder's lock, which the kernel lets go when this process ends, however it does; see flock(2)."""
    path = folder / "agent.lock"
    try:
        if not folder.is_dir():
            folder.mkdir(mode=0o700, parents=True)
            os.chown(folder, *(owner_ids or (-1, -1)))
        descriptor = _make_private(path, owner_ids)
    except OSError as error:
        log.error("%s cannot be written (%s); undelivered frames stay in memory", folder, error.strerror)
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise FolderInUse(f"another agent uses {folder}; stop it, or give this one a folder with --data") from error
    return descriptor


def _open(path: Path | str, owner_ids: tuple[int, int] | None = None) -> sqlite3.Connection:
    """Open or make the file.

    :raises sqlite3.OperationalError: it cannot be opened or written.
    :raises sqlite3.DatabaseError: it is not a sound spool.
    """
    if isinstance(path, Path):
        try:
            os.close(_make_private(path, owner_ids))
        except OSError as error:
            raise sqlite3.OperationalError(error.strerror) from error
    db = sqlite3.connect(path, timeout=5, check_same_thread=False)
    try:
        if db.execute("PRAGMA user_version").fetchone()[0] == 0:
            db.executescript(_TABLES)
        _check(db)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute(f"PRAGMA journal_size_limit = {4 * 2**20}")
    except sqlite3.Error:
        db.close()
        raise
    return db


def _make_private(path: Path, owner_ids: tuple[int, int] | None) -> int:
    """Frames tell what runs here: the file is for its owner only. SQLite's side files take over its mode and owner.

    A file in a folder of another's may be a link to something of ours: such a one is neither followed nor given away.

    :raises OSError: it cannot be made or opened.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    found = os.fstat(descriptor)
    if owner_ids is not None and found.st_nlink == 1 and stat.S_ISREG(found.st_mode):
        os.fchown(descriptor, *owner_ids)
    return descriptor


def _check(db: sqlite3.Connection) -> None:
    if db.execute("PRAGMA user_version").fetchone()[0] != _FORMAT:
        raise sqlite3.DatabaseError("it has another format")
    (said,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if said != "ok" or db.execute("SELECT count(*) FROM mark").fetchone()[0] != 1:
        raise sqlite3.DatabaseError(said)


def _move(memory: sqlite3.Connection, path: Path, owner_ids: tuple[int, int] | None) -> sqlite3.Connection:
    """Write the spool in memory to a new file, which replaces the old one only when it is whole."""
    fresh = path.with_suffix(".new")
    for stale in (fresh, Path(f"{fresh}-wal"), Path(f"{fresh}-shm")):
        stale.unlink(missing_ok=True)
    disk = _open(fresh, owner_ids)
    try:
        memory.backup(disk)
        disk.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        disk.close()
    for side in ("-wal", "-shm"):
        Path(f"{path}{side}").unlink(missing_ok=True)
    fresh.replace(path)
    disk = _open(path, owner_ids)
    memory.close()
    return disk


def _set_aside(path: Path) -> None:
    for side in ("-wal", "-shm"):
        Path(f"{path}{side}").unlink(missing_ok=True)
    path.replace(path.with_suffix(".damaged"))
