"""Control groups: the container that a process belongs to, and the limits and the usage of that container.

Knows cgroup v1, v2 and both at once, the cgroupfs and the systemd driver, and Docker, containerd, CRI-O and podman.
See cgroups(7) and, for v2, ``Documentation/admin-guide/cgroup-v2.rst`` of the kernel.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar

import msgspec

from inspector.agent.collect.procfs import decode
from inspector.errors import MalformedProc
from inspector.facts.types import Limits, Usage

N = TypeVar("N", int, float)

UNIFIED: Final = ""
"""The name of the v2 hierarchy in ``/proc/<pid>/cgroup``: its line names no controllers."""

SYSTEMD: Final = "name=systemd"
UNLIMITED: Final = 2**62
"""v1 writes "no limit" as the largest number of bytes that is a multiple of the page size, just under 2**63."""

STANDARD_ROOT: Final = "/sys/fs/cgroup"

_TELLING: Final = ("memory", "pids", SYSTEMD)
_LONGEST_PATH: Final = 4096
_LONGEST_FILE: Final = 16384
_DELETED: Final = b" (deleted)"  # behind the group of a zombie, once the group was removed (cgroup v2)
_PART: Final = re.compile(
    r"(?:.*?:)??"  # "kubepods-….slice:cri-containerd:<id>": a systemd path as the cgroupfs driver takes it
    r"(?:(?:docker|cri-containerd|nerdctl|containerd|crio|libpod(?:-payload)?)[-:])?"
    r"([0-9a-f]{64})"
    r"(?:\.scope)?"
)


class Membership(msgspec.Struct, frozen=True):
    """The place of a process in the control group hierarchies."""

    path: str  # the one path that names the process best
    container: str | None  # full id
    groups: dict[str, str]  # controller → path of the container's own group, else of the process's

    @property
    def outlasts_the_process(self) -> bool:
        """Whether a zombie still shows the group it was in: on v2 alone it does, on v1 it shows the root."""
        return self.groups.keys() == {UNIFIED}


class Mount(msgspec.Struct, frozen=True):
    """A mounted cgroup hierarchy."""

    point: str  # where it is mounted
    root: str  # which group is its root: "/" unless a cgroup namespace or a bind mount hides the upper ones


def parse_cgroup(data: bytes) -> Membership:
    """Parse ``/proc/<pid>/cgroup``.

    On v2 alone there is one path. Elsewhere the path of ``memory``, ``pids`` or ``name=systemd`` is taken, the first
    of them that names a container; where none does, that of ``name=systemd``, else the first there is.

    :raises MalformedProc: empty, or a line is not ``id:controllers:path``.

    See cgroups(7), "/proc/pid/cgroup". No I/O.
    """
    paths: dict[str, str] = {}
    for line in data.removesuffix(b"\n").split(b"\n"):
        number, _, rest = line.partition(b":")
        controllers, colon, path = rest.partition(b":")
        if not colon or not number.isdigit():
            raise MalformedProc("cgroup", data)
        for controller in decode(controllers).split(","):
            paths[controller] = os.fsdecode(path.removesuffix(_DELETED))
    path_kept, container = _choose(paths)
    groups = {controller: _own_group(path, container) for controller, path in paths.items()}
    return Membership(decode(os.fsencode(path_kept))[:_LONGEST_PATH], container, groups)


def find_container(path: str) -> tuple[str, str] | None:
    """The container that a cgroup path names: its full id, and the path of its own group.

    The *innermost* part that is an id counts: with Docker in Docker the path holds both ids, and the process lives in
    the inner container. ``crio-conmon-<id>.scope`` and the like hold a monitor, which is outside the container.
    """
    parts = path.split("/")
    for index in range(len(parts) - 1, -1, -1):
        found = _PART.fullmatch(parts[index])
        if found:
            return found[1], "/".join(parts[: index + 1])
    return None


def parse_mounts(mountinfo: bytes) -> dict[str, Mount]:
    """The mounted hierarchies in ``/proc/<pid>/mountinfo``, by controller; :data:`UNIFIED` for v2.

    Lines of any other form are left out. See proc_pid_mountinfo(5). No I/O.
    """
    mounts: dict[str, Mount] = {}
    for line in mountinfo.splitlines():
        before, dash, after = line.partition(b" - ")
        fields, kind = before.split(b" "), after.split(b" ", 2)
        if not dash or len(fields) < 6 or len(kind) < 3:
            continue
        mount = Mount(_unescape(fields[4]), _unescape(fields[3]))
        if kind[0] == b"cgroup2":
            mounts.setdefault(UNIFIED, mount)
        elif kind[0] == b"cgroup":
            for option in decode(kind[2]).split(","):
                mounts.setdefault(option, mount)
    return mounts


class Hierarchies:
    """The mounted control groups, from which limits and usage of a container are read.

    :param mounts: as :func:`parse_mounts` gives them.
    :param root: where ``/sys/fs/cgroup`` is for us; a mount outside of it is used as it is.
    """

    def __init__(self, mounts: Mapping[str, Mount], root: str = STANDARD_ROOT) -> None:
        self._mounts = mounts
        self._root = root.rstrip("/")
        self._outer: dict[tuple[str, str, str], Any] = {}  # the limits of groups above

    def read_limits(self, groups: Mapping[str, str]) -> Limits:
        """The limits of a container; ``None`` in a field where none is set or it cannot be read.

        :param groups: :attr:`Membership.groups` of one of its processes.

        Each is the smallest of the group and those above it. Cost: three or four small files for each of these
        groups; those above are read once.
        """
        memory, memory_from = self._smallest(groups, "memory", self._read_memory)
        cores, cpu_from = self._smallest(groups, "cpu", self._read_cores)
        pids, pids_from = self._smallest(groups, "pids", self._read_pids)
        return Limits(memory, cores, pids, memory_from, cpu_from, pids_from)

    def _smallest(
        self, groups: Mapping[str, str], controller: str, read: Callable[[Mapping[str, str]], N | None]
    ) -> tuple[N | None, str]:
        """The smallest value up to the root, and the group above that sets it; empty where its own group does."""
        hierarchy = controller if self._is_v1(groups, controller) else UNIFIED
        best, source = read(groups), ""
        for above in _above(groups.get(hierarchy, "")):
            place = (controller, hierarchy, above)
            if place not in self._outer:
                self._outer[place] = read({hierarchy: above})
            value = self._outer[place]
            if value is not None and (best is None or value < best):
                best, source = value, above
        return best, source

    def _read_memory(self, groups: Mapping[str, str]) -> int | None:
        return parse_limit(self._read(groups, "memory", "memory.limit_in_bytes", "memory.max"))

    def _read_pids(self, groups: Mapping[str, str]) -> int | None:
        return parse_limit(self._read(groups, "pids", "pids.max", "pids.max"))

    def read_usage(self, groups: Mapping[str, str]) -> Usage:
        """What a container uses now; ``None`` in a field that cannot be read. Cost: four small files."""
        return Usage(
            memory_bytes=parse_limit(self._read(groups, "memory", "memory.usage_in_bytes", "memory.current")),
            cache_bytes=parse_cache(self._read(groups, "memory", "memory.stat", "memory.stat")),
            cpu_usec=self._read_cpu_usec(groups),
            pids=parse_limit(self._read(groups, "pids", "pids.current", "pids.current")),
        )

    def is_frozen(self, groups: Mapping[str, str]) -> bool:
        """Whether the freezer holds every process of a group; false where that cannot be read.

        ``FROZEN`` in v1's ``freezer.state``, ``frozen 1`` in v2's ``cgroup.events`` (Linux 5.2). Cost: a small file.
        """
        told = (self._read(groups, "freezer", "freezer.state", "cgroup.events") or b"").splitlines()
        return b"FROZEN" in told or b"frozen 1" in told

    def _read_cores(self, groups: Mapping[str, str]) -> float | None:
        if not self._is_v1(groups, "cpu"):
            return parse_cpu_max(self._read(groups, "cpu", "", "cpu.max"))
        quota = self._read(groups, "cpu", "cpu.cfs_quota_us", "")
        period = self._read(groups, "cpu", "cpu.cfs_period_us", "")
        return None if quota is None or period is None else parse_cpu_max(quota + b" " + period)

    def _read_cpu_usec(self, groups: Mapping[str, str]) -> int | None:
        if not self._is_v1(groups, "cpuacct"):
            return parse_cpu_stat(self._read(groups, "cpuacct", "", "cpu.stat"))
        nanoseconds = parse_limit(self._read(groups, "cpuacct", "cpuacct.usage", ""))
        return None if nanoseconds is None else nanoseconds // 1000

    def _is_v1(self, groups: Mapping[str, str], controller: str) -> bool:
        return controller in groups and controller in self._mounts

    def _read(self, groups: Mapping[str, str], controller: str, v1: str, v2: str) -> bytes | None:
        """A file of the hierarchy that has the controller, whichever version it is."""
        is_v1 = self._is_v1(groups, controller)
        hierarchy = controller if is_v1 else UNIFIED
        if hierarchy not in groups or hierarchy not in self._mounts:
            return None
        directory = self._locate(self._mounts[hierarchy], groups[hierarchy])
        try:
            with open(f"{directory}/{v1 if is_v1 else v2}", "rb") as file:
                return file.read(_LONGEST_FILE)
        except (OSError, ValueError):
            return None

    def _locate(self, mount: Mount, group: str) -> str:
        """The directory of a group, below the mount that shows it."""
        point = mount.point
        if not _is_below(point, self._root) and _is_below(point, STANDARD_ROOT):
            point = self._root + point[len(STANDARD_ROOT) :]
        return point + (group[len(mount.root.rstrip("/")) :] if _is_below(group, mount.root) else group)


def parse_limit(data: bytes | None) -> int | None:
    """A number of a cgroup file; ``None`` for ``max``, for v1's form of it, and for what is no number."""
    try:
        number = int(data or b"")
    except ValueError:
        return None
    return number if 0 <= number < UNLIMITED else None


