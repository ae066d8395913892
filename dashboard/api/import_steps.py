"""The import of a large file by a worker, transaction by transaction: in between it does what others wait for."""

from __future__ import annotations

import io
import time
from typing import IO, Final, NamedTuple

from dashboard.workers import worker
from dashboard.workers.held import Held, numbers
from inspector.history.forget import forget_host
from inspector.history.throttle import Pace
from inspector.history.transfer import importing
from inspector.models import Host


class LaterPace(Pace):
    """Its rests are noted: the caller takes them, outside of the worker."""

    rest_s = 0.0

    def rest(self, took_s: float = 0.0) -> None:
        self.rest_s = max(self.pause_s, took_s)


class Step(NamedTuple):
    """One transaction of an import: whether it was the last, and how long to rest after it."""

    over: bool
    rest_s: float


class Import(NamedTuple):
    """An import that has begun."""

    content: IO[bytes]
    pace: LaterPace
    arrival: importing.Arrival


_begun: Final[Held[Import]] = Held()  # in the worker


def bring_in(file: str | bytes, most_bytes: int) -> str:
    """Import the file at this path, or with this content; return the new host's machine id.

    :param most_bytes: how much the file may hold when decompressed.
    :raises inspector.protocol.export_file.MalformedFile: it is incomplete, or no export.
    :raises dashboard.workers.worker.WorkerDied, MemoryError: it takes more memory than a worker may.

    After an error nothing of it is kept.
    """
    number, whole = next(numbers), False
    host = worker.files.run(_begin, number, file, most_bytes)
    try:
        while not whole:
            whole, rest_s = worker.files.run(_go_on, number)
            time.sleep(rest_s)
        return host.machine_id
    finally:
        worker.files.run(_end, number)
        if not whole:
            forget_host(host, Pace())


def _begin(number: int, file: str | bytes, most_bytes: int) -> Host:
    pace = LaterPace()
    content: IO[bytes] = io.BytesIO(file) if isinstance(file, bytes) else open(file, "rb")  # noqa: SIM115  # _end
    try:
        arrival = importing.begin(content, most_bytes, pace)
    except Exception:
        content.close()
        raise
    _begun.put(number, Import(content, pace, arrival))
    return arrival.host


def _go_on(number: int) -> Step:
    begun = _begun.get(number)
    return Step(begun.arrival.step(), begun.pace.rest_s)


def _end(number: int) -> None:
    begun = _begun.drop(number)
    if begun is not None:
        begun.content.close()
