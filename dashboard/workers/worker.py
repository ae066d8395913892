"""Worker processes: they do work that would keep people waiting.

While one large piece is decoded, encoded or sorted, no other thread of a process runs. A worker has a process, a
limit of memory and a lower priority; its database connection is its own. It is started when there is work, and ends
after some time without. One worker works at a time, so that the server and all its workers take little more memory
than the server and one; each piece of work is short, so nobody waits long.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar, cast

from django.conf import settings

from dashboard.workers.queue import Queue
from inspector.errors import IsoscopeError

log = logging.getLogger("isoscope.server")

ROOT: Final = Path(__file__).resolve().parents[2]
IDLE_S: Final = 30.0
"""Seconds after which a worker without work ends, and frees its memory."""

P = ParamSpec("P")
R = TypeVar("R")


class WorkerDied(IsoscopeError):
    """The worker ended in the middle of its work: it took more memory than there is, or was killed."""


class Worker:
    """One process that does one piece of work at a time. Thread-safe: a second caller waits."""

    def __init__(self, queue: Queue, idle_s: float = IDLE_S) -> None:
        """:param queue: for the turn to work; workers with the same queue never work at the same time."""
        self._queue, self._idle_s = queue, idle_s
        self._child: subprocess.Popen[bytes] | None = None
        self._line: Connection[Any, tuple[bool, Any]] | None = None
        self._leaving: threading.Timer | None = None

    def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a function of a module in the worker. Arguments and result are pickled; the caller waits.

        :raises WorkerDied: the process ended meanwhile.
        """
        assert not kwargs
        with self._queue.turn():
            done, result = self._ask(work, args)
            self._leave_later()
        if not done:
            raise cast(Exception, result)
        return cast(R, result)

    def end(self) -> None:
        """End the process; the next call starts another."""
        with self._queue.turn():
            self._disconnect()

    def _leave_later(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
        timer = threading.Timer(self._idle_s, lambda: self._leave(timer))
        timer.daemon = True
        timer.start()
        self._leaving = timer

    def _leave(self, timer: threading.Timer) -> None:
        """End the process, unless there was work while this waited for its turn."""
        with self._queue.turn():
            if timer is self._leaving:
                self._disconnect()

    def _ask(self, work: Callable[..., Any], args: tuple[Any, ...]) -> tuple[bool, Any]:
        line = self._line or self._start()
        try:
            line.send((work, args))
            return line.recv()
        except (EOFError, OSError) as error:
            self._disconnect()
            raise WorkerDied("the work takes more memory than it may, or its process was killed") from error

    def _start(self) -> Connection[Any, tuple[bool, Any]]:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", "dashboard.workers.child", str(theirs.fileno())]
            environ = os.environ | {"ISOSCOPE_DATA": str(settings.DATA_DIR)}  # it may be given from where we started
            self._child = subprocess.Popen(
                command, cwd=ROOT, env=environ, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
            )
        self._line = Connection(os.dup(ours.fileno()))
        ours.close()
        return self._line

    def _disconnect(self) -> None:
        if self._line is None or self._child is None:
            return
        self._line.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(5)
        self._child.kill()
        self._child.wait()
        self._line = self._child = None


_one_at_a_time: Final = Queue()

pieces: Final = Worker(_one_at_a_time)
"""Stores large frames, and reads large states: each call is complete by itself."""

files: Final = Worker(_one_at_a_time, idle_s=120.0)
"""Makes and imports files, step by step: between its calls it holds those that have begun."""
