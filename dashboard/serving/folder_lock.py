"""The lock that says that servers run on a data folder: they share it, and a restore wants it for itself."""

from __future__ import annotations

import contextlib
import fcntl
from pathlib import Path
from typing import IO, Final

NAME: Final = "servers.lock"


def share(folder: Path) -> IO[str] | None:
    """Hold the lock beside other servers for as long as the file is open; ``None`` where nothing can be written."""
    with contextlib.suppress(OSError):
        file = open(folder / NAME, "a")  # noqa: SIM115 - held open for as long as the process lives
        fcntl.flock(file, fcntl.LOCK_SH)
        return file
    return None


def take(folder: Path) -> IO[str] | None:
    """Hold the lock alone; ``None`` where a server runs."""
    return hold_lock(folder / NAME)


def hold_lock(path: Path) -> IO[str] | None:
    """Hold the lock of a file alone, for as long as the file is open; ``None`` where another process holds it."""
    file = open(path, "a+")  # noqa: SIM115 - the caller closes it
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file
