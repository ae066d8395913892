"""What an agent sends next: heartbeats and metrics first, then the frames in the spool, in batches.

Where the server is slower than the host changes, waiting states are thinned: neighbours become one, only as far as is
needed to catch up within :data:`CATCH_UP_S`, and so that one state is left of every :data:`KEEP_EVERY_S`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Final, NamedTuple

from inspector.agent.spool import Entry
from inspector.facts.moments import parse_instant
from inspector.protocol.frames import Diff, merge_diffs, pack, unpack

CATCH_UP_S: Final = 10.0
"""Seconds in which all waiting frames should be delivered."""

KEEP_EVERY_S: Final = 5.0
"""At least one state is delivered for this many seconds."""

BATCH_BYTES: Final = 512 * 2**10
"""About the most packed bytes of one batch; a single frame may have more."""

SMOOTHING: Final = 0.3
"""The weight of the newest message in :class:`ServerPace`."""


class Message(NamedTuple):
    """A packed message; ``seq`` is that of its last frame, ``None`` for heartbeats and metrics.

    ``frames`` is how many frames it holds.
    """

    seq: int | None
    packed: bytes
    frames: int = 0


class ServerPace:
    """How many seconds the server takes for a frame, as measured."""

    def __init__(self) -> None:
        self.frame_s = 0.0

    def measured(self, frames: int, took_s: float) -> None:
        """The server acknowledged ``frames`` frames in ``took_s`` seconds."""
        each = took_s / frames
        self.frame_s = each if not self.frame_s else self.frame_s + SMOOTHING * (each - self.frame_s)

    def neighbours(self, waiting: int) -> int:
        """How many waiting states become one; 1: all of them are delivered in time."""
        return max(1, math.ceil(waiting * self.frame_s / CATCH_UP_S))


def thin(entries: Sequence[Entry], neighbours: int) -> list[bytes]:
    """The packed frames of these entries, at most ``neighbours`` of them merged into one."""
    if neighbours <= 1:
        return [entry.packed for entry in entries]
    thinned: list[bytes] = []
    group: list[Diff] = []
    for entry in entries:
        frame = unpack(entry.packed)
        if group and (not isinstance(frame, Diff) or not _belongs(frame, group, neighbours)):
            thinned.append(_as_one(group))
            group = []
        if isinstance(frame, Diff):
            group.append(frame)
        else:
            thinned.append(entry.packed)
    return [*thinned, _as_one(group)] if group else thinned


def _belongs(frame: Diff, group: Sequence[Diff], neighbours: int) -> bool:
    """Whether a frame may be merged with those before it."""
    apart = parse_instant(frame.taken_at) - parse_instant(group[0].taken_at)
    near = timedelta() <= apart <= timedelta(seconds=KEEP_EVERY_S)
    return near and len(group) < neighbours and (frame.base, frame.schema) == (group[-1].seq, group[-1].schema)


def _as_one(group: Sequence[Diff]) -> bytes:
    merged = group[0]
    for frame in group[1:]:
        merged = merge_diffs(merged, frame)
    return pack(merged)
