"""Holders from the kernel's own structures; only mounts are read from ``/proc``, and only where they changed."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Final, NamedTuple

from inspector.agent.collect.holders.held import Found, Held, HolderFinder
from inspector.agent.collect.holders.mounts import MountReader
from inspector.agent.collect.holders.procfs import ProcfsHolders
from inspector.agent.collect.kernel.btf import Btf
from inspector.agent.collect.kernel.holder_layout import LENGTH, PID, HolderOffsets, HolderRecord, unpack_holder
from inspector.agent.collect.kernel.holder_programs import file_program, task_program
from inspector.agent.collect.kernel.layout import Identity, Offsets
from inspector.agent.collect.kernel.namespaces import KernelNamespaces, Unexplained
from inspector.agent.collect.kernel.syscalls import TaskIterator
from inspector.agent.collect.nsfs import NamespaceScan, ProcessNamespaces, ScannedNamespace, nsfs_device
from inspector.errors import KernelReaderUnavailable
from inspector.facts.namespaces import NamespaceType

log = logging.getLogger("isoscope.agent")

SHARE: Final = 0.01
"""At most this share of a processor is used to find out whether anything changed."""

Place = tuple[NamespaceType, Identity]


class Mounts(NamedTuple):
    """What was mounted in a mount namespace, at a version of its mounts."""

    version: int
    held: list[tuple[ScannedNamespace, str]]


class KernelHolders:
    """Finds what holds namespaces by passes over all tasks and all open files.

    :param offsets: of the running kernel, as the next.
    :param proc: ``/proc``, for mounts.
    :raises KernelReaderUnavailable: the kernel refuses the programs.
    """

    is_cheap = True

    def __init__(self, offsets: Offsets, holders: HolderOffsets, proc: str = "/proc") -> None:
        self._tasks = TaskIterator(task_program(offsets, holders), offsets.function)
        self._files = TaskIterator(file_program(offsets, holders), holders.function)
        self._proc = proc
        self._mounts: dict[Place, Mounts] = {}
        self._seen: frozenset[bytes] = frozenset()
        self._pass_due = 0.0
        self.has_changed = False

    def changed(self) -> Set[int]:
        """The processes that hold other namespaces than at the last search, or see other mounts.

        :raises OSError: as bpf(2) and read(2).

        It takes at most :data:`SHARE` of a processor: in between it tells nothing.
        """
        if time.monotonic() < self._pass_due:
            return frozenset()
        began = time.thread_time()
        different = self._pass_over() ^ self._seen
        self._pass_due = time.monotonic() + (time.thread_time() - began) / SHARE
        self.has_changed = bool(different)
        holders = map(unpack_holder, different)
        return {record.pid for record in holders if record.holder is not None}

    def find(self, scan: NamespaceScan, processes: Mapping[int, ProcessNamespaces]) -> Found:
        """All holders.

        :raises OSError: as bpf(2) and read(2).

        Cost: some 0.1 µs for each open file of the host.
        """
        self._seen, self.has_changed = self._pass_over(), False
        records = list(map(unpack_holder, self._seen))
        namespaces = KernelNamespaces(scan, lambda _: b"", nsfs_device())
        namespaces.learn(record.ancestry for record in records)
        mounts = self._find_mounts(scan, namespaces, records)
        return Found([*_find_held(namespaces, records), *mounts.held], mounts.gaps)

    def close(self) -> None:
        """Unload the programs."""
        self._tasks.close()
        self._files.close()

    def _pass_over(self) -> frozenset[bytes]:
        """The records of all holders, without those of our own descriptors."""
        own = os.getpid().to_bytes(4, "little")
        tasks, files = self._tasks.read_all(), self._files.read_all()
        return frozenset(_split(tasks)).union(record for record in _split(files) if record[PID] != own)

    def _find_mounts(
        self, scan: NamespaceScan, namespaces: KernelNamespaces, records: Iterable[HolderRecord]
    ) -> Found:
        reader, held = MountReader(self._proc, scan), []
        before, self._mounts = self._mounts, {}
        for place, (version, viewers) in _find_viewers(records).items():
            with contextlib.suppress(Unexplained):  # it has ended
                within = namespaces.find(*place)
                gaps = len(reader.gaps)
                mounted = self._take_mounts(scan, reader, before.get(place), version, viewers)
                if mounted is not None:
                    held += [Held(namespace, "mount", None, path, within) for namespace, path in mounted]
                    is_whole = len(reader.gaps) == gaps
                    if is_whole and all(namespace.ns_id for namespace, _ in mounted):  # else it is read again
                        self._mounts[place] = Mounts(version, mounted)
        return Found(held, reader.gaps)

    def _take_mounts(
        self, scan: NamespaceScan, reader: MountReader, known: Mounts | None, version: int, viewers: Iterable[str]
    ) -> list[tuple[ScannedNamespace, str]] | None:
        """What is mounted, read only where it is not known or has changed."""
        if known is None or known.version != version:
            return reader.read(viewers)
        return [(scan.again(namespace), path) for namespace, path in known.held]


def open_holders(btf: Btf, offsets: Offsets) -> HolderFinder:
    """The finder by the kernel's structures; where that does not work here, the one by ``/proc``."""
    try:
        return KernelHolders(offsets, HolderOffsets(btf, offsets.namespaces))
    except KernelReaderUnavailable as error:
        log.info("what holds namespaces is read from /proc: %s", error)
        return ProcfsHolders()


def _split(data: bytes) -> Iterator[bytes]:
    return (data[at : at + LENGTH] for at in range(0, len(data), LENGTH))


def _find_held(namespaces: KernelNamespaces, records: Iterable[HolderRecord]) -> Iterator[Held]:
    for record in records:
        holder = record.holder
        if holder is None or holder == "mount":
            continue
        with contextlib.suppress(Unexplained):  # it has ended
            yield Held(namespaces.find(*record.namespace), holder, record.pid, str(record.number))


def _find_viewers(records: Iterable[HolderRecord]) -> dict[Place, tuple[int, list[str]]]:
    """Each mount namespace with the version of its mounts, and the folders below ``/proc`` of those that see them.

    One where only threads live has no version: it is read each time.
    """
    found: dict[Place, tuple[int, list[str]]] = {}
    for record in sorted(records, key=lambda one: (one.pid, one.number)):
        if record.holder == "mount":
            found.setdefault(record.namespace, (record.number, []))[1].append(str(record.pid))
    for record in records:
        if record.holder == "thread" and record.namespace[0] == "mnt":
            viewer = f"{record.pid}/task/{record.number}"
            found.setdefault(record.namespace, (time.monotonic_ns(), []))[1].append(viewer)
    return found
