"""Files as another process sees them: opened within that process's root directory. See openat2(2), Linux 5.6.

A path below ``/proc/<pid>/root`` must not be opened like any other: an absolute symbolic link in it would lead into
our own root. The kernel resolves the whole path within the given root here, and follows no magic link.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import stat
import struct
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

_OPENAT2: Final = 437  # on every machine
_HOW: Final = struct.Struct("QQQ")  # struct open_how: flags, mode, resolve
_NO_MAGICLINKS, _IN_ROOT = 0x02, 0x10
_RESOLVE: Final = _NO_MAGICLINKS | _IN_ROOT
_TRIES: Final = 3  # EAGAIN: something was renamed meanwhile

LONGEST: Final = 1 << 20
"""Bytes of the largest file that is read."""

MOST_ENTRIES: Final = 1000
"""Entries of a folder that are looked at."""

_libc = ctypes.CDLL(None, use_errno=True)


class Mark(NamedTuple):
    """What differs after a file was written or replaced."""

    inode: int
    mtime_ns: int
    size: int


class Root:
    """The root directory of a process, held open.

    :param proc: where proc(5) is mounted.
    :raises OSError: there is no such process, or it may not be looked into.
    """

    def __init__(self, proc: str, pid: int | str) -> None:
        self._fd = os.open(f"{proc}/{pid}/root", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)

    def __enter__(self) -> Root:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    def mark(self, path: str, owners: Collection[int]) -> Mark | None:
        """What tells whether the file changed; ``None`` where :meth:`read` would refuse it."""
        with self._open(path) as fd:
            return None if fd is None else _mark_of(fd, owners)

    def read(self, path: str, owners: Collection[int]) -> bytes | None:
        """The content of a regular file of at most 1 MiB; ``None`` for any other, or one that cannot be read.

        :param owners: user ids; a file of anybody else is refused.
        """
        with self._open(path) as fd:
            if fd is None or _mark_of(fd, owners) is None:
                return None
            with contextlib.suppress(OSError), os.fdopen(os.dup(fd), "rb") as file:
                data = file.read(LONGEST + 1)
                return data if len(data) <= LONGEST else None
            return None

    def list(self, path: str) -> list[str]:
        """The names in a folder, at most 1,000; empty where it cannot be read."""
        with self._open(path, os.O_DIRECTORY) as fd:
            if fd is not None:
                with contextlib.suppress(OSError):
                    return sorted(os.listdir(fd))[:MOST_ENTRIES]
            return []

    @contextlib.contextmanager
    def _open(self, path: str, flags: int = 0) -> Iterator[int | None]:
        fd = self._try_open(path, flags)
        try:
            yield fd
        finally:
            if fd is not None:
                os.close(fd)

    def _try_open(self, path: str, flags: int) -> int | None:
        how = _HOW.pack(os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | flags, 0, _RESOLVE)
        if "\0" in path:
            return None
        for _ in range(_TRIES):
            fd: int = _libc.syscall(_OPENAT2, self._fd, os.fsencode(path), how, len(how))
            if fd >= 0:
                return fd
            if ctypes.get_errno() != errno.EAGAIN:
                return None
        return None


def _mark_of(fd: int, owners: Collection[int]) -> Mark | None:
    found = os.fstat(fd)
    if not stat.S_ISREG(found.st_mode) or found.st_size > LONGEST or found.st_uid not in owners:
        return None
    return Mark(found.st_ino, found.st_mtime_ns, found.st_size)