def parse_cpu_max(data: bytes | None) -> float | None:
    """``quota period`` in microseconds, as in v2's ``cpu.max``, as a number of cores; ``None`` for ``max`` or -1."""
    try:
        quota, period = map(int, (data or b"").split())
    except ValueError:
        return None
    return quota / period if quota > 0 and period > 0 else None


def parse_cpu_stat(data: bytes | None) -> int | None:
    """``usage_usec`` of v2's ``cpu.stat``: microseconds since the group was made."""
    for line in (data or b"").splitlines():
        name, _, value = line.partition(b" ")
        if name == b"usage_usec":
            return parse_limit(value)
    return None


def parse_cache(data: bytes | None) -> int | None:
    """The page cache in ``memory.stat`` that the kernel takes back first: ``inactive_file``, of all groups below.

    v1 gives that of all groups below as ``total_inactive_file``.
    """
    fields = dict(line.partition(b" ")[::2] for line in (data or b"").splitlines())
    return parse_limit(fields.get(b"total_inactive_file", fields.get(b"inactive_file")))


def _choose(paths: Mapping[str, str]) -> tuple[str, str | None]:
    """The path that names the process best, and the container it names."""
    ordered = [name for name in _TELLING if name in paths] + [name for name in paths if name not in _TELLING]
    for name in ordered:
        found = find_container(paths[name])
        if found:
            return paths[name], found[0]
    return paths.get(SYSTEMD, next(iter(paths.values()))), None


def _own_group(path: str, container: str | None) -> str:
    found = find_container(path) if container else None
    return found[1] if found and found[0] == container else path


def _above(group: str) -> Iterator[str]:
    """The groups above one, innermost first, without the root: nothing is limited there."""
    parts = group.split("/")
    for length in range(len(parts) - 1, 1, -1):
        yield "/".join(parts[:length])


def _is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip("/") + "/")


def _unescape(field: bytes) -> str:
    r"""Undo the ``\040`` and the like by which the kernel writes white space in a path."""
    return os.fsdecode(re.sub(rb"\\([0-7]{3})", lambda found: bytes((int(found[1], 8) & 0xFF,)), field))
