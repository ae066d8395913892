"""Scan a host: all of it, or only the processes that something happened to.

A full scan gives a :class:`~inspector.facts.types.HostState`, a partial scan the changes since the last scan.
"""

from __future__ import annotations

import contextlib
import gc
import os
import time
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from inspector.agent.collect.cgroups import STANDARD_ROOT, parse_cgroup
from inspector.agent.collect.docker.engine import Engine, Listing
from inspector.agent.collect.host import find_blind_spots, read_host, read_machine_id
from inspector.agent.collect.masking.mask import STANDARD, Masking
from inspector.agent.collect.nsfs import LinkText, NamespaceCache, NamespaceScan, Nsfs, raise_descriptor_limit
from inspector.agent.collect.procfs import parse_cmdline
from inspector.agent.collect.readers import ProcfsReader, Reader
from inspector.agent.collect.vitals.reader import VitalsReader
from inspector.agent.scan.containers import AffectedFacts, ContainerTable
from inspector.agent.scan.held_namespaces import HeldNamespaces, as_facts, as_members
from inspector.agent.scan.namespace_identity import NamespaceKeys
from inspector.agent.scan.namespace_table import NamespaceTable
from inspector.agent.scan.namespace_witnesses import NamespaceWitnesses
from inspector.agent.scan.parse_cache import ParseCache
from inspector.agent.scan.process_table import ProcessTable, Replaced
from inspector.agent.scan.programs import Programs
from inspector.agent.scan.read_processes import ProcessReader
from inspector.errors import OutOfStep
from inspector.facts.diff import Changes, diff
from inspector.facts.namespaces import TYPES
from inspector.facts.types import (
    Completion,
    Coverage,
    Gap,
    HostInfo,
    HostState,
    Namespace,
    Usage,
    gap_order,
    make_state,
)
from inspector.facts.vitals.readings import Vitals

PROC_ROOT_INODE: Final = 1
"""``PROC_ROOT_INO`` of the kernel's ``fs/proc/inode.c``: it distinguishes a real ``/proc`` from a captured one."""


class PartialScan(NamedTuple):
    """The result of a partial scan."""

    changes: Changes
    taken_at: str  # ISO 8601 with zone
    duration_ms: float


