"""What a worker holds between calls."""

from __future__ import annotations

from itertools import count
from typing import Final, Generic, TypeVar

from dashboard.workers.worker import WorkerDied

T = TypeVar("T")

numbers: Final = count(1)
"""For whoever asks a worker to hold something. No two things have the same, also if another process holds them."""


class Held(Generic[T]):
    """Things in a worker, by number."""

    def __init__(self) -> None:
        self._things: dict[int, T] = {}

    def put(self, number: int, thing: T) -> None:
        self._things[number] = thing

    def get(self, number: int) -> T:
        """:raises WorkerDied: the process that held it has ended."""
        if number not in self._things:
            raise WorkerDied("the process that did the work has ended")
        return self._things[number]

    def drop(self, number: int) -> T | None:
        """Let go of it; ``None`` where it is no longer held."""
        return self._things.pop(number, None)
