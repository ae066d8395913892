"""What the agent has not delivered yet, kept on disk so that a killed agent loses nothing.

A small SQLite file holds the packed frames and how far the server is known to be. Where the file cannot be kept
(folder not writable, disk full) the spool goes on in memory and logs it; no failure here stops the agent.
Thread-safe: one thread puts, another takes.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from inspector.agent.spool_file import (
    check_file,
    lock_folder,
    move_to_file,
    open_file,
    open_memory,
    open_spool_folder,
    set_aside,
)
from inspector.owned_folder import Owner

log = logging.getLogger("isoscope.agent")

NAME: Final = "agent-spool.sqlite3"

LIMIT_BYTES: Final = 64 * 2**20
"""How much undelivered history is kept; some 100,000 changes of a usual host."""

DISK_RETRY_S: Final = 60.0
"""Seconds that a spool which fell back to memory waits before it uses the disk again."""

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
    :param owner_ids: the owner of the folder and of the files in it, if root acts for another account.
    :raises FolderInUse: another agent's spool is open in this folder.
    """

    def __init__(
        self,
        folder: Path,
        limit: int = LIMIT_BYTES,
        disk_retry_s: float = DISK_RETRY_S,
        owner_ids: Owner | None = None,
    ) -> None:
        self._path = folder / NAME
        self._limit = limit
        self._disk_retry_s = disk_retry_s
        self._guard = threading.RLock()
        self._folder = open_spool_folder(folder, owner_ids)
        self._lock_file = lock_folder(self._folder) if self._folder else None
        self.durable = self._lock_file is not None
        self.owner, self.last, self.acked, self.sent = "", 0, 0, 0
        self._held, self._count = 0, 0  # bytes and number of the frames; counting them all would take long
        with self._acting():
            self._db = self._open_disk()
        self._leave_disk_at = time.monotonic()
        self._load()

    def claim(self, owner: str) -> None:
        """Set the server and host of the frames. Frames kept for another are dropped; ``last`` is not reset."""
        with self._guard:
            if self.owner not in ("", owner):
                if self.count():
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
            self.last = seq
            self._run(lambda db: self._insert(db, Entry(seq, base, packed)))
            self._held, self._count = self._held + len(packed), self._count + 1
            return True

    def first(self) -> Entry | None:
        """The oldest undelivered frame."""
        with self._guard:
            row = self._run(lambda db: db.execute("SELECT * FROM frames ORDER BY seq LIMIT 1").fetchone())
            return Entry(*row) if row else None

    def oldest(self, frames: int, size: int) -> list[Entry]:
        """The oldest undelivered frames that follow each other: at most ``frames``, and about ``size`` bytes."""
        with self._guard:
            rows = self._run(lambda db: db.execute("SELECT * FROM frames ORDER BY seq LIMIT ?", (frames,)).fetchall())
        taken: list[Entry] = []
        for entry in map(Entry._make, rows):
            if taken and (size < len(entry.packed) or entry.base != taken[-1].seq):
                break
            taken.append(entry)
            size -= len(entry.packed)
        return taken

    def mark_sent(self, seq: int) -> None:
        """Note, before it leaves, that the server may come to hold this frame."""
        if self.sent != seq:
            self._set(sent=seq)

    def confirm(self, seq: int) -> bool:
        """Drop what the server holds. ``False``: this spool's frames cannot have brought the server to ``seq``."""
        with self._guard:
            if seq not in (self.acked, self.sent) and not self._is_on_the_way(seq):
                return False
            news = (self.acked, self.sent) != (seq, seq)
            self.acked = self.sent = seq
            if self._drop("seq <= ?", seq) == 0 and news:
                self._set()
            return True

    def _is_on_the_way(self, seq: int) -> bool:
        """Whether ``seq`` is that of a frame that was sent with others after it."""
        if not self.acked < seq < self.sent:
            return False
        query = "SELECT count(*) FROM frames WHERE seq = ?"
        return bool(self._run(lambda db: db.execute(query, (seq,)).fetchone())[0])

    def skip_to_reset(self, seq: int) -> bool:
        """Drop what comes before the first reset newer than ``seq``. ``False``: there is none, nothing is left."""
        with self._guard:
            query = "SELECT min(seq) FROM frames WHERE base IS NULL AND seq > ?"
            (found,) = self._run(lambda db: db.execute(query, (seq,)).fetchone())
            self._drop("seq < ?", self.last + 1 if found is None else found)
            return found is not None

    def continues(self, seq: int) -> bool:
        """Whether the kept frames continue a history that ends at ``seq``."""
        entry = self.first()
        if entry is None:
            return seq == self.last
        return entry.base == seq or (entry.base is None and entry.seq > seq)

    def clear(self) -> None:
        """Drop every frame; ``last`` is not reset."""
        self._drop("seq <= ?", self.last)

    def count(self) -> int:
        """How many frames are undelivered."""
        return self._count

    def close(self) -> None:
        """Close the file, and release the lock of the folder."""
        with self._guard:
            with self._acting():
                self._db.close()
            if self._lock_file is not None:
                os.close(self._lock_file)
                self._lock_file = None
            if self._folder is not None:
                self._folder.close()
                self._folder = None

    def _drop(self, where: str, seq: int) -> int:
        """Drop frames and save the mark with it, in one transaction; the bytes that were freed."""
        with self._guard:
            size = f"SELECT coalesce(sum(length(packed)), 0), count(*) FROM frames WHERE {where}"  # noqa: S608
            freed, count = map(int, self._run(lambda db: db.execute(size, (seq,)).fetchone()))
            if freed:
                self._run(lambda db: self._delete(db, where, seq))
                self._held, self._count = max(0, self._held - freed), max(0, self._count - count)
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
        read = "SELECT owner, last, acked, sent FROM mark"
        self.owner, self.last, self.acked, self.sent = self._run(lambda db: db.execute(read).fetchone())
        self._held, self._count = self._run(_measure)

    def _run(self, work: Callable[[sqlite3.Connection], R]) -> R:
        """Do the work in one transaction; where the disk fails, do it again in memory."""
        with self._guard, self._acting():
            try:
                with self._db:
                    return work(self._db)
            except sqlite3.Error as error:
                if not self.durable:
                    raise
                self._leave_disk(error)
                with self._db:
                    return work(self._db)

    def _acting(self) -> contextlib.AbstractContextManager[None]:
        """SQLite opens, makes and removes files by their paths: it does so with the rights of the folder's owner."""
        return self._folder.acting() if self._folder else contextlib.nullcontext()

    def _open_disk(self) -> sqlite3.Connection:
        if self._folder is None or not self.durable:
            return open_memory()
        try:
            return open_file(self._folder, NAME)
        except sqlite3.OperationalError as error:
            self._say_in_memory(error)
        except sqlite3.DatabaseError as error:
            log.error("%s is damaged (%s); it is set aside, what it held is lost", self._path, error)
            with contextlib.suppress(OSError, sqlite3.Error):
                set_aside(self._folder, NAME)
                return open_file(self._folder, NAME)
            self._say_in_memory(error)
        return open_memory()

    def _leave_disk(self, error: sqlite3.Error) -> None:
        """Go on in memory with the frames that the file still gives; a reset replaces the others."""
        self._say_in_memory(error)
        disk, self._db = self._db, open_memory()
        try:
            disk.backup(self._db)
            check_file(self._db)
        except sqlite3.Error:
            self._db = open_memory()
        with contextlib.suppress(sqlite3.Error):
            disk.close()
        with self._db:
            _save(self._db, self)
        self._held, self._count = _measure(self._db)

    def _return_to_disk(self) -> None:
        """If the spool fell back to memory, try the disk again from time to time."""
        if self.durable or self._lock_file is None or self._folder is None:
            return
        if time.monotonic() - self._leave_disk_at < self._disk_retry_s:
            return
        self._leave_disk_at = time.monotonic()
        with contextlib.suppress(OSError, sqlite3.Error), self._acting():
            self._db = move_to_file(self._db, self._folder, NAME)
            self.durable = True
            log.info("undelivered frames are kept in %s again", self._path)

    def _say_in_memory(self, error: Exception) -> None:
        self.durable = False
        self._leave_disk_at = time.monotonic()
        log.error("%s cannot be kept (%s); undelivered frames stay in memory", self._path, error)


def _measure(db: sqlite3.Connection) -> tuple[int, int]:
    """How many bytes the frames have, and how many they are."""
    held, count = db.execute("SELECT total(length(packed)), count(*) FROM frames").fetchone()
    return int(held), int(count)


def _save(db: sqlite3.Connection, spool: Spool) -> None:
    mark = (spool.owner, spool.last, spool.acked, spool.sent)
    db.execute("UPDATE mark SET owner = ?, last = ?, acked = ?, sent = ?", mark)
