"""Threads that keep a database connection each, for the websockets.

Opening a connection for each call costs more than most calls. Django's own threads of requests come and go, so
connections that were kept there would outlive them.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, ParamSpec, TypeVar

from django.conf import settings
from django.db import Error, connection

P = ParamSpec("P")
R = TypeVar("R")


class DatabaseThreads:
    """A fixed number of threads; each opens a connection at its first call and keeps it until a call fails."""

    def __init__(self, name: str, threads: int) -> None:
        self._name, self._threads = name, threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Do the work on one of the threads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, partial(_call, partial(work, *args, **kwargs)))

    def close(self) -> None:
        """Close every connection once the calls before have ended; later calls open new ones."""
        pool, self._pool = self._pool, ThreadPoolExecutor(self._threads, thread_name_prefix=self._name)
        met = threading.Barrier(self._threads)
        for _ in range(self._threads):  # one for each thread: none ends before all have begun
            pool.submit(_close, met)
        pool.shutdown()


def _call(work: Callable[[], R]) -> R:
    """Do the work. It is done again on a new connection if the kept one was lost meanwhile."""
    kept = connection.connection is not None
    try:
        return work()
    except Error:
        lost = kept and not _is_usable()
        connection.close()
        if not lost:
            raise
    return work()


def _is_usable() -> bool:
    try:
        return connection.is_usable()
    except Error:
        return False


def _close(met: threading.Barrier) -> None:
    connection.close()
    met.wait()


def _is_sqlite() -> bool:
    return "sqlite" in settings.DATABASES["default"]["ENGINE"]


WRITERS: Final = DatabaseThreads("isoscope-writer", 1 if _is_sqlite() else 4)
"""Threads that may wait for a lock. SQLite lets one writer in at a time: more would only ask again and again."""

READERS: Final = DatabaseThreads("isoscope-reader", 4)


def close() -> None:
    """Close the connections of all threads, before the database goes."""
    for threads in (WRITERS, READERS):
        threads.close()