class Scanner:
    """Scans a host repeatedly, and keeps between scans what does not have to be read or computed again.

    :param proc: the host's ``/proc``, or a captured tree of the same shape.
    :param cgroup_root: where the host's ``/sys/fs/cgroup`` is.
    :param engine: lists containers; ``None`` to recognise them by their cgroups alone.
    :param nsfs: how namespaces are opened; by default the kernel's way, or by link text for a captured tree.
    :param machine_id_file: where a generated machine id is kept, for a host that has none.
    :param gaps: gaps of the whole host that are known beforehand.
    :param masking: takes the secrets out of command lines.
    :param reader: reads the processes; by default :class:`ProcfsReader`.
    :param vitals: reads what the host and its processes use; ``None``: that is not known.

    Not thread-safe.
    """

    def __init__(
        self,
        proc: str = "/proc",
        cgroup_root: str = STANDARD_ROOT,
        engine: Engine | None = None,
        *,
        nsfs: Nsfs | None = None,
        machine_id_file: Path | None = None,
        gaps: tuple[Gap, ...] = (),
        masking: Masking = STANDARD,
        reader: Reader | None = None,
        vitals: VitalsReader | None = None,
    ) -> None:
        raise_descriptor_limit()
        self._proc = proc.rstrip("/") or "/"
        self._reader = reader or ProcfsReader(self._proc)
        self._engine = engine
        self._vitals = vitals
        self._nsfs = nsfs or (Nsfs() if is_procfs(proc) else LinkText())
        self._machine_id = read_machine_id(machine_id_file)
        self._gaps = gaps
        self._namespace_cache = NamespaceCache()
        self._keys = NamespaceKeys()
        self._cmdlines = ParseCache(lambda data: parse_cmdline(data, masking.mask))
        self._memberships = ParseCache(parse_cgroup)
        self._held = HeldNamespaces(None if isinstance(self._nsfs, LinkText) else self._reader.holders)
        self._table: ProcessTable | None = None
        self._programs = Programs(self._proc)
        self._containers = ContainerTable(self._proc, self._memberships, cgroup_root, self._programs, masking)

    def scan(self) -> HostState:
        """Full scan: the state of the host now. A process that cannot be read is a gap, never an error.

        :raises OSError: ``/proc`` itself cannot be read.

        Cost: some 65 µs a process, nearly all of it spent by the kernel writing ``stat`` and ``status``.
        """
        taken_at, started = datetime.now(UTC).isoformat(), time.perf_counter()
        with _paused_collector():
            self._table = table = self._read_all(read_host(self._proc, self._machine_id, self._reader.name))
            listing = Listing() if self._engine is None else self._engine.poll()
            self._containers.rebuild(table.processes(), listing, table.namespaces.initial_keys())
            gaps = [gap for one in table.scanned.values() for gap in one.gaps]
            return make_state(
                host=table.host,
                taken_at=taken_at,
                duration_ms=_since(started),
                processes=self._containers.processes.values(),
                namespaces=map(table.namespaces.describe, table.namespaces),
                containers=self._containers.containers.values(),
                chains=self._containers.chains.values(),
                gaps=[*gaps, *self._held.gaps, *self._find_gaps(table), *self._containers.listing.gaps],
            )

    def partial_scan(self, pids: Collection[int], containers: Collection[str] = ()) -> PartialScan:
        """Partial scan: read a few processes and the children of those that ended. The others count as unchanged.

        :param pids: processes that forked, executed another program or ended since the last scan.
        :param containers: full ids of containers that something happened to. The engine is not asked: its latest
            listing is used.
        :return: the changes since the last scan, full or partial.
        :raises OutOfStep: there was no full scan yet.
        :raises OSError: ``/proc`` itself cannot be read.

        Cost: that of :meth:`scan` for these processes. Where a program that runs containers is among them, or the
        engine lists other containers, all chains are rebuilt: some 3 µs per process of the host.
        """
        taken_at, started = datetime.now(UTC).isoformat(), time.perf_counter()
        table = self._table
        if table is None:
            raise OutOfStep("a partial scan needs a full scan first")
        self._table = None  # stored again only if all goes well: after a failure a full scan is needed
        number = len(self._containers.processes)
        gaps = self._held.gaps
        replaced = self._with_holders(table, table.replace(self._read_some(table, pids)))
        listing = Listing() if self._engine is None else self._engine.latest()
        before, after = self._containers.replace(replaced, table.processes, listing, containers)
        self._table = table
        return PartialScan(
            diff(
                _partial_state(table.host, before, replaced.namespaces_gone, (*replaced.gaps_before, *gaps), number),
                _partial_state(
                    table.host,
                    after,
                    replaced.namespaces_added,
                    (*replaced.gaps_after, *self._held.gaps),
                    len(self._containers.processes),
                ),
            ),
            taken_at,
            _since(started),
        )

    @property
    def sees_all_changes(self) -> bool:
        """Whether :meth:`changed` tells of every process that changed."""
        return self._reader.sees_all_changes

    def changed(self) -> frozenset[int]:
        """A pass: the processes that changed since they were read, with and without an event.

        :raises OSError: as :meth:`inspector.agent.collect.readers.Reader.changed`.

        Cost: by the kernel reader some 1.5 µs a process of the host.
        """
        return frozenset() if self._table is None else frozenset(self._reader.changed(self._table.zombies))

    def described(self, containers: Collection[str]) -> tuple[Completion, ...]:
        """The engine's descriptions of these containers, whether they still exist or not."""
        return () if self._engine is None else self._engine.described(containers)

    def usage(self) -> dict[str, Usage]:
        """What each container of the last scan uses now, by full id. Cost: three small files each."""
        return self._containers.usage()

    def vitals(self) -> Vitals:
        """What the host uses, and some of the processes of the last scan.

        Cost: at most :data:`inspector.agent.collect.vitals.process_vitals.SHARE` of a core.
        """
        return Vitals() if self._vitals is None else self._vitals.read(self._containers.processes)

    def _read_all(self, host: HostInfo) -> ProcessTable:
        reader = ProcessReader(
            host.boot_id,
            self._cmdlines,
            self._memberships,
            self._table.scanned if self._table else {},
            self._programs.role_of,
        )
        with NamespaceScan(self._nsfs, self._namespace_cache) as found:
            reader.read_all(self._reader, found)
            held = self._held.find(found, reader.namespaces())
            members = chain(reader.members(), as_members(held))
            keys = self._keys.assign(host.boot_id, found.namespaces(), members)
            reader.assign_keys(keys)
        table = ProcessTable(host, reader.scanned, NamespaceTable(keys, reader.find_initial()))
        table.namespaces.hold(as_facts(held, keys))
        return table

    def _read_some(self, table: ProcessTable, pids: Collection[int]) -> ProcessReader:
        reader = ProcessReader(
            table.host.boot_id, self._cmdlines, self._memberships, table.scanned, self._programs.role_of
        )
        namespaces = table.namespaces
        with NamespaceScan(
            self._nsfs, self._namespace_cache, NamespaceWitnesses(self._proc, table).find_same
        ) as found:
            reader.read_some(self._reader, found, pids, table.children_of)
            fresh = [seen for seen in found.namespaces() if seen not in namespaces]
            namespaces.keys.update(self._keys.add(table.host.boot_id, fresh, reader.members()))
            reader.assign_keys(namespaces.keys)
        return reader

    def _with_holders(self, table: ProcessTable, replaced: Replaced) -> Replaced:
        """Search what holds namespaces again, where that is cheap and some lost their processes or holders.

        Without ids it would not be known which ones are still the same.
        """
        namespaces = table.namespaces
        is_due = self._held.has_changed or (self._held.is_cheap and bool(replaced.namespaces_gone))
        if not is_due or not namespaces.are_numbered:
            return replaced
        with NamespaceScan(self._nsfs, self._namespace_cache, lambda _: None) as found:
            places = {pid: one.namespaces for pid, one in table.scanned.items()}
            held = self._held.find(found, places)
            fresh = [seen for seen in found.namespaces() if seen not in namespaces]
            namespaces.keys.update(self._keys.add(table.host.boot_id, fresh, ()))
        return replaced.then(*namespaces.hold(as_facts(held, namespaces.keys)))

    def _find_gaps(self, table: ProcessTable) -> Iterator[Gap]:
        """Gaps of the whole host."""
        if table.namespaces.count_initial() < len(TYPES):
            seen = table.scanned.keys() & {1, 2}
            yield Gap(None, "ns/initial", "forbidden" if seen else "gone")
        if self._reader.name == "procfs":  # no mount option hides a process from the other one
            yield from find_blind_spots(self._proc)
        yield from self._gaps


def is_procfs(path: str) -> bool:
    """Whether this is the kernel's own ``/proc``, whose namespaces can be opened, and not a captured tree."""
    found = Path(path).stat()
    return found.st_ino == PROC_ROOT_INODE and os.major(found.st_dev) == 0


def _partial_state(
    host: HostInfo, shown: AffectedFacts, namespaces: tuple[Namespace, ...], gaps: tuple[Gap, ...], number: int
) -> HostState:
    """A part of a state. The diff of two such parts is the diff of the whole states."""
    return HostState(
        taken_at="",
        duration_ms=0,
        host=host,
        coverage=Coverage(number, tuple(sorted({*gaps, *shown.gaps}, key=gap_order))),
        namespaces=namespaces,
        processes=shown.processes,
        containers=shown.containers,
        chains=shown.chains,
    )


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)


@contextlib.contextmanager
def _paused_collector() -> Iterator[None]:
    """Pause garbage collection while a scan makes tens of thousands of objects, none of which is garbage yet."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
