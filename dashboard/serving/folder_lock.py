"""The lock of a data folder: servers that run on it share the lock, and a restore needs it alone."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from typing import IO, Final

from inspector.owned_folder import open_folder

NAME: Final = "servers.lock"


def share(folder: Path) -> IO[bytes] | None:
    """Hold the lock beside other servers for as long as the file is open; ``None`` where nothing can be written."""
    with contextlib.suppress(OSError):
        file = open_lock(folder / NAME)
        fcntl.flock(file, fcntl.LOCK_SH)
        return file
    return None


def take(folder: Path) -> IO[bytes] | None:
    """Hold the lock alone; ``None`` where a server runs."""
    return hold_lock(folder / NAME)


def hold_lock(path: Path) -> IO[bytes] | None:
    """Hold the lock of a file alone, for as long as the file is open; ``None`` where another process holds it.

    :raises OSError: the file cannot be opened, or is no plain one.
    """
    file = open_lock(path)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def open_lock(path: Path) -> IO[bytes]:
    with open_folder(path.parent) as folder:
        return os.fdopen(folder.open_private(path.name), "r+b", buffering=0)
