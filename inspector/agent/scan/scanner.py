"""A host, looked at again and again: all of it, or the few processes that something happened to.

Everything the collectors read, put together as a :class:`~inspector.facts.types.HostState`, or as what changed in it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import time
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from inspector.agent.collect.cgroups import STANDARD_ROOT, parse_cgroup
from inspector.agent.collect.docker.engine import Engine, Listing
from inspector.agent.collect.host import find_blind_spots, read_host, read_machine_id
from inspector.agent.collect.masking import mask
from inspector.agent.collect.nsfs import Census, LinkText, Memory, Nsfs, raise_descriptor_limit
from inspector.agent.collect.procfs import parse_cmdline
from inspector.agent.scan.containers import Fleet, Shown
from inspector.agent.scan.namespace_identity import Keys
from inspector.agent.scan.process_table import Picture, Spaces, Witnesses
from inspector.agent.scan.read_processes import Known, Look
from inspector.errors import OutOfStep
from inspector.facts.diff import Changes, diff
from inspector.facts.namespaces import TYPES
from inspector.facts.types import Coverage, Gap, HostInfo, HostState, Namespace, Usage, gap_order, make_state

PROC_ROOT_INODE: Final = 1
"""``PROC_ROOT_INO`` of the kernel's ``fs/proc/inode.c``: how a real ``/proc`` is told from a captured one."""


class Glance(NamedTuple):
    """What a look at a few processes found."""

    changes: Changes
    taken_at: str  # ISO 8601 with zone
    duration_ms: float


