"""The pipe from a parent: a child ends when its parent does."""

from __future__ import annotations

import os
import signal
import sys
import threading


def end_with_parent() -> None:
    """End this process when its standard input does: the launcher holds the other end of that pipe.

    That works however the launcher ends, SIGKILL included, also where it gave root up and may no longer signal us.
    """
    threading.Thread(target=_wait_for_end_of_input, name="parent-pipe", daemon=True).start()


def _wait_for_end_of_input() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
