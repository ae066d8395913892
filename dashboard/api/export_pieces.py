"""The export of a large host, made by a worker piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dashboard.api.large import LARGE
from dashboard.workers import worker
from dashboard.workers.held import Held, numbers
from inspector.history import keyframes
from inspector.history.transfer import exporting
from inspector.models import Host

PIECE: Final = 2**18
"""About the bytes that are fetched from the worker at a time."""

_begun: Final[Held[Iterator[bytes]]] = Held()  # in the worker


def export(host: Host, first: int, last: int) -> Iterator[bytes]:
    """The file, in pieces. Errors are raised before the first piece.

    :raises NoSuchSnapshot: history does not hold these snapshots.
    """
    if keyframes.rows_at(host, last) < LARGE:
        return exporting.export(host, first, last)
    number = next(numbers)
    worker.files.run(_begin, number, host, first, last)
    return _fetch(number)


def _fetch(number: int) -> Iterator[bytes]:
    try:
        while piece := worker.files.run(_read, number):
            yield piece
    finally:
        worker.files.run(_end, number)


def _begin(number: int, host: Host, first: int, last: int) -> None:
    _begun.put(number, exporting.export(host, first, last))


def _read(number: int) -> bytes:
    pieces, size = [], 0
    for piece in _begun.get(number):
        pieces.append(piece)
        size += len(piece)
        if size >= PIECE:
            break
    return b"".join(pieces)


def _end(number: int) -> None:
    _begun.drop(number)
