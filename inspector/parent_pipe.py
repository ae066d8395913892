"""The pipe from a parent: a child ends when its parent does."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import threading
import time
from typing import Final

from inspector.capability_sets import keep_only

GRACE_S: Final = 6.0
"""Seconds from SIGTERM to SIGKILL."""

_HELD: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1)


@functools.cache  # a second call changes nothing
def end_with_parent(pipe: int = 0, bare: bool = False) -> None:
    """End this process when ``pipe`` does: the parent holds the other end. By default it is standard input.

    That works however the parent ends, SIGKILL included, even if it dropped root and may no longer signal us.
    Call it before slow imports. The process gets SIGTERM; if it is still there after the grace time, SIGKILL.

    :param bare: the thread that waits holds no capability: the process gives some up later, and each thread has its
        own. It must then change neither its ids nor its groups, for glibc does that in all threads, or ends it.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HELD)  # the thread inherits it, so it takes no signal itself
    try:
        threading.Thread(target=_wait_for_end, args=(pipe, bare), name="parent-pipe", daemon=True).start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _wait_for_end(pipe: int, bare: bool) -> None:
    if bare:
        with contextlib.suppress(OSError):  # the end is told nevertheless
            keep_only(0)
    while os.read(pipe, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os.kill(os.getpid(), signal.SIGKILL)
