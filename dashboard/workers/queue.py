"""A queue of threads: one at a time has its turn, in the order in which they asked."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Queue:
    """A lock that is fair. :class:`threading.Lock` may go to whoever asks again at once, over and over."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._waiting: deque[threading.Event] = deque()  # the first one has its turn

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the turn, and have it while the block runs."""
        mine = threading.Event()
        with self._changing:
            self._waiting.append(mine)
            self._waiting[0].set()
        mine.wait()
        try:
            yield
        finally:
            with self._changing:
                self._waiting.popleft()
                if self._waiting:
                    self._waiting[0].set()
