"""What is known of each process between scans, by its record."""

from __future__ import annotations

from collections.abc import Set
from typing import NamedTuple

from inspector.agent.collect.kernel.layout import Record
from inspector.agent.collect.nsfs import ProcessNamespaces
from inspector.agent.collect.procfs import RawProcess


class Known(NamedTuple):
    """A process as it was read."""

    record: Record
    raw: RawProcess[ProcessNamespaces]
    read_at: float  # when its files below /proc were; monotonic


class Memory:
    """The processes of the last scan. Cost: some 2 kB each."""

    def __init__(self) -> None:
        self._known: dict[bytes, Known] = {}
        self._last: dict[int, bytes] = {}  # the record of each pid

    def records(self) -> Set[bytes]:
        """The record of every process that is known."""
        return self._known.keys()

    def recall(self, data: bytes) -> Known | None:
        """What is known of the process with exactly this record."""
        return self._known.get(data)

    def pids_of(self, records: Set[bytes]) -> dict[int, bytes]:
        """Those of the records that are known, by pid."""
        return {self._known[data].record.pid: data for data in records & self._known.keys()}

    def recall_before(self, record: Record) -> Known | None:
        """What was known of the same process when its record was another one."""
        known = self._known.get(self._last.get(record.pid, b""))
        return known if known is not None and known.record.start_ns == record.start_ns else None

    def keep(self, data: bytes, known: Known) -> None:
        """Keep this, and nothing else of this pid."""
        self.forget(self._last.get(known.record.pid, data), but=data)
        self._last[known.record.pid] = data
        self._known[data] = known

    def keep_only(self, records: Set[bytes]) -> None:
        """Forget the processes with other records: they have ended."""
        for data in self._known.keys() - records:
            self.forget(data)

    def forget(self, data: bytes, but: bytes = b"") -> None:
        known = None if data == but else self._known.pop(data, None)
        if known is not None and self._last.get(known.record.pid) == data:
            del self._last[known.record.pid]
