"""The export of a large host, made by a worker piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Final

from dashboard.api.large import LARGE
from dashboard.workers import worker
from inspector.history import keyframes
from inspector.history.transfer import exporting
from inspector.models import Host

PIECE: Final = 2**18
"""About the bytes that are fetched from the worker at a time."""

_open: Final[dict[int, Iterator[bytes]]] = {}  # in the worker: exports that have begun, by number
_numbers: Final = count(1)


def export(host: Host, first: int, last: int) -> Iterator[bytes]:
    """The file, in pieces. Errors are raised before the first piece.

    :raises NoSuchSnapshot: history does not hold these snapshots.
    """
    if keyframes.rows_at(host, last) < LARGE:
        return exporting.export(host, first, last)
    return _fetch(worker.exports.run(_begin, host, first, last))


def _fetch(number: int) -> Iterator[bytes]:
    try:
        while piece := worker.exports.run(_read, number):
            yield piece
    finally:
        worker.exports.run(_end, number)


def _begin(host: Host, first: int, last: int) -> int:
    number = next(_numbers)
    _open[number] = exporting.export(host, first, last)
    return number


def _read(number: int) -> bytes:
    pieces, size = [], 0
    for piece in _open[number]:
        pieces.append(piece)
        size += len(piece)
        if size >= PIECE:
            break
    return b"".join(pieces)


def _end(number: int) -> None:
    _open.pop(number, None)
