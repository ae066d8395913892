"""Waiting until something can be read, by poll(2): select(2) knows no descriptor from 1024 on."""

from __future__ import annotations

import math
import select


def readable(descriptors: list[int], seconds: float) -> set[int]:
    """Which of these descriptors can be read, or have ended; none when the time is over.

    :raises OSError: as poll(2).
    """
    waiting = select.poll()
    for descriptor in descriptors:
        waiting.register(descriptor, select.POLLIN)
    return {descriptor for descriptor, _ in waiting.poll(math.ceil(max(0.0, seconds) * 1000))}
