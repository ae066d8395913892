"""Worker processes: they do work that would keep people waiting.

While one large piece is decoded, encoded or sorted, no other thread of a process runs. A worker has a process, a
limit of memory and a lower priority; its database connection is its own. It is started when there is work, and ends
after some time without.
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

    def __init__(self, idle_s: float = IDLE_S) -> None:
        self._idle_s = idle_s
        self._turn = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._line: Connection[Any, tuple[bool, Any]] | None = None
        self._leaving: threading.Timer | None = None

    def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a function of a module in the worker. Arguments and result are pickled; the caller waits.

        :raises WorkerDied: the process ended meanwhile.
        """
        assert not kwargs
        with self._turn:
            if self._leaving is not None:
                self._leaving.cancel()
            done, result = self._ask(work, args)
            self._leaving = threading.Timer(self._idle_s, self.end)
            self._leaving.daemon = True
            self._leaving.start()
        if not done:
            raise cast(Exception, result)
        return cast(R, result)

    def end(self) -> None:
        """End the process; the next call starts another."""
        with self._turn:
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


frames: Final = Worker()
"""Stores large frames."""

states: Final = Worker()
"""Reads large states, for people."""

files: Final = Worker()
"""Imports files."""

exports: Final = Worker(idle_s=120.0)
"""Makes files of large hosts, and holds those that are being read."""
