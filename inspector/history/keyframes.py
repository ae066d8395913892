"""Keyframes: the ids of all rows that were open at a snapshot, so that an old state is read without all of history.

They only speed things up: :func:`discard` and :func:`rebuild` may be called at any time, states stay the same.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from collections.abc import Iterable, Mapping
from itertools import accumulate, chain
from typing import Any, Final

from django.db import transaction

from inspector.errors import MalformedFrame
from inspector.facts.types import MOST_CONTAINERS, MOST_GAPS, MOST_NAMESPACES, MOST_PROCESSES
from inspector.history.rows import ALL, CHAINS, CONTAINERS, GAPS, NAMESPACES, PROCESSES, Translator
from inspector.history.sql import among, open_at
from inspector.models import Host, Keyframe, Snapshot

LEAST: Final = 1000
"""At least this many rows are opened or closed between two keyframes; on large hosts a quarter of the open rows."""


MOST: Final[Mapping[Translator[Any], int]] = {
    PROCESSES: MOST_PROCESSES,
    NAMESPACES: MOST_NAMESPACES,
    CONTAINERS: MOST_CONTAINERS,
    CHAINS: MOST_CONTAINERS,
    GAPS: MOST_GAPS,
}
"""The most rows of one host that may be open. Frames that are small each may add up to more."""


def is_due(unkeyed: int, holding: int) -> bool:
    """Whether enough rows changed since the newest keyframe to write the next one."""
    return unkeyed > max(LEAST, holding // 4)


def write(host: Host) -> None:
    """Write which rows hold now, at ``host.last_seq``. Cost: 10,000 rows take some 5 ms and 2 to 15 kB.

    :raises MalformedFrame: more are open than any host may have.
    """
    now = {kind: kind.model._default_manager.filter(host=host, closed=None) for kind in ALL}
    held = {kind: list(rows.values_list("pk", flat=True)) for kind, rows in now.items()}
    for kind, rows in held.items():
        if len(rows) > MOST[kind]:
            raise MalformedFrame(f"the host would hold {len(rows):,} {kind.section}, and may hold {MOST[kind]:,}")
    _write(host, host.last_seq, held)


def newest(kind: Translator[Any], host: int, seq: int) -> tuple[int, list[int]]:
    """The newest keyframe at or before ``seq``: its seq and the rows it names; (0, none) where there is none."""
    frames = Keyframe.objects.filter(host=host, table=kind.number, seq__lte=seq).order_by("-seq")
    found = frames.values_list("seq", "rows").first()
    return (found[0], unpack(bytes(found[1]))) if found else (0, [])


def rows_at(host: Host, seq: int) -> int:
    """About how many rows the state at ``seq`` is read from, by the newest keyframe before it. Cost: some 2 ms."""
    return sum(len(newest(kind, host.pk, seq)[1]) for kind in ALL)


def discard(host: Host) -> None:
    """Delete the keyframes of this host."""
    Keyframe.objects.filter(host=host).delete()


@transaction.atomic
def rebuild(host: Host) -> None:
    """Write the keyframes of this host again, from the rows."""
    discard(host)
    unkeyed, first = 0, True
    for snapshot in Snapshot.objects.filter(host=host).order_by("seq"):
        holding = snapshot.processes + snapshot.namespaces + snapshot.containers
        unkeyed += snapshot.added + 2 * snapshot.changed + snapshot.removed
        if first or is_due(unkeyed, holding):
            _write(host, snapshot.seq, {kind: _held(kind, host.pk, snapshot.seq) for kind in ALL})
            unkeyed, first = 0, False


def pack(ids: Iterable[int]) -> bytes:
    """Ascending numbers as their differences, deflated: 8 bytes each, little-endian."""
    ordered = sorted(ids)
    steps = array("q", (after - before for before, after in zip(chain((0,), ordered), ordered, strict=False)))
    if sys.byteorder == "big":
        steps.byteswap()
    return zlib.compress(steps.tobytes())


def unpack(data: bytes) -> list[int]:
    """The inverse of :func:`pack`."""
    steps = array("q", zlib.decompress(data))
    if sys.byteorder == "big":
        steps.byteswap()
    return list(accumulate(steps))


def _write(host: Host, seq: int, held: Mapping[Translator[Any], Iterable[int]]) -> None:
    Keyframe.objects.bulk_create(
        Keyframe(host=host, seq=seq, table=kind.number, rows=pack(rows)) for kind, rows in held.items()
    )


def _held(kind: Translator[Any], host: int, seq: int) -> list[int]:
    base, named = newest(kind, host, seq)
    rows = kind.model._default_manager.filter(open_at(seq))
    since = rows.filter(host=host, opened__gt=base, opened__lte=seq)
    return [*among(rows, named).values_list("pk", flat=True), *since.values_list("pk", flat=True)]
