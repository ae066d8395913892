"""Progress messages of long work."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

EVERY_S: Final = 3.0
"""Seconds between two lines; shorter work prints none."""


class Progress:
    """Counts bytes, and prints the number every few seconds."""

    def __init__(self, say: Callable[[str], object], what: str, total: int = 0, every_s: float = EVERY_S) -> None:
        self.say = say
        self.what = what
        self.total = total
        self.every_s = every_s
        self.done = 0
        self.said_at = time.monotonic()

    def __call__(self, more: int) -> None:
        self.done += more
        if time.monotonic() - self.said_at < self.every_s:
            return
        self.said_at = time.monotonic()
        of = f" of {size_text(self.total)} ({min(self.done / self.total, 1):.0%})" if self.total else ""
        self.say(f"{self.what}: {size_text(self.done)}{of}")


def size_text(size: float) -> str:
    """Bytes for a person to read, such as ``1.5 GiB``."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"
