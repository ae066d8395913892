"""A worker process: it takes one call after the other from a socket that its parent holds, and answers each.

It ends when its parent closes the socket, or ends in any way.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import resource
import sys
from multiprocessing.connection import Connection
from typing import Any, Final

MEMORY: Final = 2**30
"""Bytes of address space for data: work that takes more fails with :class:`MemoryError`, in this process only."""

NICENESS: Final = 5  # people who wait for an answer come first


def main(descriptor: int) -> None:
    """Answer calls until the socket is closed."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "dashboard.worker_settings"
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    os.nice(NICENESS)
    import django

    django.setup()
    from django.conf import settings

    from inspector.owned_folder import act_for_owner

    act_for_owner(settings.DATA_DIR)
    line: Connection[Any, Any] = Connection(descriptor)
    while True:
        try:
            work, args = line.recv()
        except (EOFError, OSError):
            return
        line.send_bytes(answer(work, args))
        del work, args
        give_memory_back()


def answer(work: Any, args: tuple[Any, ...]) -> bytes:
    """Do the work; return, pickled, whether it succeeded, and its result or its error."""
    try:
        return pickle.dumps((True, work(*args)))
    except Exception as error:
        return pickle.dumps((False, error))


def give_memory_back() -> None:
    """Return freed memory to the system, where the C library can: it keeps it for the next large piece of work."""
    with contextlib.suppress(AttributeError):  # musl has no such function, and keeps less
        ctypes.CDLL(None).malloc_trim(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