class Scanner:
    """Looks at a host again and again. Keeps what need not be read or worked out anew.

    :param proc: the host's ``/proc``, or a captured tree of the same shape.
    :param cgroup_root: where the host's ``/sys/fs/cgroup`` is.
    :param engine: who tells about containers; ``None`` to go by cgroups alone.
    :param nsfs: how namespaces are opened; by default the kernel's way, or by link text for a captured tree.
    :param machine_id_file: where a machine id made up is kept, for a host that has none.
    :param gaps: what is known beforehand not to be seen of the whole host.

    Not for several threads at once.
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
    ) -> None:
        raise_descriptor_limit()
        self._proc = proc.rstrip("/") or "/"
        self._engine = engine
        self._nsfs = nsfs or (Nsfs() if is_procfs(proc) else LinkText())
        self._machine_id = read_machine_id(machine_id_file)
        self._gaps = gaps
        self._memory = Memory()
        self._keys = Keys()
        self._cmdlines = Known(lambda data: parse_cmdline(data, mask))
        self._memberships = Known(parse_cgroup)
        self._picture: Picture | None = None
        self._fleet = Fleet(self._proc, self._memberships, cgroup_root)

    def scan(self) -> HostState:
        """The state of the host now. Never raises for the sake of one process.

        :raises OSError: ``/proc`` itself cannot be read.

        Cost: some 65 µs a process, nearly all of it spent by the kernel writing ``stat`` and ``status``.
        """
        taken_at, started = datetime.now(UTC).isoformat(), time.perf_counter()
        with _paused_collector():
            self._picture = picture = self._take_picture(read_host(self._proc, self._machine_id))
            self._fleet.rebuild(picture.processes(), Listing() if self._engine is None else self._engine.poll())
            gaps = [gap for one in picture.taken.values() for gap in one.gaps]
            return make_state(
                host=picture.host,
                taken_at=taken_at,
                duration_ms=_since(started),
                processes=self._fleet.processes.values(),
                namespaces=map(picture.spaces.describe, picture.spaces),
                containers=self._fleet.containers.values(),
                chains=self._fleet.chains.values(),
                gaps=[*gaps, *self._find_gaps(picture), *self._fleet.listing.gaps],
            )

    def glance(self, pids: Collection[int], containers: Collection[str] = ()) -> Glance:
        """Look at a few processes, and at the children of those that ended; all others are taken to be as they were.

        :param pids: to which something happened since the last look: forked, became another program, ended.
        :param containers: full ids of those that something happened to; the engine is not asked, but taken at its
            last word.
        :return: what changed since the last look, of either kind.
        :raises OutOfStep: nothing was looked at yet.
        :raises OSError: ``/proc`` itself cannot be read.

        Cost: as :meth:`scan`, of these processes. Where a program that runs containers is among them, or the engine
        tells of other containers, chains are rebuilt: some 3 µs for each process there is.
        """
        taken_at, started = datetime.now(UTC).isoformat(), time.perf_counter()
        picture = self._picture
        if picture is None:
            raise OutOfStep("a few processes cannot be looked at before all were")
        self._picture = None  # kept only if all goes well
        number = len(self._fleet.processes)
        replaced = picture.replace(self._look_at(picture, pids))
        listing = Listing() if self._engine is None else self._engine.latest()
        before, after = self._fleet.replace(replaced, picture.processes, listing, containers)
        self._picture = picture
        return Glance(
            diff(
                _part(picture.host, before, replaced.spaces_gone, replaced.gaps_before, number),
                _part(picture.host, after, replaced.spaces_come, replaced.gaps_after, len(self._fleet.processes)),
            ),
            taken_at,
            _since(started),
        )

    @property
    def ended(self) -> frozenset[int]:
        """The zombies of the last look: nobody is told when they go for good."""
        return frozenset() if self._picture is None else frozenset(self._picture.ended)

    def usage(self) -> dict[str, Usage]:
        """What each container that was met at the last look uses now, by full id. Cost: three small files each."""
        return self._fleet.usage()

    def _take_picture(self, host: HostInfo) -> Picture:
        look = Look(host.boot_id, self._cmdlines, self._memberships, self._picture.taken if self._picture else {})
        with Census(self._nsfs, self._memory) as census:
            look.read_all(self._proc, census)
            keys = self._keys.assign(host.boot_id, census.spaces(), look.members())
            look.name(keys)
        return Picture(host, look.taken, Spaces(keys, look.find_initial()))

    def _look_at(self, picture: Picture, pids: Collection[int]) -> Look:
        look = Look(picture.host.boot_id, self._cmdlines, self._memberships, picture.taken)
        spaces = picture.spaces
        with Census(self._nsfs, self._memory, Witnesses(self._proc, picture).find_same) as census:
            look.read_some(self._proc, census, pids, picture.children_of)
            fresh = [seen for seen in census.spaces() if seen not in spaces]
            spaces.keys.update(self._keys.add(picture.host.boot_id, fresh, look.members()))
            look.name(spaces.keys)
        return look

    def _find_gaps(self, picture: Picture) -> Iterator[Gap]:
        """What is not seen of the host as a whole."""
        if picture.spaces.count_initial() < len(TYPES):
            seen = picture.taken.keys() & {1, 2}
            yield Gap(None, "ns/initial", "forbidden" if seen else "gone")
        yield from find_blind_spots(self._proc)
        yield from self._gaps


def is_procfs(path: str) -> bool:
    """Whether this is the kernel's own ``/proc``, whose namespaces can be opened; not a captured tree."""
    found = Path(path).stat()
    return found.st_ino == PROC_ROOT_INODE and os.major(found.st_dev) == 0


def _part(
    host: HostInfo, shown: Shown, spaces: tuple[Namespace, ...], gaps: tuple[Gap, ...], number: int
) -> HostState:
    """Some of a state; two such parts differ as the whole states do."""
    return HostState(
        taken_at="",
        duration_ms=0,
        host=host,
        coverage=Coverage(number, tuple(sorted({*gaps, *shown.gaps}, key=gap_order))),
        namespaces=spaces,
        processes=shown.processes,
        containers=shown.containers,
        chains=shown.chains,
    )


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)


@contextlib.contextmanager
def _paused_collector() -> Iterator[None]:
    """No garbage collection while ten thousands of objects are made, none of which is garbage yet."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
